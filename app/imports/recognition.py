"""Any table that may be loaded, known by its content: results of exams or a registry of schools."""

from __future__ import annotations

from app.results import readers
from app.schools import registry
from app.schools.registry import REGISTRY
from app.tables.reading import Reading
from app.tables.sandbox import read_in_child

NOT_RESULTS = readers.REFUSED[REGISTRY.kind]


def read_untrusted(data: bytes, *, name: str) -> Reading:
    """Reads a file in a child process straight from memory. Never raises for a bad file: see `fatal`."""
    return read_in_child("app.imports.recognition:read", data, name=name)


def read(data: bytes, name: str = "") -> Reading:
    """The same in this process, for the child: the reader of results says when the table is a registry."""
    reading = readers.read(data, name)
    return registry.read(data, name) if reading.fatal == NOT_RESULTS else reading
