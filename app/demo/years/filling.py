"""A form answered by rule: from what the form itself says of its fields, its choices and its prepared rows.

Nothing here knows a form by its key; what a general rule cannot guess stands in `rules`. Answers are the same for the
same form, context and seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import forms
from app.demo.years.wording import text_for
from forms.choices import ChoicesField
from forms.fields import holds
from forms.rows import RowsField

Answers = dict[str, Any]

GOOD = (
    *("sign", "approve", "accept", "agreed", "confirm", "confirmed", "yes", "ok", "send", "take", "taken", "recommend"),
    *("received", "supported", "provide", "held", "came", "done", "continue", "keep", "all_done", "next", "close", "positive"),
)  # fmt: skip
BAD = (
    *("return", "refuse", "refused", "reject", "revise", "withdraw", "object", "drop", "replace", "end", "fix", "rerun"),
    *("no", "cancel", "postpone", "change", "remarks", "amend", "replan", "prolong", "ask_extension", "not_held", "up"),
    *("to_school", "to_curator", "agreed_with_remarks", "another", "other", "dispute", "not_done", "absent", "repeat"),
)  # fmt: skip
ROUNDS = 6


class Unanswered(Exception):
    """What is still wrong with a form, in the words that people would read."""

    def __init__(self, issues: Sequence[str]) -> None:
        super().__init__("; ".join(issues))
        self.issues = list(issues)


class Filler:
    """Fills one form in; `today` is the day in the region, `files` whether a file may be attached when asked for."""

    def __init__(self, key: str, context: Mapping[str, Any], today: date, fixed: Answers | None = None) -> None:
        self.key, self.context, self.today, self.fixed = key, context, today, fixed or {}
        self.wants_file = False
        self.issues: list[str] = []
        self.turn = 0
        self.taken: dict[str, set[Any]] = {}

    def answers(self) -> forms.CaseForm:
        """The form as sent, valid; Unanswered when the rules do not get there."""
        form = forms.form_class(self.key)(data=self.fixed, context=self.context)
        answers = {**self.first(form), **self.fixed}
        issues: list[str] = []
        for turn in range(ROUNDS):
            sent = forms.form_class(self.key)(answers, context=self.context)
            if sent.validate():
                return sent
            found = [issue.text for issue in sent.issues()]
            if turn and found == issues and self.wants_file:
                break
            issues = found
            answers = self.mended(sent, turn)
        raise Unanswered(issues)

    # the first try --------------------------------------------------------------------------------------------------

    def first(self, form: Any) -> Answers:
        """Everything that is compulsory; decisions first, because others depend on them."""
        fields = sorted(form, key=lambda field: getattr(field, "kind", "") not in ("choice", "yes_no"))
        for field in fields:
            if field.short_name not in self.fixed:
                self._try(form, field)
        return {field.short_name: self._answer(field) for field in form if field.short_name != "row" or field.data}

    def _answer(self, field: Any) -> Any:
        if isinstance(field, RowsField) and field.ignored:
            return []
        return field.answer()

    def _try(self, form: Any, field: Any) -> None:
        if isinstance(field, RowsField):
            self._rows(form, field)
        elif not field.locked and field.empty() and self._asked(form, field):
            self._fill(field)

    def _asked(self, form: Any, field: Any) -> bool:
        root = field.root if hasattr(field, "root") else form
        if root.stopped_by(field) or (field.only_when is not None and not holds(field.only_when, form)):
            return False
        return field.required or (field.required_when is not None and holds(field.required_when, form))

    def _rows(self, form: Any, table: RowsField) -> None:
        if form.stopped_by(table) or (table.only_when is not None and not holds(table.only_when, form)):
            return
        compulsory = table.required or (table.required_when is not None and holds(table.required_when, form))
        for entry in table.filled:
            self.first(entry.form)
        missing = (table.least if compulsory and not table.closed else 0) - len(table.filled)
        for _ in range(max(0, missing)):
            self.add_row(table)

    def add_row(self, table: RowsField) -> Any:
        """A row of one's own, filled in."""
        row = table.blank()
        self.turn = len(table.filled)
        self.taken = {n: {entry.form[n].data for entry in table.filled} for n in table.unique}
        try:
            values = self.first(row.form)
        finally:
            self.turn, self.taken = 0, {}
        table.entries = [entry for entry in table.entries if not entry.blank]
        entry = table._add(None, values, None)
        entry.blank = False
        self.first(entry.form)
        return entry

    # what was refused ------------------------------------------------------------------------------------------------

    def mended(self, form: Any, turn: int) -> Answers:
        """The answers with what was wrong filled in or put otherwise."""
        for field in form:
            if isinstance(field, RowsField):
                self._mend_rows(field, turn)
            elif field.errors and not field.locked:
                self._put_otherwise(field, turn)
        answers = {field.short_name: self._answer(field) for field in form}
        return {**answers, **self.fixed} if turn < 2 else answers

    def _mend_rows(self, table: RowsField, turn: int) -> None:
        wrong = [entry for entry in table.filled if entry.form.errors]
        for entry in wrong:
            for cell in entry.form:
                if cell.errors and not cell.locked:
                    self._put_otherwise(cell, turn)
        if table.table_errors and not wrong and not table.closed:
            self.add_row(table)

    def _put_otherwise(self, field: Any, turn: int) -> None:
        if field.empty():
            self._fill(field)
        elif field.kind in ("choice", "reference"):
            ranked = self.ranked(field)
            place = next((n for n, code in enumerate(ranked) if code == field.data), -1)
            field.data = ranked[(place + 1) % len(ranked)] if ranked else None
        elif field.kind == "date":
            field.data = self.day(field) if turn == 0 else self.day(field) + timedelta(days=7 * turn)
        elif field.kind in ("text", "long_text"):
            field.data = text_for(field)
        elif field.kind in ("integer", "number"):
            field.data = self.number(field)
        elif field.kind == "moment":
            self._fill(field)
        elif field.kind == "yes_no":
            field.data = not field.data
        elif field.kind in ("choices", "references", "files"):
            self._fill(field)

    # a single value ---------------------------------------------------------------------------------------------------

    def _fill(self, field: Any) -> None:
        value = self.value(field)
        if value is not None:
            field.data = value
            field.raw_data = None

    def value(self, field: Any) -> Any:
        """An answer to a field by its kind; None when there is nothing to choose from."""
        kind = field.kind
        if isinstance(field, ChoicesField):
            return self.ranked(field)[: max(1, min(2, field.most or 2))]
        if kind in ("choice", "reference"):
            ranked = self.ranked(field)
            return ranked[0] if ranked else None
        if kind in ("yes_no", "tick"):
            return True
        if kind in ("integer", "number"):
            return self.number(field)
        if kind == "date":
            return self.day(field)
        if kind == "moment":
            return datetime.combine(self.working(self.today + timedelta(days=6)), datetime.min.time()).replace(hour=10)
        if kind == "url":
            return "https://school.example.ru/documents/1"
        if kind == "files":
            return self.file(field)
        if kind not in ("text", "long_text"):
            return None
        text = text_for(field)
        return f"{text} ({self.turn + 1})" if field.short_name in self.taken and self.turn else text

    def ranked(self, field: Any) -> list[Any]:
        """Codes of a list, the most favourable first; what sends work back comes last."""
        taken = self.taken.get(field.short_name, ())
        codes = [code for code, _ in field.choices if code not in ("", None) and code not in taken]
        return sorted(codes, key=lambda code: GOOD.index(code) if code in GOOD else 200 if code in BAD else 100)

    def number(self, field: Any) -> float | int:
        least, most = field.least, field.most
        if most == 100 or "%" in field.title:
            return 60 if most is None else min(60, most)
        if least is not None and least > 0:
            return least
        return min(2, most) if most is not None else 2

    def day(self, field: Any) -> date:
        """Today, moved into the bounds that the form sets."""
        first, last = field._bounds()
        day = self.today
        if first and day < first:
            day = first
        if last and day > last:
            day = last
        return day

    def working(self, day: date) -> date:
        return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))

    def file(self, field: Any) -> list[Any] | None:
        """A file that is already there and fits; else the wish for one."""
        for key, stored in self.context.get("files", {}).items():
            if str(stored["name"]).rpartition(".")[2].casefold() in field.extensions:
                return [key]
        self.wants_file = True
        return None
