"""Running an installation: scripts of set-up, the server and the worker as processes."""
