"""Where the forms name files: the fields that take them, and the ids that answers hold there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from forms import KEYS, FilesField, RowsField, form_class


@cache
def places(form: str) -> tuple[tuple[str, str], ...]:
    """Fields of files of the form of a key as (table or "", field); none for a step that has no form of its own."""
    if form not in KEYS:
        return ()
    found = []
    for field in form_class(form)(context={}):
        cells = field.columns if isinstance(field, RowsField) else ()
        found += [(field.short_name, cell.short_name) for cell in cells if isinstance(cell, FilesField)]
        if isinstance(field, FilesField):
            found.append(("", field.short_name))
    return tuple(found)


def named(form: str, answers: Mapping[str, Any]) -> list[int]:
    """Ids of the files that the answers of a form name, each once."""
    return list(dict.fromkeys(int(key) for key in _named(form, answers)))


def _named(form: str, answers: Mapping[str, Any]) -> Iterator[Any]:
    for table, field in places(form):
        rows = answers.get(table) or () if table else (answers,)
        for row in rows:
            yield from row.get(field) or ()
