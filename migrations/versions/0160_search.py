"""Words are looked for in titles of cases by trigrams on PostgreSQL; no index knows when a case moved last.

An index over a column that every move writes makes PostgreSQL write all other indexes of the row anew as well (no
heap-only update). Who holds a post of the profile is found by its code, not among all positions of the region.

Trigrams need the extension pg_trgm: it comes with PostgreSQL, and who owns the database may create it. Where it cannot be
had, the list is searched by reading it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0160"
down_revision = "0150"

NAME = "ix_case_title"
NAMED = sa.text("code IS NOT NULL")
TRIGRAMS = sa.text("replace(lower(title), 'ё', 'е') gin_trgm_ops")
MAY = """SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm')
AND has_database_privilege(current_database(), 'CREATE')"""


def upgrade() -> None:
    op.drop_index("ix_case_idle", "case")
    op.create_index("ix_position_code", "position", ["code"], sqlite_where=NAMED, postgresql_where=NAMED)
    if op.get_bind().dialect.name == "sqlite" or not op.get_bind().scalar(sa.text(MAY)):
        return
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # it waits for open transactions and locks nobody out
        op.drop_index(NAME, "case", if_exists=True, postgresql_concurrently=True)
        op.create_index(NAME, "case", [TRIGRAMS], postgresql_using="gin", postgresql_concurrently=True)
        op.execute('ANALYZE "case"')
        op.execute("SET lock_timeout = '4s'")
