"""Indexes that hold each owner's cases in the order of the lists: an organisation's by kind and state, an opener's, a place's tasks.

On PostgreSQL they are built while people work: CONCURRENTLY waits for the transactions that are open, however long they
take, and locks nobody out. A build that was cut off leaves an index that is not valid; the next run makes it anew.
"""

from __future__ import annotations

from alembic import op

revision = "0150"
down_revision = "0140"

MADE = (
    ("ix_case_newest", "case", ["subject_id", "status", "id"]),
    ("ix_task_place", "task", ["organisation_id", "case_id"]),
    ("ix_case_opener_new", "case", ["opened_by", "id"]),
    ("ix_case_subject_new", "case", ["subject_id", "kind", "status", "id"]),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, table, columns in MADE:
            old = name.removesuffix("_new")
            if old != name:
                op.drop_index(old, table)
            op.create_index(old, table, columns)
        return
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        for name, table, columns in MADE:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            op.create_index(name, table, columns, postgresql_concurrently=True)
        op.execute("SET lock_timeout = '4s'")
    for name, _, _ in MADE:
        old = name.removesuffix("_new")
        if old != name:
            op.execute(f"DROP INDEX {old}")
            op.execute(f"ALTER INDEX {name} RENAME TO {old}")
