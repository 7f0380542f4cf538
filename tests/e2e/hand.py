"""A walker whose people answer at the browser: one at the phone's width, one by keyboard alone, the rest at a desk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cases.models import Case, Task
from app.cases.operations import Moved
from app.db import utcnow
from app.files.models import StoredFile
from app.people.actor import Actor
from forms.values import FormData, as_formdata
from tests.campaign.walk import Walker
from tests.e2e.audit import Audit
from tests.e2e.desk import Desk
from tests.e2e.keys import Keys
from tests.e2e.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

PHONE = {"width": 390, "height": 844}
PAPER = b"%PDF-1.4 a paper of the school"
KIND = """e => e.offsetParent === null && !['radio', 'checkbox'].includes(e.type) || e.disabled ? 'out'
    : ['radio', 'checkbox'].includes(e.type) ? e.type : e.tagName.toLowerCase()"""
MANY = 3
"""So many rows of a table are pasted from a spreadsheet and not typed."""
COLUMNS = """table => [...document.querySelectorAll(`form#task table[data-rows=${table}] tbody tr:first-child :is(input:not(
    [type=hidden], [type=file]), textarea, select)`)].map(e => [e.type, e.name.split('-').slice(2).join('-'),
    Object.fromEntries([...(e.options ?? [])].map(o => [o.value, o.text.trim()]))])"""
KEPT = "Object.keys(localStorage).filter(key => key.startsWith('opora:draft:'))"
ROW = "([name, row]) => Boolean(document.querySelector(`form#task tr[data-row='${row}'] [name^='${name}-${row}-']`))"


@dataclass
class Room:
    """Where people sit. `phones`, `keyboards`: roles and how they work; `worked`: role → forms answered here; `people`: who.

    A form is answered at the browser by the first `often` of every role who come to it, by later ones without it.
    """

    site: Site
    browser: Browser
    audit: Audit
    folder: Path
    phones: frozenset[str] = frozenset()
    keyboards: frozenset[str] = frozenset()
    headless: frozenset[str] = frozenset()
    often: int = 1
    people: dict[str, Actor] = field(default_factory=dict)
    desks: dict[int, Desk] = field(default_factory=dict)
    worked: dict[str, Counter[str]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def asks(self, form: str, role: str) -> bool:
        return form not in self.headless and self.worked.get(role, Counter())[form] < self.often

    def desk(self, actor: Actor) -> Desk:
        """The browser of a person, in this position of his, at his work list."""
        if actor.person_id not in self.desks:
            desk = (Keys if actor.role in self.keyboards else Desk)(self.site, self.browser, self.audit)
            self.desks[actor.person_id] = desk.sign_in(self.site.login(actor.person_id))
        desk = self.desks[actor.person_id]
        desk.width = PHONE if actor.role in self.phones else desk.width
        desk.page.set_viewport_size(desk.width)
        desk.home()
        desk.stand(actor.position_id)
        return desk

    def leave(self) -> None:
        for desk in self.desks.values():
            self.complaints += desk.complaints
            desk.close()
        self.desks.clear()


class Hand(Walker):
    """What is sent goes through the browser where the room asks for it."""

    room: Room

    def send(self, task: Task, answers: Mapping[str, Any] | None = None, *, actor: Actor | None = None) -> Moved:
        actor = actor or self.holder(task)
        if not self.room.asks(task.form, actor.role):
            return super().send(task, answers, actor=actor)
        calendar, self.now = self.now, utcnow()
        form = self.form(task, actor, dated(answers or {}, calendar, self.now))
        assert form.validate(), f"{task.form}: {[issue.text for issue in form.issues()]}"
        data = as_formdata(form.answers())
        desk = self.room.desk(actor)
        desk.open(task)
        desk.page.set_viewport_size(desk.width)
        pasted = {name for table in tables(data) for name in self._paste(desk, table, data)}
        for name in data:
            for text in () if name in pasted else data.getlist(name):
                self._answer(desk, name, text)
        if self.shown:
            desk.password()
        desk.send()
        assert desk.page.evaluate(KEPT) == [], "what is sent is not kept in the browser any more"
        self.room.people[actor.role] = actor
        self.room.worked.setdefault(actor.role, Counter())[task.form] += 1
        self.now = utcnow()  # what the site has put off until now is due
        self.settle()
        self.now = max(calendar, self.now)  # the calendar of the walk never goes back
        with self.system.db.read() as session:
            case = session.get_one(Case, task.case_id)
            return Moved(case.id, case.version, case.status)

    def _paste(self, desk: Desk, table: str, data: FormData) -> set[str]:
        """A table of many rows as it is copied from a spreadsheet: every row from the first cell on; names it answers."""
        columns = desk.page.evaluate(COLUMNS, table)
        plain = [kind not in ("radio", "checkbox", "select-multiple") for kind, _, _ in columns]
        if len(columns) < 2 or not all(plain):
            return set()
        rows = range(1 + max(int(name.split("-")[1]) for name in data if name.startswith(f"{table}-")))
        last = {name.split("-", 2)[2] for name in data if name.startswith(f"{table}-{rows[-1]}-")}
        carried = desk.page.locator(f'form#task [type=hidden][name^="{table}-{rows[-1]}-"]')
        if not last <= {column for _, column, _ in columns} and not carried.count():
            return set()  # rows that are given have no cell for what a row of one's own asks
        names = [[f"{table}-{n}-{column}" for _, column, _ in columns] for n in rows]
        labels = [options for _, _, options in columns]
        lines = [
            [own.get(data.get(name), data.get(name)) for name, own in zip(line, labels, strict=True)] for line in names
        ]
        desk.paste(table, lines)
        return {name for line in names for name in line}

    def _answer(self, desk: Desk, name: str, text: str) -> None:
        files = desk.page.locator(f'form#task input[type=file][name="{name}-new"]')
        if files.count():
            self._attach(desk, name, int(text))
            return
        found = _field(desk, name, text)
        if found is not None and (kind := found.evaluate(KIND)) != "out":
            desk.put(found, kind, name, text)

    def _attach(self, desk: Desk, name: str, stored: int) -> None:
        """A file of one's own under the name of the one that was stored for the walk."""
        with self.system.db.read() as session:
            file = session.get_one(StoredFile, stored).name
        desk.upload(name, file, PAPER, self.room.folder)
        desk.page.locator(f'form#task input[type=hidden][name="{name}"]').first.wait_for(state="attached")


def dated(answers: Any, calendar: datetime, now: datetime) -> Any:
    """What the walk dates with its own day is dated with the day of the run."""
    if isinstance(answers, Mapping):
        return {name: dated(value, calendar, now) for name, value in answers.items()}
    if isinstance(answers, list):
        return [dated(value, calendar, now) for value in answers]
    return now.date().isoformat() if answers == calendar.date().isoformat() else answers


def tables(data: FormData) -> list[str]:
    """Tables of a sent form that have many rows."""
    rows = {tuple(name.split("-")[:2]) for name in data if name.count("-") >= 2 and name.split("-")[1].isdigit()}
    counted = Counter(table for table, _ in rows)
    return [table for table, count in counted.items() if count >= MANY]


def _field(desk: Desk, name: str, text: str) -> Locator | None:
    """Where a value is put; None where the page carries it itself or does not ask for it with these answers."""
    found = desk.page.locator(f'form#task [name="{name}"]:not([type=hidden])')
    if not found.count():
        table, _, rest = name.partition("-")
        row = rest.partition("-")[0]
        add = desk.page.locator(f'form#task button[value="add:{table}"]')
        if not row.isdigit() or not add.count() or desk.page.evaluate(ROW, [table, row]):
            return None
        desk.press_do(f"add:{table}")
        return _field(desk, name, text)
    if found.first.evaluate("e => ['radio', 'checkbox'].includes(e.type)"):
        found = desk.page.locator(f'form#task [name="{name}"][value="{text}"]')
    return found.first if found.count() else None
