"""What a migration takes away from the program of the release before it, which goes on working while the schema is new.

Told by the schema itself, before and after: a table or a column that is gone, a value that the old program leaves out and
the new schema wants, a narrower type, a rule that the old program does not know. Such a migration is a contract: it names
in `contract = ("table.column", …)` what it takes, and may only take what the program of that release no longer names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from alembic.script import ScriptDirectory

from app import migrate


@dataclass(frozen=True)
class Column:
    type: sa.types.TypeEngine[Any]
    nullable: bool
    given: bool
    """The database fills it in when a statement leaves it out."""


@dataclass
class Table:
    columns: dict[str, Column] = field(default_factory=dict)
    rules: dict[str, set[str]] = field(default_factory=dict)
    """Unique sets of columns, checks and references, as text → the columns that they are about."""


Schema = dict[str, Table]


def schema_of(connection: sa.Connection) -> Schema:
    looker = sa.inspect(connection)
    return {name: _table(looker, name) for name in looker.get_table_names() if name != "alembic_version"}


def _table(looker: sa.Inspector, name: str) -> Table:
    found = Table()
    keys = looker.get_pk_constraint(name)["constrained_columns"]
    for column in looker.get_columns(name):
        numbered = [column["name"]] == keys and isinstance(column["type"], sa.Integer)
        given = numbered or column["default"] is not None or bool(column.get("identity"))
        found.columns[column["name"]] = Column(column["type"], bool(column["nullable"]), given)
    for index in looker.get_indexes(name):
        if index["unique"]:
            _unique(found, [str(column) for column in index["column_names"]])
    for one in looker.get_unique_constraints(name):
        _unique(found, one["column_names"])
    for check in looker.get_check_constraints(name):
        words = set(re.findall(r"\w+", check["sqltext"]))
        found.rules[f"check ({check['sqltext']})"] = words & found.columns.keys()
    for key in looker.get_foreign_keys(name):
        columns = key["constrained_columns"]
        found.rules[f"reference ({', '.join(columns)}) to {key['referred_table']}"] = set(columns)
    return found


def _unique(found: Table, columns: list[str]) -> None:
    found.rules[f"unique ({', '.join(columns)})"] = set(columns)


def broken(before: Schema, after: Schema) -> Iterator[tuple[str, str]]:
    """What of the old program breaks: the name that a contract would give it, and why."""
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            yield name, "the table is gone or has another name"
            continue
        yield from _columns(name, old, new)
        for rule, columns in new.rules.items():
            if rule not in old.rules and columns & old.columns.keys():
                yield f"{name}.{rule}", "a rule that the old program does not know"


def _columns(name: str, old: Table, new: Table) -> Iterator[tuple[str, str]]:
    for column, was in old.columns.items():
        now = new.columns.get(column)
        if now is None:
            yield f"{name}.{column}", "the column is gone or has another name"
        elif was.nullable and not now.nullable:
            yield f"{name}.{column}", "the old program leaves it empty"
        elif was.given and not now.given:
            yield f"{name}.{column}", "the old program leaves it to the database"
        elif _narrower(was.type, now.type):
            yield f"{name}.{column}", f"{was.type} became {now.type}"
    for column in new.columns.keys() - old.columns.keys():
        added = new.columns[column]
        if not added.nullable and not added.given:
            yield f"{name}.{column}", "it is wanted and the old program does not know it: no default on the server"


def _narrower(was: sa.types.TypeEngine[Any], now: sa.types.TypeEngine[Any]) -> bool:
    """Whether something that fitted fits no more; another sort of type is taken for it too."""
    if isinstance(was, sa.Integer) and isinstance(now, sa.Integer):
        return isinstance(was, sa.BigInteger) and not isinstance(now, sa.BigInteger)
    if isinstance(was, sa.String) and isinstance(now, sa.String):
        before, after = getattr(was, "length", None), getattr(now, "length", None)
        return after is not None and (before is None or after < before)
    return type(was) is not type(now)


def refusals(
    steps: Mapping[str, tuple[Schema, Schema]], contracts: Mapping[str, Collection[str]], named: Mapping[str, Collection[str]]
) -> list[str]:  # fmt: skip
    """Revision → schema before and after it; what each declares; table → columns that the released program names."""
    said = []
    for revision, (before, after) in steps.items():
        declared = set(contracts.get(revision, ()))
        for name, why in broken(before, after):
            table, _, rest = name.partition(".")
            still = table in named and (not rest or rest in named[table])
            if name not in declared:
                said.append(f"{revision}: {name}: {why}")
            elif still:
                said.append(f"{revision}: {name} is declared, but the release before still names it: {why}")
            declared.discard(name)
        said += [f"{revision}: {name} is declared, but nothing happens to it" for name in sorted(declared)]
    return said


def stepped(url: str, since: str) -> tuple[dict[str, tuple[Schema, Schema]], dict[str, Collection[str]]]:
    """Upgrade a database that stands at `since` one migration at a time: its schemas on the way, and the contracts."""
    scripts = ScriptDirectory.from_config(migrate.config(url))
    steps, contracts = {}, {}
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    for script in reversed(list(scripts.iterate_revisions("head", since))):
        with engine.connect() as connection:
            before = schema_of(connection)
        migrate.upgrade(url, script.revision)
        with engine.connect() as connection:
            steps[script.revision] = before, schema_of(connection)
        contracts[script.revision] = getattr(script.module, "contract", ())
    return steps, contracts
