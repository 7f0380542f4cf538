"""Golden cases: what a released version left under way, kept to be ended by every later one."""
