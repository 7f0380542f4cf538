"""The migrations make the schema that the models describe."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from app.db import Database
from app.models import metadata


def test_migrations_and_models_agree(db: Database) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_foreign_keys_are_enforced(db: Database) -> None:
    statement = sa.text(
        "INSERT INTO register (organisation_id, name, year, mask, last) VALUES (999, 'x', 2026, '{n}', 0)"
    )
    try:
        with db.write() as session:
            session.execute(statement)
    except sa.exc.IntegrityError:
        return
    raise AssertionError("a register of an organisation that does not exist was accepted")
