"""Two drafts of one form: what differs, cell by cell, and a merge that loses nothing either side wrote.

`base` is the draft both began from. What only one side changed is taken from that side; a row that only one side added
stays; a cell that both changed otherwise is a dispute, shown with both texts, and stays as the one who merges wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from forms import CaseForm, RowsField

Pairs = Sequence[Sequence[str]]


def differences(mine: CaseForm, theirs: CaseForm) -> list[dict[str, str]]:
    """Fields that differ: name, label, my text, theirs. Rows of tables are told apart one by one and have no name."""
    found: list[dict[str, str]] = []
    for field in mine:
        other = theirs[field.short_name]
        if isinstance(field, RowsField):
            found += _rows(field, other)
        elif hasattr(field, "show") and field.show() != other.show():
            found.append(
                {"name": field.short_name, "label": str(field.label.text), "mine": field.show(), "theirs": other.show()}
            )
    return found


def _rows(mine: RowsField, theirs: RowsField) -> Iterator[dict[str, str]]:
    ours, others = _known(mine), _known(theirs)
    for key in [*ours, *(k for k in others if k not in ours)]:
        number, one = ours.get(key, (None, None))
        there, other = others.get(key, (None, None))
        label = f"{mine.label.text}, {mine.row_label.lower()} {number or there}"
        if one is None or other is None:
            yield {"name": "", "label": label, "mine": _told(one), "theirs": _told(other)}
            continue
        for cell in one:
            if cell.short_name != "row" and cell.show() != other[cell.short_name].show():
                text = f"{label}, «{cell.label.text}»"
                yield {"name": "", "label": text, "mine": cell.show(), "theirs": other[cell.short_name].show()}


def _known(table: RowsField) -> dict[str, tuple[int, Any]]:
    """Rows by what they are known by: their number, else their place in the sent form."""
    found = {}
    for number, entry in enumerate(table.entries, 1):
        if not entry.blank:
            row = entry.form.row.data
            found[f"#{row}" if row is not None else entry.name.rpartition("-")[2]] = (number, entry.form)
    return found


def _told(row: Any) -> str:
    if row is None:
        return "строки нет"
    return "; ".join(text for text in (cell.show() for cell in row if cell.short_name != "row") if text)


def merge(base: Pairs, mine: Pairs, theirs: Pairs) -> tuple[MultiDict[str, str], list[str]]:
    """The merged form as it would be sent, and the names that both sides changed otherwise (mine stands there)."""
    before, ours, others = _grouped(base), _grouped(mine), _grouped(theirs)
    renamed = _apart(before, ours, others)
    merged: MultiDict[str, str] = MultiDict()
    disputed: list[str] = []
    for name in [*ours, *(n for n in renamed if n not in ours)]:
        was, our, their = before.get(name), ours.get(name), renamed.get(name)
        if our != was and their != was and our != their and None not in (our, their):
            disputed.append(name)
        chosen = their if our == was else our
        for value in chosen or ():
            merged.add(name, value)
    return merged, disputed


def _grouped(pairs: Pairs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _apart(
    before: Mapping[str, list[str]], ours: Mapping[str, list[str]], others: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """Their names, rows that both sides added under one number moved to a number of their own."""
    added = {row for row in _row_names(others) & _row_names(ours) if row not in _row_names(before)}
    added = {row for row in added if _part(ours, row) != _part(others, row)}
    top = max((int(row.rpartition("-")[2]) for row in _row_names(ours) | _row_names(others)), default=0)
    moved = {row: f"{row.rpartition('-')[0]}-{top + n}" for n, row in enumerate(sorted(added), 1)}
    return {_moved(name, moved): values for name, values in others.items()}


def _moved(name: str, moved: Mapping[str, str]) -> str:
    row = _row_of(name)
    return name.replace(row, moved[row], 1) if row in moved else name


def _row_of(name: str) -> str:
    table, _, rest = name.partition("-")
    number, dash, _ = rest.partition("-")
    return f"{table}-{number}" if dash and number.isdecimal() else ""


def _row_names(grouped: Mapping[str, list[str]]) -> set[str]:
    return {row for row in map(_row_of, grouped) if row}


def _part(grouped: Mapping[str, list[str]], row: str) -> dict[str, list[str]]:
    return {name: values for name, values in grouped.items() if _row_of(name) == row}
