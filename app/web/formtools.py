"""What the templates draw of a form, and the buttons of its tables that work without script.

`drawn(field)` says once, in plain values, how a field is drawn: the product's fields (`forms`) by their `kind`, plain
WTForms fields by their class. A button of a form is `name="do"`; besides the view's own values (`send`, `save`) the
macros write `add:<rows>`, `drop:<rows>:<index>`, `up:<rows>:<index>`, `parse:<rows>`, `attach:<files>`, `unlink:<files>:<id>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, FormField

RADIOS_AT_MOST = 6
KINDS = {
    **{"HiddenField": "hidden", "PasswordField": "password", "TextAreaField": "textarea", "LongText": "textarea"},
    **{"BooleanField": "boolean", "RadioField": "radios", "SelectField": "select", "DateField": "date"},
    **{"SelectMultipleField": "checkboxes", "IntegerField": "number", "DecimalField": "number", "FloatField": "number"},
    **{"FileField": "files", "MultipleFileField": "files"},
}
OWN_KINDS = {
    **{
        "text": "text",
        "url": "text",
        "moment": "text",
        "long_text": "textarea",
        "integer": "number",
        "number": "number",
    },
    **{"date": "date", "yes_no": "radios", "tick": "boolean", "choice": "radios", "choices": "checkboxes"},
    **{"reference": "select", "references": "checkboxes", "files": "files", "rows": "rows", "hidden": "hidden"},
}
WIDTHS = {"date": "10", "moment": "10", "integer": "10", "number": "10", "password": "20"}
WRITTEN = {"date": "дд.мм.гггг", "moment": "дд.мм.гггг чч:мм"}
SHORT_ANSWER, LONG_ANSWER = 9, 18
SHARES = {"textarea": "25", "select": "16", "date": "10", "number": "8", "boolean": "8"}
MARGINS = 13
"""Hundredths of a table's width that its numbers and its buttons take."""
INPUTMODES = {"date": "numeric", "integer": "numeric", "number": "decimal", "url": "url"}


@dataclass(frozen=True)
class FieldError:
    """One line of the error summary: the id of the place (may be empty) and what to do there."""

    id: str
    text: str


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(slots=True)
class Drawn:
    """A field as it is drawn; `share` is the width of its column in hundredths, `about` the ids that describe it."""

    field: Any
    id: str
    name: str
    kind: str
    label: str
    optional: bool = False
    hint: str = ""
    errors: list[str] = field(default_factory=list)
    value: str = ""
    checked: bool = False
    options: list[Option] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    source: Any = ""
    about: str = ""
    width: str = "30"
    share: str = "auto"
    inputmode: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    inline: bool = False
    many: bool = True
    accept: str = ""
    takes: str = ""
    only_field: str = ""
    only_values: str = ""

    @property
    def more(self) -> str:
        """After the name over a cell, where its row stands as a card: what the column's header says on a wide page."""
        return (", если есть" if self.optional else "") + (
            f": {self.hint[:1].lower()}{self.hint[1:]}" if self.hint else ""
        )


@dataclass(slots=True)
class DrawnRow:
    index: int
    number: int
    hidden: list[Drawn]
    cells: list[Drawn]
    droppable: bool
    movable: bool = False


def form_errors(form: Any) -> list[FieldError]:
    """All errors of a form in reading order; an error of the whole form has an empty id."""
    if hasattr(form, "issues"):
        return [FieldError(issue.field, issue.text) for issue in form.issues()]
    found = [FieldError("", str(message)) for message in form.form_errors]
    for one in form:
        found += [FieldError(one.id, f"{one.label.text}: {text}") for text in one.errors if isinstance(text, str)]
    return found


def form_warnings(form: Any) -> list[FieldError]:
    """What does not stop the form but should be looked at."""
    return [FieldError(issue.field, issue.text) for issue in form.warnings()] if hasattr(form, "warnings") else []


def drawn(one: Any, in_row: bool = False) -> Drawn:
    """How a field is drawn. `in_row`: inside a table, where its column names it."""
    own = getattr(one, "kind", "")
    kind = _kind(one, own, in_row)
    errors = _own_errors(one)
    hint = _hint(one, kind)
    width = getattr(one, "width", None) or WIDTHS.get(own or kind, "30")
    condition = getattr(one, "only_when", None)
    only = condition if isinstance(condition, tuple) and not in_row else ("", ())
    if _absent(one, own, kind, in_row):
        kind = "absent"
    return Drawn(
        field=one,
        id=one.id,
        name=one.name,
        kind=kind,
        label=str(one.label.text),
        optional=_optional(one, kind, hint),
        hint=hint if in_row or hint in WRITTEN.values() else hint[:1].upper() + hint[1:],
        errors=errors,
        value=_value(one, kind),
        checked=kind == "boolean" and bool(one.data),
        options=_options(one, own, kind),
        files=_files(one) if kind == "files" else [],
        source=getattr(one, "source", "") or _source(one),
        about=" ".join(part for part in (hint and f"{one.id}-h", errors and f"{one.id}-e") if part),
        width=str(width),
        share=SHARES.get(kind, "auto"),
        inputmode=INPUTMODES.get(own or kind, ""),
        attributes={k: v for k, v in (one.render_kw or {}).items() if k in {"autocomplete", "spellcheck", "rows"}},
        inline=own == "yes_no",
        many=kind != "files" or getattr(one, "most", 2) > 1,
        accept=",".join(f".{end}" for end in getattr(one, "extensions", ())),
        takes=_takes(one),
        only_field=only[0],
        only_values=" ".join(_sent(value) for value in _several(only[1])),
    )


def _absent(one: Any, own: str, kind: str, in_row: bool) -> bool:
    """Not asked here: a condition that is settled already says no, or there is nothing to choose from and no need to."""
    condition = getattr(one, "only_when", None)
    if callable(condition) and getattr(condition, "settled", False) and not condition(one._form):
        return True
    choice = own in {"reference", "references"} and not in_row
    return choice and not one.choices and not one.data and not one.required and one.required_when is None


def _hint(one: Any, kind: str) -> str:
    """What stands under the label; a date and a moment say how they are written."""
    said, kind = str(one.description or ""), getattr(one, "kind", "") if kind == "text" else kind
    return "; ".join(part for part in (said, WRITTEN[kind]) if part) if kind in WRITTEN else said


def _takes(one: Any) -> str:
    """Which files a field takes: «PDF, DOCX, до 60 МБ»."""
    ends, most = getattr(one, "extensions", ()), getattr(one, "megabytes", 0)
    names = ", ".join(end.upper() for end in ends if end != "jpeg")
    return f"{names}, до {most}\u00a0МБ" if names and most else ""


def _kind(one: Any, own: str, in_row: bool) -> str:
    if own == "hidden":
        return "hidden"
    if getattr(one, "locked", False) or getattr(one, "fixed", False):
        return "fixed"
    if not own:
        return "rows" if isinstance(one, FieldList) else KINDS.get(type(one).__name__, "text")
    crowded = in_row or len(getattr(one, "choices", None) or ()) > RADIOS_AT_MOST
    return "select" if own in {"choice", "yes_no"} and crowded else OWN_KINDS.get(own, "text")


def _optional(one: Any, kind: str, hint: str) -> bool:
    if kind in {"boolean", "fixed", "hidden", "rows"} or "если" in hint:
        return False
    if hasattr(one, "required"):
        return not one.required and one.required_when is None
    return bool(one.flags.optional)


def _own_errors(one: Any) -> list[str]:
    errors = getattr(one, "table_errors", one.errors)
    return [str(text) for text in errors if isinstance(text, str)]


def _value(one: Any, kind: str) -> str:
    if kind in {"rows", "files", "password", "boolean"}:
        return ""
    if kind == "fixed" and hasattr(one, "show"):
        return one.show()
    if one.raw_data:
        return str(one.raw_data[0])
    if isinstance(one.data, date):
        return one.show() if hasattr(one, "show") else f"{one.data:%d.%m.%Y}"
    return str(one._value()) if hasattr(one, "_value") else ""


def _sent(value: Any) -> str:
    """A value as the form sends it."""
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _several(value: Any) -> Iterable[Any]:
    return value if isinstance(value, tuple | list | set) else (value,)


def _options(one: Any, own: str, kind: str) -> list[Option]:
    if kind not in {"radios", "checkboxes", "select"}:
        return []
    if own:
        chosen = {_sent(value) for value in _several(one.data) if value is not None}
        found = [Option(str(code), str(label), str(code) in chosen) for code, label in one.choices]
    else:
        found = [Option(str(c.value), str(c.label), c.selected) for c in one.iter_choices()]
    if kind == "select" and not any(option.value == "" for option in found):
        found.insert(0, Option("", "выберите", not any(option.chosen for option in found)))
    return found


def _source(one: Any) -> Any:
    form = getattr(one, "_form", None)
    context = getattr(form, "context", None) or {}
    return context.get("sources", {}).get(one.short_name, "") if one.data not in (None, "", []) else ""


def _files(one: Any) -> list[dict[str, Any]]:
    """Files chosen already: {id, name, size, url}; plain fields carry them as `files`."""
    if hasattr(one, "files"):
        return one.files
    known = one.context.get("files", {}) if hasattr(one, "context") else {}
    return [_file(key, known.get(key, {"name": f"Файл {key}"})) for key in one.data or ()]


def _file(key: Any, about: Mapping[str, Any]) -> dict[str, Any]:
    """A file as the macros list it: one that is in the store is opened by its address."""
    return {"id": key, **about, "url": url_for("files.download", file_id=key) if about.get("stored") else ""}


def table_columns(table: Any) -> list[Drawn]:
    """Columns of a table, from an empty row; what is given with a row is not asked, so it is never optional."""
    columns = table.columns if hasattr(table, "columns") else _cells(_first(table))
    shown = [drawn(column, in_row=True) for column in columns]
    for one in shown:
        if is_closed(table) or one.field.short_name in getattr(table, "locked_cells", ()):
            one.optional = False
        if one.kind == "select":
            one.share = _share_of(one.options)
    _widen(shown)
    return shown


def _widen(columns: list[Drawn]) -> None:
    """Long texts take what the line of text beside them would: «Место» is shorter than «Замечание»."""
    long, lines = ([one for one in columns if one.kind == kind] for kind in ("textarea", "text"))
    others = [one.share for one in columns if one.kind not in ("textarea", "text")]
    if not long or not lines or "auto" in others:
        return
    if sum(map(int, others)) + MARGINS + 25 * (len(long) + len(lines)) <= 100:
        for one in lines:
            one.share = "25"
        for one in long:
            one.share = "auto"


def _share_of(options: list[Option]) -> str:
    """A select's column by the length of its longest answer."""
    longest = max((len(option.label) for option in options), default=0)
    return "12" if longest <= SHORT_ANSWER else "16" if longest <= LONG_ANSWER else "25"


def table_rows(table: Any) -> list[DrawnRow]:
    """Rows of a table; an open table without rows is drawn with an empty one."""
    if not table.entries and not is_closed(table):
        open_row(table)
    return [_row(table, number, entry) for number, entry in _numbered(table)]


def _numbered(table: Any) -> list[tuple[int, FormField]]:
    return table.numbered() if hasattr(table, "numbered") else list(enumerate(table.entries, 1))


def _row(table: Any, number: int, entry: FormField) -> DrawnRow:
    cells = [drawn(one, in_row=True) for one in entry.form]
    if is_closed(table):
        for cell in cells:
            cell.optional = False
    index = int(entry.name.rpartition("-")[2])
    droppable = not (is_closed(table) or getattr(entry, "compulsory", False))
    shown, hidden = [c for c in cells if c.kind != "hidden"], [c for c in cells if c.kind == "hidden"]
    return DrawnRow(index, number, hidden, shown, droppable, getattr(table, "ordered", False))


def is_closed(table: Any) -> bool:
    """These rows and no others."""
    return bool(getattr(table, "closed", False) or getattr(table, "fixed_rows", False))


def open_row(table: Any) -> None:
    """One more empty row at the end."""
    if hasattr(table, "blank"):
        table._add(None, None, None)
    else:
        table.append_entry()


def _first(table: FieldList) -> FormField:
    if table.entries:
        return table.entries[0]
    entry = table.append_entry()
    table.pop_entry()
    return entry


def _cells(entry: FormField) -> list[Any]:
    return [one for one in entry.form if KINDS.get(type(one).__name__) != "hidden"]


def said(field: Any) -> str:
    """What stands in a field, as people read it; of a table, row by row what is filled in."""
    if hasattr(field, "entries"):
        rows = [
            (number, [f"{c.label.text}: {said(c)}" for c in e.form if c.name and _filled(c)])
            for number, e in _numbered(field)
        ]
        return "\n".join(f"{number}. {'; '.join(row)}" for number, row in rows if row)
    return str(field.show()) if hasattr(field, "show") else ""


def _filled(cell: Any) -> bool:
    return getattr(cell, "kind", "") != "hidden" and not cell.empty()


def pressed(build: Callable[[MultiDict], Any], sent: MultiDict, do: str) -> Any:
    """The form after a button of a table or of files: a row more or less or higher, a pasted block laid out, a file let go.

    `build` makes the form of sent values. The form is not validated; unknown buttons only build it.
    """
    command, _, rest = do.partition(":")
    name, _, what = rest.rpartition(":") if command in {"drop", "unlink", "up"} else (rest, "", "")
    if command == "drop":
        sent = _without(sent, lambda key, _: key.startswith(f"{name}-{what}-"))
    elif command == "unlink":
        sent = _without(sent, lambda key, value: key == name and value == what)
    elif command == "up":
        sent = _raised(sent, name, what)
    form = build(sent)
    table = form[name] if command == "add" and name in form else None
    if table is not None and hasattr(table, "entries") and not is_closed(table):
        open_row(table)
    return form


def _raised(sent: MultiDict, name: str, index: str) -> MultiDict:
    """A row changes places with the one above it: everything that was sent of it goes along."""
    row = re.compile(rf"{re.escape(name)}-(\d+)-")
    numbers = {int(found[1]) for key in sent if (found := row.match(key))}
    above = [number for number in numbers if index.isdecimal() and number < int(index)]
    if not above:
        return sent
    other = str(max(above))
    places = {index: other, other: index}

    def moved(key: str) -> str:
        found = row.match(key)
        place = places.get(found[1]) if found else None
        return f"{name}-{place}-{key[found.end() :]}" if found and place else key

    return MultiDict((moved(key), value) for key, value in sent.items(multi=True))


def _without(sent: MultiDict, gone: Callable[[str, str], bool]) -> MultiDict:
    return MultiDict((key, value) for key, value in sent.items(multi=True) if not gone(key, value))
