"""Tools of the person who draws: a first draft from short calls, and coordinates for any diagram. Never imported at run time."""
