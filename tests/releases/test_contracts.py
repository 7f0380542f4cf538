"""The program of the release before works on the schema of the release after it: no migration takes from it what it uses."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import migrate
from tests import postgres
from tests.golden import dump
from tests.golden.kept import newest
from tests.releases import contracts
from tests.releases.contracts import Schema

pytestmark = pytest.mark.req("OR-74")


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'opora.db'}"
        return
    url = postgres.create_database(request.getfixturevalue("postgres_url"), "opora_contracts")
    yield url
    postgres.drop(url)


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
def test_what_has_been_migrated_since_the_release_leaves_its_program_working(empty_url: str) -> None:
    released = dump.read(newest())
    at = released.cuts[-1].revision
    migrate.upgrade(empty_url, at)
    assert contracts.refusals(*contracts.stepped(empty_url, at), released.columns) == []


def test_a_released_migration_is_not_rewritten(tmp_path: Path) -> None:
    """A database that went the way of today's scripts to the release's revision is the one that the release made."""
    kept = dump.read(newest()).cuts[-1]
    migrate.upgrade(f"sqlite:///{tmp_path / 'opora.db'}", kept.revision)
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'opora.db'}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        made = connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")).scalars()
        assert {said(one) for one in made if "sqlite_sequence" not in one} == {said(one) for one in kept.ddl}


def said(statement: str) -> tuple[str, ...]:
    """Its parts: a table that was made anew names its references in any order."""
    return tuple(sorted(part.strip().rstrip(",") for part in statement.splitlines()))


OLD = (
    "CREATE TABLE school (id BIGINT PRIMARY KEY, name VARCHAR(100) NOT NULL, note VARCHAR(50), "
    "pupils BIGINT, state VARCHAR(10) DEFAULT 'open' NOT NULL)"
)
NAMED = {"school": ["id", "name", "pupils", "state"]}
"""What the released program names: `note` it does not."""


def made(*statements: str) -> Schema:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        for statement in (OLD, *statements):
            connection.execute(sa.text(statement))
        return contracts.schema_of(connection)


def remade(table: str) -> tuple[str, ...]:
    return "DROP TABLE school", table


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["ALTER TABLE school ADD COLUMN town VARCHAR(10)"], None),
        (["ALTER TABLE school ADD COLUMN town VARCHAR(10) DEFAULT '' NOT NULL"], None),
        (["CREATE TABLE town (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"], None),
        (["CREATE INDEX ix_school_name ON school (name)"], None),
        (["ALTER TABLE school ADD COLUMN town INTEGER REFERENCES town (id)"], None),
        (["ALTER TABLE school ADD COLUMN town INTEGER CHECK (town > 0)"], None),
        (remade(OLD.replace("(50)", "(80)")), None),
        (remade(OLD.replace("(100) NOT NULL", "(100)")), None),
        (["DROP TABLE school"], "school: the table is gone"),
        (["ALTER TABLE school RENAME TO place"], "school: the table is gone"),
        (["ALTER TABLE school DROP COLUMN pupils"], "school.pupils: the column is gone"),
        (["ALTER TABLE school RENAME COLUMN name TO title"], "school.name: the column is gone"),
        (remade(OLD.replace("pupils", "town INTEGER NOT NULL, pupils")), "school.town: it is wanted"),
        (remade(OLD.replace("VARCHAR(50)", "VARCHAR(50) NOT NULL")), "school.note: the old program leaves it empty"),
        (remade(OLD.replace("DEFAULT 'open' ", "")), "school.state: the old program leaves it to the database"),
        (remade(OLD.replace("VARCHAR(100)", "VARCHAR(40)")), "school.name: VARCHAR"),
        (remade(OLD.replace("pupils BIGINT", "pupils INTEGER")), "school.pupils: BIGINT"),
        (remade(OLD.replace("pupils BIGINT", "pupils DATE")), "school.pupils: BIGINT"),
        (["CREATE UNIQUE INDEX uq ON school (name)"], "a rule that the old program does not know"),
        (remade(OLD[:-1] + ", CONSTRAINT few CHECK (pupils < 9))"), "a rule that the old program does not know"),
    ],
)
def test_what_breaks_the_release_before_is_told(statements: list[str], said: str | None) -> None:
    found = contracts.refusals({"0150": (made(), made(*statements))}, {}, NAMED)
    assert bool(found) == (said is not None), found
    if said is not None:
        assert found[0].startswith("0150: ") and said in found[0]


def test_a_contract_may_take_only_what_the_release_before_names_no_more() -> None:
    without_note = {"0150": (made(), made("ALTER TABLE school DROP COLUMN note"))}
    assert contracts.refusals(without_note, {"0150": ("school.note",)}, NAMED) == []
    (still,) = contracts.refusals(without_note, {"0150": ("school.note",)}, {"school": ["id", "note"]})
    assert "the release before still names it" in still
    (idle,) = contracts.refusals({"0150": (made(), made())}, {"0150": ("school.note",)}, NAMED)
    assert "nothing happens to it" in idle


def test_the_way_to_the_first_release_took_nothing_away(tmp_path: Path) -> None:
    """Nobody stood behind it; it is judged all the same, which shows that the check reads real migrations."""
    url = f"sqlite:///{tmp_path / 'opora.db'}"
    migrate.upgrade(url, "0001")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        steps, declared = contracts.stepped(url, "0001")
    assert set(steps) >= {"0002", "0140"}
    assert contracts.refusals(steps, declared, {}) == []
