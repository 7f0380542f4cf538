"""Files of exam results read in child processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from app.results.readers import read_untrusted
from app.tables.reading import Reading

Source = Path | str | tuple[str, bytes]


def read_files(files: Sequence[Source], *, progress: Callable[[float], None] = lambda share: None) -> list[Reading]:
    """Reads each file (a path, or a name with bytes) in a child process; bad files come back with `fatal`."""
    readings = []
    for number, source in enumerate(files, 1):
        if isinstance(source, tuple):
            name, data = source
            readings.append(read_untrusted(data, name=name))
        else:
            readings.append(read_untrusted(source))
        progress(number / len(files))
    return readings
