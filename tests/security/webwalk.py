"""The walk of a campaign through the pages, by people who put the worst into every field they may write in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.datastructures import MultiDict

import forms
from app.cases import operations
from app.cases.models import Answer, Task
from app.cases.system import System
from app.db import utcnow
from app.people.actor import Actor
from forms.base import FilesField, ReferenceField, ReferencesField, RowsField, TextField, UrlField
from forms.values import as_formdata
from tests.campaign.walk import Walker
from tests.security import town
from tests.security.visitor import Visitor, site

NASTY = """"'><img src=x onerror=alert(1)><script>alert(2)</script><svg/onload=alert(3)>{{12345678*87654321}}${12345678*87654321}=1+1; DROP TABLE person;--"""
RECKONED = str(12345678 * 87654321)
LONG = "я" * 600_000  # more than a megabyte in UTF-8
FOREIGN = ("999999999", "-1", "0", "1e9", "' OR '1'='1", "٣")


class Nasty(HTMLParser):
    """What a page must never have: our text as markup. `found` says what it has."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        if tag == "script" and "nonce" not in named:
            self.found.append("script")
        self.found += [f"{tag} {name}" for name in named if name.startswith("on")]
        if named.get("src") == "x" or (named.get("href") or "").strip().lower().startswith(("javascript:", "data:")):
            self.found.append(f"{tag} {named}")

    handle_startendtag = handle_starttag


def markup(text: str) -> list[str]:
    """What of the nasty text stands in a page as markup or was reckoned by a template."""
    reader = Nasty()
    reader.feed(text)
    return [*reader.found, *([RECKONED] if RECKONED in text else [])]


def fields(form: forms.CaseForm) -> Iterator[Any]:
    """All fields, those of rows too."""
    for one in form:
        if isinstance(one, RowsField):
            for entry in one.entries:
                yield from entry.form
        else:
            yield one


def nasty(field: TextField) -> str:
    """The worst that fits; the heading of an act has a form of its own."""
    return f"{'Об ' if field.name == 'heading' else ''}{NASTY}"[: field.longest]


class WebWalker(Walker):
    """Sends by the pages. `poisoned`: every free text is nasty. `tried`: forms that had their hostile input."""

    def __init__(self, system: System, now: datetime, *, poisoned: bool = False) -> None:
        super().__init__(system, now)
        self.app: Flask = site(system)
        self.poisoned = poisoned
        self.visitors: dict[int, Visitor] = {}
        self.tried: set[str] = set()
        self.before: Any = None

    def settle(self) -> None:
        """By the clock of the pages."""
        self.now = utcnow()
        super().settle()

    def visitor(self, actor: Actor) -> Visitor:
        if actor.position_id not in self.visitors:
            self.visitors[actor.position_id] = Visitor(self.app, actor)
        return self.visitors[actor.position_id]

    def send(self, task: Task, answers: Mapping[str, Any] | None = None, *, actor: Actor | None = None) -> Any:
        actor = actor or self.holder(task)
        pairs, signed = self.pairs(task, actor, answers or {})
        if self.before is not None and task.form not in self.tried:
            self.tried.add(task.form)
            self.before(self, task, actor, pairs)
        answer = self.post(task, actor, pairs, **signed)
        assert answer.status_code == 303, self.why(answer)
        again = self.post(task, actor, pairs, **signed)
        assert again.status_code in (404, 409), "a task was sent twice"
        self.settle()
        with self.system.db.read() as session:
            case = session.execute(
                sa.text('select version, status from "case" where id = :id'), {"id": task.case_id}
            ).one()
        return operations.Moved(task.case_id, case.version, case.status)

    def pairs(
        self, task: Task, actor: Actor, answers: Mapping[str, Any]
    ) -> tuple[list[tuple[str, str]], dict[str, str]]:
        """What the browser would send, and the fields of the signature."""
        form = self.form(task, actor, answers)
        assert form.validate(), [issue.text for issue in form.issues()]
        data = as_formdata(form.answers())
        found = [(name, text) for name in data for text in data.getlist(name)]
        if self.poisoned:
            texts = {
                f.name: f
                for f in fields(form)
                if isinstance(f, TextField) and not isinstance(f, UrlField) and not f.locked
            }
            found = [(n, nasty(texts[n]) if n in texts else t) for n, t in found]
            found += [(n, nasty(f)) for n, f in texts.items() if n not in data]
        self.form(task, actor, answers)
        signed = {"password": town.PASSWORD, "shown_hash": self.shown} if self.shown else {}
        return found, signed

    def post(self, task: Task, actor: Actor, pairs: list[tuple[str, str]], **more: Any) -> Any:
        visitor = self.visitor(actor)
        data: dict[str, list[Any]] = {"csrf_token": [visitor.token], "do": ["send"], "version": [str(task.version)]}
        for name, text in pairs:
            data.setdefault(name, []).append(text)
        files = more.pop("files", {})
        data |= {name: [value] for name, value in more.items()} | files
        kind = "multipart/form-data" if files else None
        return visitor.client.post(f"/tasks/{task.id}", data=data, content_type=kind)

    def answered(self, task: Task) -> int:
        with self.system.db.read() as session:
            return (
                session.scalar(sa.select(sa.func.count()).select_from(Answer).where(Answer.case_id == task.case_id))
                or 0
            )

    @staticmethod
    def why(answer: Any) -> str:
        """What the page says is wrong."""
        text = answer.get_data(as_text=True)
        start = text.find("govuk-error-summary")
        return f"{answer.status_code} {text[start : start + 1500] if start > 0 else text[:300]}"


def hostile(walker: WebWalker, task: Task, actor: Actor, pairs: list[tuple[str, str]]) -> None:
    """Everything that a form must refuse, before it is sent as it should be. Nothing of it may complete the task."""
    form = walker.form(task, actor, {})
    names = {f.name: f for f in fields(form)}
    texts = [n for n, f in names.items() if isinstance(f, TextField)]
    lists = [n for n, f in names.items() if isinstance(f, ReferenceField | ReferencesField | FilesField)]
    tables = [f.name for f in form if isinstance(f, RowsField)]
    before = walker.answered(task)

    def refused(what: str, sent: list[tuple[str, str]], *statuses: int, **more: Any) -> None:
        answer = walker.post(task, actor, sent, **more)
        assert answer.status_code in statuses, f"{task.form}, {what}: {walker.why(answer)}"
        assert walker.answered(task) == before, f"{task.form}, {what}: written"
        assert not markup(answer.get_data(as_text=True)), f"{task.form}, {what}: markup"

    def attempt(what: str, where: list[str], text: str) -> None:
        """422, or the fields are not asked with these answers and what was sent in them is dropped."""
        sent = [(n, t) for n, t in pairs if n not in where] + [(n, text) for n in where]
        read = type(form)(MultiDict(sent), context=form.context)
        if read.validate():
            taken = [str(f.answer()) for f in fields(read) if f.name in where]
            assert not any(text == one or f"'{text}'" in one for one in taken), f"{task.form}, {what}: taken"
        else:
            refused(what, sent, 422, **signed)

    signed = {"password": town.PASSWORD, "shown_hash": walker.shown or ""}
    if texts:
        attempt("a megabyte in every text", texts, LONG[: max(6_000, 600_000 // len(texts))])
    everything = [(n, f"{NASTY}\0") for n in names] + [
        (f"{t}-{k}-{n}", NASTY) for t in tables for k in (999_999_999, 10**14, -1) for n in ("row", "text", "x")
    ]
    refused("zero bytes and huge rows kept as a draft", everything, 303, do="save")
    page = walker.visitor(actor).get(f"/tasks/{task.id}")
    assert page.status_code == 200
    assert not markup(page.get_data(as_text=True))
    refused("unknown buttons", pairs, 200, do=f"drop:{NASTY}:{10**14}")
    first_rows = {re.sub(r"-\d+-", "--", name): name for name in reversed(lists)}
    for number, name in enumerate(first_rows.values()):
        key = FOREIGN[number % len(FOREIGN)]
        attempt(f"{name}={key}", [name], key)
    if pairs:
        refused("an older version", pairs, 409, **{**signed, "version": "0"})
    if walker.shown and pairs:
        refused("without a password", pairs, 422, shown_hash=walker.shown)
        refused("a wrong password", pairs, 422, shown_hash=walker.shown, password="не тот пароль вовсе")
        refused("another text", pairs, 409, password=town.PASSWORD, shown_hash="0" * 64)
    refused("without a draft's number", pairs, 303, do="save", draft_version="²")


__all__ = ["NASTY", "WebWalker", "hostile", "markup"]
