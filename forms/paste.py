"""A block of cells copied from Excel or Word: tabs between cells, a line per row, quotes round line breaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_QUOTED = re.compile(r'"((?:[^"]|"")*)"(?=\t|\n|\Z)')
_PLAIN = re.compile(r"[^\t\n]*")


def parse(text: str) -> list[list[str]]:
    """Rows of cells, stripped; blank lines are left out. Quotes inside a plain cell are its own («МБОУ "СОШ 1"»)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    rows: list[list[str]] = [[]]
    at = 0
    while True:
        quoted = _QUOTED.match(text, at)
        wraps = quoted is not None and any(c in quoted[1] for c in '\t\n"')
        match = quoted if wraps else _PLAIN.match(text, at)
        assert match is not None
        rows[-1].append((match[1].replace('""', '"') if wraps else match[0]).strip())
        at = match.end() + 1
        if at > len(text):
            break
        if text[at - 1] == "\n":
            rows.append([])
    return [row for row in rows if any(row)]


def dump(rows: Iterable[Sequence[str]]) -> str:
    """The block `parse` reads back into the same rows."""
    return "\n".join("\t".join(_cell(c) for c in row) for row in rows)


def _cell(text: str) -> str:
    if "\t" in text or "\n" in text or text.startswith('"'):
        inner = text.replace('"', '""')
        return f'"{inner}"'
    return text
