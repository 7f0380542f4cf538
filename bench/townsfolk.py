"""A region at the end of a term: schools' cases with their assignments, the people who do them, years of records.

Three cases are opened and moved by people through the product's pages; the rest are live copies of them: half of the
assignments wait for schools, half for the operator to accept. All of them are due within two days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import regions, wiring
from app.cases.models import Answer, Case, Deadline, Task
from app.cases.move import start
from app.cases.operations import unit_of
from app.config import Settings
from app.db import Database, utcnow
from app.people import passwords
from app.people.models import Person, Position
from app.programmes.plan_models import AssignmentCard
from bench import crowd, events, people
from bench.client import Client
from tests.people import world

HEADS, OPERATORS, CHILDREN = 100, 32, 12
SOON = "t.{name} + (n.n % 2880) * interval '1 minute'"
YEAR = people.SCHOOL_YEAR


@dataclass(frozen=True)
class Size:
    cases: int = 5_000
    records: int = 2_000_000


@dataclass(frozen=True)
class Folk:
    """First ids of schools, of their heads' and of the operators' positions; the ids of each follow one another."""

    school: int
    head: int
    operator: int


def settle(db: Database) -> Folk:
    """The region's organisations and people; logins are `head-0` … and `operator-0` …"""
    with db.write() as session:
        place = world.tree(session, regions.codes()[0])
        world.everybody(session, place)
        first = crowd.schools(session)[0]
        secret = passwords.hash_of(people.PASSWORD)
        heads = [(f"head-{n}", first + n, "school_head") for n in range(HEADS)]
        operators = [(f"operator-{n}", place.operator.id, "regional_operator") for n in range(OPERATORS)]
        return Folk(first, _hired(session, heads, secret), _hired(session, operators, secret))


def _hired(session: Session, wanted: list[tuple[str, int, str]], secret: str) -> int:
    """People with one position each; returns the first position's id."""
    common = {"family_name": "Кречетова", "given_name": "Нина", "patronymic": "", "password_hash": secret}
    session.execute(sa.insert(Person), [{**common, "login": login, "created_at": utcnow()} for login, _, _ in wanted])
    ids = dict(session.execute(sa.select(Person.login, Person.id)).tuples().all())
    rows = [
        {
            **{"person_id": ids[login], "organisation_id": place, "role": role, "title": role},
            **{"valid_from": date(2020, 1, 1), "head": role == "school_head"},
        }
        for login, place, role in wanted
    ]
    session.execute(sa.insert(Position), rows)
    return session.scalars(sa.select(Position.id).where(Position.person_id == ids[wanted[0][0]])).one()


def fill(db: Database, folder: Path, port: int, folk: Folk, size: Size) -> None:
    """Cases, assignments, records: `size.cases` cases of schools, twelve assignments to each."""
    parent = _opened(db, folder, folk)
    waiting, reported = _assigned(port, folk, reported=False), _assigned(port, folk, reported=True)
    with db.write() as session:
        first = (session.scalar(sa.select(sa.func.max(Case.id))) or 0) + 1
        school = f"{folk.school} + (n.n - {first}) % {HEADS}"
        changed = {"id": "n.n", "once_key": "NULL", "subject_id": school, "awaits": "'исполнения поручений'"}
        numbers = crowd.NUMBERS["postgresql"].format(first=first, last=first + size.cases - 1)
        crowd.copy(session, Case.__table__, changed, numbers, f"t.id = {parent}")
        half = size.cases * CHILDREN // 2
        start_ = first + size.cases
        head = f"{folk.head} + (n.n - {start_}) % {size.cases} % {HEADS}"
        _children(session, waiting, (start_, half), first, size.cases, folk, {"position_id": head}, head)
        start_ += half
        head = f"{folk.head} + (n.n - {start_}) % {size.cases} % {HEADS}"
        mine = {"position_id": f"{folk.operator} + n.n % {OPERATORS}"}
        _children(session, reported, (start_, half), first, size.cases, folk, mine, head)
        for table in ("case", "deadline", "answer"):
            top = f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), (SELECT max(id) FROM \"{table}\"))"
            session.execute(sa.text(top))
    events.fill(db, size.records)


def _children(
    session: Session,
    model: int,
    span: tuple[int, int],
    parents: int,
    cases: int,
    folk: Folk,
    holder: dict[str, str],
    head: str,
) -> None:
    """Copies of an assignment, the same number to each parent."""
    first, count = span
    numbers = crowd.NUMBERS["postgresql"].format(first=first, last=first + count - 1)
    task = session.execute(sa.select(Task).where(Task.case_id == model)).scalar_one()
    new = crowd.TASK_ID["postgresql"].format(id=task.id)
    nth = f"(n.n - {first}) % {cases}"
    school = f"{folk.school} + {nth} % {HEADS}"
    state = crowd.STATE["postgresql"].format(id=task.id, new=new)
    of = {"case_id": "n.n"}
    changed = {"id": "n.n", "subject_id": school, "parent_id": f"{parents} + {nth}", "once_key": "NULL", "state": state}
    crowd.copy(session, Case.__table__, changed, numbers, f"t.id = {model}")
    place = {"organisation_id": school} if task.key == "assignment_take" else {}
    due = SOON.format(name="due_at")
    crowd.copy(
        session, Task.__table__, {"id": new, "due_at": due, **of, **place, **holder}, numbers, f"t.id = '{task.id}'"
    )
    wake = {"ref": new, "due_at": due, "wake_at": SOON.format(name="wake_at"), **of}
    crowd.copy(session, Deadline.__table__, wake, numbers, f"t.ref = '{task.id}'")
    card = {"school_id": school, "executor_id": head, **of}
    crowd.copy(session, AssignmentCard.__table__, card, numbers, f"t.case_id = {model}")
    crowd.copy(session, Answer.__table__, of, numbers, f"t.case_id = {model}")


# the three cases that are copied ----------------------------------------------------------------------------------------


def _opened(db: Database, folder: Path, folk: Folk) -> int:
    """A school's case, as an order opens it."""
    settings = Settings(database_url=db.url.render_as_string(hide_password=False), files_dir=folder / "files")
    system = wiring.build(settings)
    with unit_of(system, None, utcnow()) as unit:
        case_id = start(unit, "support_cycle", folk.school, YEAR, {"track": "listed"}).id
    system.db.dispose()
    return case_id


def _assigned(port: int, folk: Folk, *, reported: bool) -> int:
    """An assignment to the first school's head; with `reported` he has taken it and told what was done."""
    client = Client(port)
    for login in ("operator-0", "head-0"):
        client.sign_in(login)
    page = client.post("operator-0", "/cases/new/assignment", {"subject": str(folk.school)})
    soon, today = (utcnow() + timedelta(days=2)).date(), utcnow().date()
    issued = {
        **{"text": "Провести педагогический совет", "basis": "план", "expected": "протокол", "control": "none"},
        **{"executor": str(folk.head), "due_on": f"{soon:%d.%m.%Y}", "password": people.PASSWORD},
    }
    answer = send(client, "operator-0", page.location, issued)
    case_id = int(answer.location.rsplit("/", 1)[1])
    if reported:
        answer = send(client, "head-0", _task(client), {"outcome": "take"})
        done = {
            **{"outcome": "report", "result": "partly", "done_text": "Совет проведён", "reason": "не все пришли"},
            **{"done_on": f"{today:%d.%m.%Y}", "people": "24"},
        }
        send(client, "head-0", answer.location, done)
    return case_id


def send(client: Client, login: str, path: str, fields: dict[str, str]) -> Any:
    """Open a task's form and send it filled in."""
    form = client.opened(client.get(login, path).body)
    return client.post(login, path, {**form.hidden, **fields, "do": "send"}, multipart=form.multipart)


def _task(client: Client) -> str:
    """The first task of the head's list."""
    return client.links(client.get("head-0", "/tasks").body, "tasks")[0]
