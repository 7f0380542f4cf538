"""The first schema, with the guards that keep the journal append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.models import metadata

revision = "0001"
down_revision = None

POSTGRES_GUARD = """
CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$;
CREATE TRIGGER event_guard BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER event_truncate_guard BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
"""
SQLITE_GUARD = (
    "CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    "CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
)


def upgrade() -> None:
    connection = op.get_bind()
    metadata.create_all(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(POSTGRES_GUARD)
    else:
        for statement in SQLITE_GUARD:
            connection.exec_driver_sql(statement)
    connection.execute(sa.text("INSERT INTO chain_head (id, seq, hash) VALUES (1, 0, :zero)"), {"zero": bytes(32)})
