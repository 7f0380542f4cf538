"""What a background process counts: deliveries by topic and what became of them, wakings of cases."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

REGISTRY = CollectorRegistry()
DELIVERIES = Counter("opora_deliveries", "Deliveries of messages", ("topic", "outcome"), registry=REGISTRY)
WAKINGS = Counter("opora_wakings", "Cases woken by a term", ("outcome",), registry=REGISTRY)
