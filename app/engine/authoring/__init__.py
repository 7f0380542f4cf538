"""Tools of who draws: a first draft from short calls, coordinates for any diagram. Not imported at run time."""
