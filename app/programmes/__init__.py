"""Support of a school: its case, year by year."""
