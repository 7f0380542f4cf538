"""Many open cases at once: copies of a real one, row by row, made inside the database."""

from __future__ import annotations

import sqlalchemy as sa

from app.cases.models import Case, Deadline, Task
from app.db import Database

UNIQUE_TASK = {
    "sqlite": "'x' || printf('%031d', n.n)",
    "postgresql": "'x' || lpad(n.n::text, 31, '0')",
}
NUMBERS = {
    "sqlite": (
        "(WITH RECURSIVE r(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM r WHERE n < {last}) SELECT n FROM r)"
    ),
    "postgresql": "(SELECT generate_series({first}, {last}) AS n)",
}


def fill(db: Database, role: str, count: int) -> None:
    """Bring the open tasks of a role to `count`; each copy has its case, its deadline, and a term of its own."""
    with db.write() as session:
        have = session.scalar(sa.select(sa.func.count()).where(Task.role == role)) or 0
        if count <= have:
            return
        model = session.execute(sa.select(Task.id, Task.case_id).where(Task.role == role).limit(1)).one()
        first = (session.scalar(sa.select(sa.func.max(Case.id))) or 0) + 1
        dialect = "sqlite" if db.sqlite else "postgresql"
        numbers = NUMBERS[dialect].format(first=first, last=first + count - have - 1)
        new_id = UNIQUE_TASK[dialect]
        later = "{} + (n.n % 40000) * 60000000" if db.sqlite else "{} + (n.n % 40000) * interval '1 minute'"
        _copy(session, Case.__table__, {"id": "n.n", "once_key": "NULL"}, numbers, f"t.id = {model.case_id}")
        changed = {"id": new_id, "case_id": "n.n", "due_at": later.format("t.due_at")}
        _copy(session, Task.__table__, changed, numbers, f"t.id = '{model.id}'")
        wake = {name: later.format(f"t.{name}") for name in ("due_at", "wake_at")}
        _copy(session, Deadline.__table__, {"case_id": "n.n", "ref": new_id, **wake}, numbers, f"t.ref = '{model.id}'")
        if not db.sqlite:
            for table in ("case", "deadline"):
                top = f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), (SELECT max(id) FROM \"{table}\"))"
                session.execute(sa.text(top))
        session.execute(sa.text("ANALYZE"))


def _copy(session, table: sa.Table, changed: dict[str, str], numbers: str, where: str) -> None:
    names = [column.name for column in table.columns if column.name != "id" or "id" in changed]
    values = ", ".join(changed.get(name, f't."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    source = f'FROM "{table.name}" t, {numbers} n WHERE {where}'
    session.execute(sa.text(f'INSERT INTO "{table.name}" ({listed}) SELECT {values} {source}'))
