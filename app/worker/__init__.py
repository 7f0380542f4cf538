"""Delivery after commit and waking what is due: beside web and api, over the same operations."""
