"""Finding by words: every word that was typed stands somewhere in what is looked through, whatever the case of its letters.

«ё» and «е» are one letter. SQLite folds Latin letters only, so it borrows `fold` of this module on every connection
(`app.db`); PostgreSQL folds by its own functions, and its trigram indexes are built over the same expression.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

NAME = "folded"


def fold(text: str | None) -> str | None:
    """As letters are compared in a search."""
    return text.lower().replace("ё", "е") if text is not None else None


class folded(GenericFunction[str]):
    """A text in SQL as `fold` makes it."""

    type = sa.Text()
    inherit_cache = True


@compiles(folded, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"replace(lower({compiler.process(element.clauses, **options)}), 'ё', 'е')"


def trigrams(name: str, column: str) -> sa.Index:
    """The index that finds parts of words in a column; SQLite reads the column instead."""
    every = sa.text(f"replace(lower({column}), 'ё', 'е') gin_trgm_ops")
    return sa.Index(name, every, postgresql_using="gin").ddl_if(dialect="postgresql")


def found(text: str, *columns: Any) -> sa.ColumnElement[bool]:
    """Each word of the text is a part of one of the columns at least; what has no word finds everything."""
    every = (sa.or_(*(folded(one).contains(word, autoescape=True) for one in columns)) for word in words(text))
    return sa.and_(sa.true(), *every)


def words(text: str) -> list[str]:
    """What was typed, as `found` looks for it."""
    return (fold(text) or "").split()
