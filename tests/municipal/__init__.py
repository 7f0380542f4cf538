"""Programmes of municipalities, work inside schools, requests, recommendations."""
