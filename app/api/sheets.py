"""A task's form for programs: described field by field, and filled in from JSON with the laws of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

import forms
from app.api import schemas
from app.api.contract import place
from app.api.problems import Fault, Unfit
from app.cases import drafts
from app.cases.handlers import Asking
from app.cases.models import Case, Task
from app.cases.system import System
from app.files.models import StoredFile
from app.people.actor import Actor
from forms.values import FormData

LIMITS = ("longest", "shortest", "least", "most", "extensions", "megabytes", "in_year", "alone", "closed", "unique")
SEVERAL = ("choices", "references", "files")


@dataclass
class Sheet:
    """An open task as its holder sees it."""

    ask: Asking
    context: dict[str, Any]
    draft: drafts.Saved | None

    @property
    def form_class(self) -> type[forms.CaseForm]:
        return forms.form_class(self.ask.task.form)

    def shown(self, answers: Mapping[str, Any] | None = None) -> str | None:
        """Fingerprint that a signature would be bound to; None when nothing is signed."""
        show = self.ask.system.handlers.signed.get(self.ask.task.form)
        return show(self.ask, answers) if show else None

    def blank(self) -> forms.CaseForm:
        """What is prefilled, under the newest draft."""
        if self.draft is None:
            return self.form_class(context=self.context)
        return self.form_class(FormData(tuple(p) for p in self.draft.data["pairs"]), context=self.context)

    def filled(self, answers: Mapping[str, Any]) -> forms.CaseForm:
        """The validated form; Unfit names every field that is not accepted."""
        faults = list(strangers(self.form_class(context=self.context), answers))
        if faults:
            raise Unfit("Ответы формы не приняты.", faults)
        form = self.form_class(answers, context=self.context)
        if not form.validate():
            issues = [Fault(field=_path(issue.field), text=issue.text) for issue in form.issues()]
            raise Unfit("Форма заполнена не полностью или с ошибками.", issues, advice="Поправьте названные поля.")
        return form


def lay_out(session: Session, system: System, task: Task, case: Case, actor: Actor, now: datetime) -> Sheet:
    """The form's context as on the page; files attached to the task by programs may be named in it."""
    ask = Asking(session, system, case, task, actor, now)
    describe = system.handlers.contexts.get(task.form)
    context = dict(describe(ask)) if describe else {}
    attached = session.scalars(sa.select(StoredFile).where(StoredFile.task_id == task.id))
    files = {row.id: {"name": row.name, "size": row.size} for row in attached}
    context["files"] = {**files, **context.get("files", {})}
    return Sheet(ask, context, drafts.read(session, task.id))


def described(sheet: Sheet) -> dict[str, Any]:
    """What the holder gets besides the task: fields with what is filled in, facts, draft, fingerprint to be signed."""
    sources, draft = sheet.context.get("sources", {}), sheet.draft
    return {
        "fields": [_field(one, str(sources.get(one.short_name, ""))) for one in sheet.blank()],
        "facts": _plain(sheet.context.get("facts", {})),
        "draft": schemas.DraftOut(version=draft.version, saved_at=draft.saved_at, person=draft.person)
        if draft
        else None,
        "shown": sheet.shown(),
    }


def _field(one: Any, source: str = "") -> schemas.FieldOut:
    limits = {name: _plain(getattr(one, name)) for name in LIMITS if getattr(one, name, None)}
    if getattr(one, "locked_cells", ()):
        limits["locked"] = list(one.locked_cells)
    rows = one.kind == "rows"
    return schemas.FieldOut(
        name=one.short_name,
        type=one.kind,
        label=one.title,
        hint=str(one.description or ""),
        required=bool(one.required),
        required_when=_condition(one.required_when),
        only_when=_condition(one.only_when),
        choices=_options(one),
        limits=limits,
        columns=[_field(cell) for cell in one.columns] if rows else None,
        value=_plain(one.answer()),
        source=source,
    )


def _options(one: Any) -> list[schemas.Option] | None:
    if one.kind not in ("choice", "choices", "reference", "references"):
        return None
    return [schemas.Option(value=code, label=label) for code, label in one.choices]


def _condition(condition: Any) -> schemas.Condition | None:
    if condition is None:
        return None
    if callable(condition):
        return schemas.Condition(field=None)
    name, wanted = condition
    return schemas.Condition(field=name, values=list(wanted) if isinstance(wanted, tuple | list | set) else [wanted])


def strangers(form: Any, answers: Mapping[str, Any], before: tuple[int | str, ...] = ("answers",)) -> Iterator[Fault]:
    """Fields that the form does not have, and values of a shape that no field of the kind has."""
    fields = {one.short_name: one for one in form}
    for name, value in answers.items():
        where = (*before, name)
        one = fields.get(name)
        if one is None:
            yield Fault(field=place(where), text="Такого поля в форме нет")
        elif one.kind == "rows":
            yield from _strange_rows(one, value, where)
        elif isinstance(value, list) and one.kind in SEVERAL:
            if not all(_scalar(item) for item in value):
                yield Fault(field=place(where), text="Нужен список простых значений")
        elif not _scalar(value):
            yield Fault(field=place(where), text="Нужно простое значение, а не список или объект")


def _strange_rows(table: Any, value: Any, where: tuple[int | str, ...]) -> Iterator[Fault]:
    if value is None:
        return
    if not isinstance(value, list):
        yield Fault(field=place(where), text="Нужен список строк таблицы")
        return
    blank = table.blank().form
    for number, row in enumerate(value):
        if isinstance(row, Mapping):
            yield from strangers(blank, row, (*where, number))
        else:
            yield Fault(field=place((*where, number)), text="Строка таблицы – объект")


def _scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _path(identity: str) -> str:
    """`rows-0-place` of the page → `answers.rows[0].place`."""
    return "answers." + re.sub(r"-(\w+)", r".\1", re.sub(r"-(\d+)(?=-|$)", r"[\1]", identity))


def _plain(value: Any) -> Any:
    """Dates and keys that are numbers as JSON has them."""
    return orjson.loads(orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS))
