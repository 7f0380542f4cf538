"""Measurements of the product: the neutral workload through its own HTTP, and the long computations."""
