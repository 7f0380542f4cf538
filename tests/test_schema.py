"""The migrations make the schema that the models describe."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from app import migrate
from app.db import Database
from app.errors import Refused
from app.models import metadata


def test_migrations_and_models_agree(db: Database) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "не знает"),
        ("DELETE FROM alembic_version", "не база"),
    ],
)
def test_a_database_that_cannot_be_upgraded_is_refused_untouched(db: Database, statement: str, words: str) -> None:
    with db.write() as session:
        session.execute(sa.text(statement))
    url = db.url.render_as_string(hide_password=False)
    with pytest.raises(Refused, match=words):
        migrate.upgrade(url)
    with db.engine.connect() as connection:
        assert migrate.revision_of(connection) in ("9999", "")


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
