"""A task's form between the page and the operations: context, draft, table buttons, files, signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

import forms
from app.cases import drafts
from app.cases.handlers import Asking
from app.cases.models import Case, Task
from app.cases.move import Proof
from app.cases.system import System
from app.db import Database
from app.errors import BadInput
from app.files import Upload, attach
from app.files.models import StoredFile
from app.people import accounts, policy
from app.people.actor import Actor
from forms.attached import places

SERVICE = (
    "csrf_token",
    "version",
    "draft_version",
    "compared",
    "device",
    "do",
    "password",
    "shown_hash",
    "next",
    "task_case",
    "task_form",
)
CHOICE = "choose:"  # a field of the comparison of two drafts: whose answer is taken


@dataclass
class Sheet:
    """An open task as its page sees it. `shown` is the fingerprint that a signature would be bound to; `opens`: its holder
    may open the case.
    """

    task: Task
    case: Case
    context: dict[str, Any]
    draft: drafts.Saved | None
    shown: str | None
    opens: bool

    @property
    def form_class(self) -> type[forms.CaseForm]:
        return forms.form_class(self.task.form)

    def blank(self) -> forms.CaseForm:
        """The form with what is prefilled, or with the draft over it."""
        if self.draft is not None:
            return self.form_class(pairs(self.draft.data), context=self.context)
        return self.form_class(context=self.context)

    def sent(self, data: MultiDict[str, str]) -> forms.CaseForm:
        return self.form_class(data, context=self.context)


def lay_out(
    session: Session, system: System, task: Task, case: Case, draft: drafts.Saved | None, actor: Actor, now: datetime
) -> Sheet:
    """Context and draft of a task's form, for its holder."""
    ask = Asking(session, system, case, task, actor, now)
    describe = system.handlers.contexts.get(task.form)
    context = dict(describe(ask)) if describe else {}
    if takes_files(task.form):
        _add_files(session, system, context, task, case)
    show = system.handlers.signed.get(task.form)
    return Sheet(task, case, context, draft, show(ask, None) if show else None, policy.may(actor, "case.read", case))


def takes_files(form: str) -> bool:
    """Whether the form has a field of files, in a table or outside of one."""
    return bool(places(form))


def _add_files(session: Session, system: System, context: dict[str, Any], task: Task, case: Case) -> None:
    """What was attached to the task already, and what the region takes in."""
    uploads = system.profile(case.region).uploads
    attached = session.scalars(sa.select(StoredFile).where(StoredFile.task_id == task.id))
    own = {row.id: {"name": row.name, "size": row.size, "stored": True} for row in attached}
    context["files"] = {**context.get("files", {}), **own}
    context.setdefault("uploads", {"megabytes": uploads.megabytes, "kinds": uploads.kinds})


def pairs(data: Any) -> MultiDict[str, str]:
    """A stored draft as a sent form."""
    return MultiDict([(name, value) for name, value in data["pairs"]])


def typed() -> dict[str, Any]:
    """What is on the page now, as a draft keeps it."""
    return kept(request.form)


def kept(data: MultiDict[str, str]) -> dict[str, Any]:
    """The draft of a sent form, with the device it was typed on when the browser says so."""
    found = [[n, v] for n, v in data.items(multi=True) if n not in SERVICE and not n.startswith(CHOICE)]
    return {"pairs": found, "device": request.form.get("device", "")[:40]}


def chosen(mine: MultiDict[str, str], theirs: MultiDict[str, str]) -> MultiDict[str, str]:
    """My draft with those answers of the other one that were chosen in the comparison: whole fields, tables as a whole."""
    taken = {n.removeprefix(CHOICE) for n, v in mine.items() if n.startswith(CHOICE) and v == "theirs"}

    def other(name: str) -> bool:
        return name in taken or any(name.startswith(f"{field}-") for field in taken)

    pairs = [(n, v) for n, v in mine.items(multi=True) if not other(n)]
    return MultiDict([*pairs, *((n, v) for n, v in theirs.items(multi=True) if other(n))])


def take_files(session: Session, system: System, sheet: Sheet, actor: Actor, now: datetime) -> MultiDict[str, str]:
    """Keep the files that came with the form and write their ids where they belong."""
    data = MultiDict(request.form)
    for field, uploads in request.files.lists():
        name = field.removesuffix("-new")
        for upload in uploads:
            if not upload.filename:
                continue
            kept = Upload(upload.filename, upload.read())
            row = attach(
                session,
                system.files,
                kept,
                case_id=sheet.case.id,
                task_id=sheet.task.id,
                person_id=actor.person_id,
                now=now,
                limit=system.profile(sheet.case.region).uploads.limit,
            )
            data.add(name, str(row.id))
            sheet.context.setdefault("files", {})[row.id] = {"name": row.name, "size": row.size, "stored": True}
    return data


def proof_of(db: Database, actor: Actor, now: datetime) -> Proof:
    """The signature's confirmation: the password entered again. NotAllowed when it is wrong, TooMany after many."""
    password, shown = request.form.get("password", ""), request.form.get("shown_hash", "")
    if not password:
        raise BadInput("Введите пароль: им подтверждается подпись.")
    accounts.confirm_password(db, actor.person_id, password, address=request.remote_addr or "", now=now)
    return Proof(shown)
