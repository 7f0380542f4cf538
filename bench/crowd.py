"""Many open cases at once: live copies of a real one, made inside the database by one statement a table.

A copy has a case, a task, a term and an engine's state of its own: its task can be opened and sent like any other. Copies
are about a thousand schools in turn, so that a school sees its own among very many.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case, Deadline, Task
from app.db import Database
from app.people.models import Organisation
from app.schools.models import School

SCHOOLS, A_MUNICIPALITY = 1000, 25
MUCH = 100_000
NUMBERS = {
    "sqlite": (
        "(WITH RECURSIVE r(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM r WHERE n < {last}) SELECT n FROM r)"
    ),
    "postgresql": "(SELECT generate_series({first}, {last}) AS n)",
}
TASK_ID = {
    "sqlite": "printf('%012x', n.n) || substr('{id}', 13)",
    "postgresql": "lpad(to_hex(n.n), 12, '0') || substr('{id}', 13)",
}
STATE = {
    "sqlite": "CAST(replace(CAST(t.state AS TEXT), '{id}', {new}) AS BLOB)",
    "postgresql": "convert_to(replace(convert_from(t.state, 'UTF8'), '{id}', {new}), 'UTF8')",
}
LATER = {
    "sqlite": "t.{name} + (n.n % 40000) * 60000000",
    "postgresql": "t.{name} + (n.n % 40000) * interval '1 minute'",
}


def dialect_of(db: Database) -> str:
    return "sqlite" if db.sqlite else "postgresql"


def fill(db: Database, role: str, count: int) -> None:
    """Bring the open tasks of a role to `count`; the terms of copies lie within a month after the copied one's."""
    with db.read() as session:
        have = session.scalar(sa.select(sa.func.count()).where(Task.role == role)) or 0
        model = session.execute(sa.select(Task.id, Task.case_id).where(Task.role == role).limit(1)).one()
    with indexes_later(db, count - have, "case", "task", "deadline"), db.write() as session:
        if count > have:
            trusted(session, dialect_of(db))
            _fill(session, dialect_of(db), str(model.id), model.case_id, count - have)
    settle(db)


@contextmanager
def indexes_later(db: Database, count: int, *tables: str) -> Iterator[None]:
    """Indexes of tables that get very many rows are built when the rows are there: sorted once, not row by row."""
    if db.sqlite or count < MUCH:
        yield
        return
    asked = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(:tables) AND indexname LIKE 'ix%'"
    with db.write() as session:
        found = session.execute(sa.text(asked), {"tables": list(tables)}).all()
        for name, _ in found:
            session.execute(sa.text(f"DROP INDEX {name}"))
    try:
        yield
    finally:
        with db.write() as session:
            session.execute(sa.text("SET LOCAL maintenance_work_mem = '512MB'"))
            for _, statement in found:
                session.connection().exec_driver_sql(statement)


def trusted(session: Session, dialect: str) -> None:
    """Rows that are copies of good ones are put in without asking for each whether what it names is there."""
    if dialect == "postgresql":
        session.execute(sa.text("SET LOCAL session_replication_role = replica"))


def _fill(session: Session, dialect: str, task: str, case: int, count: int) -> None:
    places = schools(session)
    first = (session.scalar(sa.select(sa.func.max(Case.id))) or 0) + 1
    numbers = NUMBERS[dialect].format(first=first, last=first + count - 1)
    new = TASK_ID[dialect].format(id=task)
    place = f"{places[0]} + n.n % {len(places)}"
    state = STATE[dialect].format(id=task, new=new)
    changed = {"id": "n.n", "once_key": "NULL", "subject_id": place, "state": state}
    copy(session, Case.__table__, changed, numbers, f"t.id = {case}")
    later = {name: LATER[dialect].format(name=name) for name in ("due_at", "wake_at")}
    due = {"id": new, "case_id": "n.n", "due_at": later["due_at"]}
    copy(session, Task.__table__, due, numbers, f"t.id = '{task}'")
    copy(session, Deadline.__table__, {"case_id": "n.n", "ref": new, **later}, numbers, f"t.ref = '{task}'")
    if dialect == "postgresql":
        for table in ("case", "deadline"):
            top = f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), (SELECT max(id) FROM \"{table}\"))"
            session.execute(sa.text(top))


def copy(session: Session, table: sa.Table, changed: dict[str, str], numbers: str, where: str) -> None:
    """As many copies of the rows as there are numbers `n.n`; `changed`: column → expression over the row `t`."""
    names = [column.name for column in table.columns if column.name != "id" or "id" in changed]
    values = ", ".join(changed.get(name, f't."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    source = f'FROM "{table.name}" t, {numbers} n WHERE {where}'
    session.execute(sa.text(f'INSERT INTO "{table.name}" ({listed}) SELECT {values} {source}'))


def settle(db: Database) -> None:
    """What the database knows of its tables after much was put in: the worker and PostgreSQL's own housekeeping do the same."""
    if db.sqlite:
        db.study()
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def schools(session: Session) -> list[int]:
    """Ids, without holes, of the schools that copies are about; written at the first call."""
    known = sa.select(Organisation.id).where(Organisation.code.like("bench-s%")).order_by(Organisation.id)
    if found := list(session.scalars(known)):
        return found
    home = session.execute(sa.select(Organisation).where(Organisation.kind == "municipality").limit(1)).scalar_one()
    towns = [_organisation(home.region, "municipality", f"bench-m{n}", home.parent_id) for n in range(_towns())]
    session.execute(sa.insert(Organisation), towns)
    named = sa.select(Organisation.id).where(Organisation.code.like("bench-m%")).order_by(Organisation.id)
    above = [home.id, *session.scalars(named)]
    rows = [_organisation(home.region, "school", f"bench-s{n}", above[n // A_MUNICIPALITY]) for n in range(SCHOOLS)]
    session.execute(sa.insert(Organisation), rows)
    found = list(session.scalars(known))
    assert found[-1] - found[0] == SCHOOLS - 1, "ids of one insert follow each other"
    common = {"region": home.region, "kind": "full", "founder": "municipal"}
    kept = [
        {**common, "id": found[n], "code": f"bench-s{n}", "municipality_id": above[n // A_MUNICIPALITY]}
        for n in range(SCHOOLS)
    ]
    session.execute(sa.insert(School), kept)
    return found


def _towns() -> int:
    return SCHOOLS // A_MUNICIPALITY - 1


def _organisation(region: str, kind: str, code: str, parent: int | None) -> dict[str, object]:
    name = f"{'Школа' if kind == 'school' else 'Район'} {code}"
    return {"region": region, "kind": kind, "code": code, "name": name, "short_name": name, "parent_id": parent}
