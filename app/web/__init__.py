"""HTML pages: the frame, the templates and the views."""
