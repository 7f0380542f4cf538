"""Help for pages with forms: the list of errors, and the buttons of tables that work without script.

A button of a form is `name="do"`. Besides the view's own values (`send`, `save`) the macros write:
`add:<rows>`, `drop:<rows>:<index>`, `parse:<rows>` (the text box `<rows>-paste`), `attach:<files>`,
`unlink:<files>:<id>`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import FieldList, Form, FormField, HiddenField

MOST_ROWS = 500


@dataclass(frozen=True)
class FieldError:
    """One line of the error summary: the id of the field, its name in words, what to do."""

    id: str
    label: str
    message: str


def form_errors(form: Form) -> list[FieldError]:
    """All errors of a form in reading order; an error of the whole form has an empty id."""
    found = [FieldError("", "", str(message)) for message in form.form_errors]
    for field in form:
        found.extend(_errors(field, ""))
    return found


def _errors(field: Any, before: str) -> Iterator[FieldError]:
    if isinstance(field, FieldList):
        noun = getattr(field, "row_label", "") or "Строка"
        yield from (FieldError(field.id, field.label.text, str(e)) for e in field.errors if isinstance(e, str))
        for number, entry in enumerate(field.entries, 1):
            yield from _errors(entry, f"{noun} {number}")
    elif isinstance(field, FormField):
        for inner in field.form:
            yield from _errors(inner, before)
    else:
        label = ": ".join(part for part in (before, field.label.text) if part)
        yield from (FieldError(field.id, label, str(message)) for message in field.errors)


def columns(field: FieldList) -> list[Any]:
    """The visible fields of a row, for the header: of the first row, or of an empty one when there is none."""
    if field.entries:
        return visible(field.entries[0])
    entry = field.append_entry()
    field.pop_entry()
    return visible(entry)


def visible(entry: FormField) -> list[Any]:
    return [inner for inner in entry.form if not isinstance(inner, HiddenField)]


def hidden(entry: FormField) -> list[Any]:
    return [inner for inner in entry.form if isinstance(inner, HiddenField)]


def is_table_command(do: str) -> bool:
    return do.split(":")[0] in {"add", "drop", "parse"}


def run_table_command(form_class: type[Form], formdata: MultiDict, do: str, **kwargs: Any) -> MultiDict:
    """Form data after a table's button: a row more, a row less, or pasted lines laid into new rows.

    `kwargs` go to the form's constructor. Unknown commands leave the data as they are.
    """
    command, _, rest = do.partition(":")
    name, _, index = rest.partition(":")
    form = form_class(formdata, **kwargs)
    field = getattr(form, "_fields", {}).get(name)
    if not isinstance(field, FieldList) or getattr(field, "fixed_rows", False):
        return formdata
    rows = [_raw(entry, formdata) for entry in field.entries]
    names = [inner.short_name for inner in columns(field)]
    if command == "add":
        rows.append({})
    elif command == "drop" and index.isdigit() and int(index) < len(rows):
        rows.pop(int(index))
    elif command == "parse":
        rows = [row for row in rows if any(value for values in row.values() for value in values)]
        rows += _pasted(formdata.get(f"{name}-paste", ""), names)
    limit = min(field.max_entries or MOST_ROWS, MOST_ROWS)
    return _laid(formdata, field, rows[:limit], names)


def _raw(entry: FormField, formdata: MultiDict) -> dict[str, list[str]]:
    """What was typed in a row, by short name; rows are numbered anew, so the fields tell, not the names in the data."""
    return {inner.short_name: [str(v) for v in (inner.raw_data or [])] for inner in entry.form}


def _pasted(text: str, names: list[str]) -> list[dict[str, list[str]]]:
    lines = csv.reader(io.StringIO(text.replace("\r\n", "\n"), newline=""), delimiter="\t")
    cells = [[cell.strip() for cell in line] for line in lines]
    return [dict(zip(names, ([c] for c in line), strict=False)) for line in cells if any(line)]


def _laid(formdata: MultiDict, field: FieldList, rows: list[dict[str, list[str]]], names: list[str]) -> MultiDict:
    kept = MultiDict()
    for key, value in formdata.items(multi=True):
        head, _, tail = key[len(field.name) + 1 :].partition("-")
        mine = key.startswith(f"{field.name}-") and (head.isdigit() or (head == "paste" and not tail))
        if not mine and key != "do":
            kept.add(key, value)
    for number, row in enumerate(rows):
        if not row:  # an empty row must leave a trace, or the form would not see it
            row = {names[0]: [""]}
        for short, values in row.items():
            for value in values:
                kept.add(f"{field.name}-{number}-{short}", value)
    return kept
