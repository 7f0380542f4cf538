"""Repeated rows: a table that people fill in the page, paste from Excel, or find prepared by the system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import FieldList, FormField
from wtforms.utils import unset_value
from wtforms.validators import StopValidation

from forms import paste
from forms.fields import Asked, holds, told
from forms.part import Part
from forms.values import FormData, lower_first, plural

CEILING = 1000  # rows read at all, so that one request cannot occupy a worker


class RowKey(Asked):
    """The number of a prepared row. Only the system writes it; it travels so that rows are known again."""

    kind = "hidden"


class RowForm(Part):
    """One row. `row` is the number of a prepared row; its locked cells come from the system, whatever was sent."""

    row = RowKey("")


class RowsField(FieldList):
    """Rows of a `RowForm`.

    Prepared rows stand in the context under `rows[<field>]`: mappings with `row` (their key) and values; the cells named
    in `locked` cannot be changed; `number` is the one that a row has in the list it was taken from. `closed`: these rows
    and no others. Otherwise rows may be added, and taken away unless the prepared row says `compulsory`. `ordered`: the
    order of rows means something, so they may be moved; else prepared ones come first, as they were prepared. What cannot
    be placed of a pasted block stays in `paste_text`.
    """

    kind = "rows"
    entries: list[Any]

    def __init__(
        self,
        row: type[RowForm],
        label: str,
        *,
        required: bool = False,
        required_when: Any = None,
        only_when: Any = None,
        least: int = 1,
        most: int = 300,
        locked: tuple[str, ...] = (),
        closed: bool = False,
        ordered: bool = False,
        unique: tuple[str, ...] = (),
        missing: str = "",
        hint: str = "",
        row_label: str = "Строка",
        **kw: Any,
    ) -> None:
        self.hint = hint
        super().__init__(FormField(row), label, **kw)
        self.row, self.closed, self.locked_cells, self.unique = row, closed, locked, unique
        self.ordered = ordered
        self.required, self.required_when, self.only_when = required, required_when, only_when
        self.least, self.most = least, most
        self.missing = missing or ("Заполните хотя бы одну строку" if least < 2 else f"Нужно строк: не меньше {least}")
        self.paste_text = ""
        self.paste_errors: list[str] = []
        self.table_errors: list[str] = []
        self.lost = self.over = 0
        self.locked = self.ignored = False
        self.row_label = row_label

    @property
    def title(self) -> str:
        return str(self.label.text)

    @property
    def description(self) -> str:
        """The hint, and when the table counts at all."""
        return ". ".join(part for part in (self.hint, told(self.only_when, self._form)) if part)

    @description.setter
    def description(self, text: str) -> None:
        """WTForms sets its own default; ours is the hint."""

    @property
    def filled(self) -> list[Any]:
        """The rows that count: prepared ones, and those in which something is written."""
        return [] if self.ignored else [entry for entry in self.entries if not entry.blank]

    @property
    def columns(self) -> list[Any]:
        """The fields of an empty row, for table headers and for the order of pasted cells."""
        return [f for f in self.blank().form if f.short_name != "row"]

    def blank(self) -> Any:
        """A row outside of the list, for a page to add."""
        field = self.meta.bind_field(self._form, self.unbound_field, {"name": f"{self.name}-new", "_meta": self.meta})
        field.process(None)
        return field

    # what comes in --------------------------------------------------------------------------------------------------

    def process(self, formdata: FormData | None, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.entries, self.last_index = [], -1
        prepared = {str(r["row"]): dict(r) for r in self._prepared()}
        self.object_data = data = None if data is unset_value else data
        if formdata is None:
            rows = data if data else list(prepared.values())
            for row in [*rows, *self._kept(prepared, {str(r.get("row")) for r in rows})]:
                self._add(None, row, prepared.get(str(row.get("row"))))
            for _ in range(self.least if self.required and not self.entries and not self.closed else 0):
                self._add(None, {}, None).blank = True
        else:
            self._read(formdata, prepared)
        self._compact_indices()

    def _prepared(self) -> list[Mapping[str, Any]]:
        form = self._form
        while getattr(form, "_parent_form", None) is not None:
            form = form._parent_form
        return form.context.get("rows", {}).get(self.short_name, [])

    def _kept(self, prepared: Mapping[str, dict[str, Any]], seen: set[str]) -> list[dict[str, Any]]:
        return [r for key, r in prepared.items() if key not in seen and (self.closed or r.get("compulsory"))]

    def _read(self, formdata: FormData, prepared: Mapping[str, dict[str, Any]]) -> None:
        self._spread(formdata)
        filled = self._filled(formdata)
        indices = sorted(filled)
        self.over = max(0, len(indices) - CEILING)
        seen: set[str] = set()
        for index in indices[:CEILING]:
            key = formdata.get(f"{self.name}-{index}-row").strip()
            known = prepared.get(key) if key not in seen else None
            if known is None and self.closed and not filled[index]:
                continue
            if known is None and self.closed:
                self.lost += 1
                continue
            seen.add(key)
            self._add(formdata, known, known, index).blank = known is None and not filled[index]
        for row in self._kept(prepared, seen):
            self._add(formdata, row, row, (indices[-1] if indices else -1) + len(self.entries) + 1)
        if self.ordered:
            return
        order = {key: k for k, key in enumerate(prepared)}
        self.entries.sort(key=lambda e: order.get(str(e.form.row.data), len(order)))

    def _filled(self, formdata: FormData) -> dict[int, bool]:
        """Numbers of the rows that were sent, and whether anything is written in them."""
        found: dict[int, bool] = {}
        start = len(self.name) + 1
        given = {cell.short_name: cell.show() for cell in self.columns}
        for name in formdata:
            number, _, cell = name[start:].partition("-")
            if name.startswith(f"{self.name}-") and number.isdecimal() and len(number) < 10:
                written = any(text.strip() not in ("", given.get(cell)) for text in formdata.getlist(name))
                found[int(number)] = found.get(int(number), False) or written
        return found

    def _add(self, formdata: Any, data: Any, known: Mapping[str, Any] | None, index: int | None = None) -> Any:
        names = self.row.names()
        row = {k: v for k, v in (data or {}).items() if k in names}
        entry = self._add_entry(formdata, row, index)
        entry.form.row.lock(known["row"] if known else None)
        for name in self.locked_cells if known else ():
            entry.form[name].lock((known or {}).get(name))
        entry.compulsory = bool(known and (self.closed or known.get("compulsory")))
        entry.blank, entry.own_number = False, (known or data or {}).get("number")
        return entry

    def numbered(self) -> list[tuple[int, Any]]:
        """Rows with their numbers: their own where they have one, else as they stand here."""
        return [(entry.own_number or n, entry) for n, entry in enumerate(self.entries, 1)]

    # a pasted block -------------------------------------------------------------------------------------------------

    def _spread(self, formdata: FormData) -> None:
        """Lays a pasted block out as if its cells had been typed; what has no place stays in the box with a reason."""
        lines = paste.parse(formdata.get(f"{self.name}-paste"))
        if not lines:
            return
        if self.closed:
            self.paste_text, self.paste_errors = paste.dump(lines), ["Список строк задан, вставить свои нельзя"]
            return
        columns = [f for f in self.columns if f.kind != "files"]
        names = [f.short_name for f in columns]
        heads = {_word(f.title): f.short_name for f in columns}
        if all(_word(c) in heads for c in lines[0] if c) and len([c for c in lines[0] if c]) * 2 > len(columns):
            names, lines, first = [heads.get(_word(c), "") for c in lines[0]], lines[1:], 2
        else:
            first = 1
        written = [number for number, is_written in self._filled(formdata).items() if is_written]
        rest, index = [], max(written, default=-1) + 1  # empty rows at the end are what is pasted over
        for number, cells in enumerate(lines, first):
            extra = [(k, c) for k, c in enumerate(cells) if c and (k >= len(names) or not names[k])]
            if extra:
                rest.append(cells)
                self.paste_errors.append(_too_wide(number, extra[0], len(names)))
                continue
            for name, cell in zip(names, cells, strict=False):
                formdata.set(f"{self.name}-{index}-{name}", cell)
            index += 1
        self.paste_text = paste.dump(rest)

    # what is checked ------------------------------------------------------------------------------------------------

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        root = form
        while getattr(root, "_parent_form", None) is not None:
            root = root._parent_form
        self.ignored = False
        self.table_errors = list(self.paste_errors)
        try:
            self._relevant(form, root)
        except StopValidation as stop:
            self.table_errors = [str(a) for a in stop.args if a]
            return not self.table_errors
        self._counted()
        for entry in self.filled:
            entry.form.validate()
        self._no_doubles()
        return not self.errors

    @property
    def errors(self) -> list[Any]:
        """As WTForms has them: texts about the table, then the errors of rows."""
        return [*self.table_errors, *(entry.form.errors for entry in self.entries if entry.form.errors)]

    def _relevant(self, form: Any, root: Any) -> None:
        if root.stopped_by(self) or (self.only_when is not None and not holds(self.only_when, form)):
            self.ignored = True  # kept for the page, not counted
            raise StopValidation
        compulsory = self.required or (self.required_when is not None and holds(self.required_when, form))
        if not self.filled and not self.paste_errors:
            raise StopValidation(self.missing if compulsory else None)

    def _counted(self) -> None:
        count = len(self.filled) + self.over
        if count > self.most:
            self.table_errors.append(f"Не больше {plural(self.most, 'строки', 'строк', 'строк')}, сейчас {count}")
        if count < self.least and not self.paste_errors and self.required:
            self.table_errors.append(f"Нужно строк: не меньше {self.least}, сейчас {count}")
        if self.lost:
            self.table_errors.append("Список изменился, пока вы его заполняли: обновите страницу и проверьте строки")

    def _no_doubles(self) -> None:
        places: dict[tuple[Any, ...], int] = {}
        for number, entry in self.numbered():
            if entry.blank:
                continue
            key = tuple(entry.form[n].data for n in self.unique)
            if not key or None in key:
                continue
            if key in places:
                what = ", ".join(entry.form[n].show() for n in self.unique)
                entry.form.fail(self.unique[0], f"уже есть в строке {places[key]}: {what}")
            places.setdefault(key, number)

    def problems(self) -> list[tuple[str, str]]:
        """(id of the cell, text with the number of the row), then what concerns the table as a whole."""
        found = []
        for number, entry in self.numbered():
            for cell in entry.form:
                found += [(cell.id, f"строка {number}, «{cell.title}»: {lower_first(e)}") for e in cell.errors]
        return [*((self.id, e) for e in self.table_errors), *found]

    def answer(self) -> list[dict[str, Any]]:
        """Answers of the rows that count; a number of its own goes with its row."""
        return [
            {**entry.form.answers(), **({"number": entry.own_number} if entry.own_number else {})}
            for entry in self.filled
        ]

    def show(self) -> str:
        return plural(len(self.filled), "строка", "строки", "строк")


def _too_wide(number: int, extra: tuple[int, str], columns: int) -> str:
    column, text = extra
    shown = text if len(text) <= 40 else text[:37] + "…"
    has = plural(columns, "столбец", "столбца", "столбцов")
    where = f"строка {number}: лишнее значение «{shown}» в столбце {column + 1}"
    return f"{where}, в таблице {has}. Строка оставлена в окне вставки"


def _word(text: str) -> str:
    return " ".join(text.casefold().split())
