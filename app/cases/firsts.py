"""The first cases of a selection in an order, found so that a page costs the same whoever owns how many.

A reader's cases come from sources: every organisation of his territory, and what he takes part in elsewhere. Each source
gives its first rows by an index and the page is made of those; none is read whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from app.cases.models import Case, Definition
from app.cases.queries import COUNT_LIMIT
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.people.territory import by_place, extent, organisations_of, parts_of, takes_part

SUBJECT, ABOVE = sa.orm.aliased(Organisation), sa.orm.aliased(Organisation)
PLACE = sa.case((SUBJECT.kind == "school", sa.func.coalesce(ABOVE.short_name, "")), else_="")
ORGANISATIONS = (PLACE, SUBJECT.short_name, SUBJECT.id)
BY_PLACE = (*ORGANISATIONS, Case.id)
ONE = sa.literal_column("1", sa.Integer)

Ids = sa.Select[Any]
"""A select of one column, `id`."""


@dataclass(frozen=True)
class Reach:
    """Whose list it is. `where`: the selection, without whose cases they are."""

    session: Session
    actor: Actor
    today: date
    where: Sequence[sa.ColumnElement[bool]]

    @property
    def wide(self) -> bool:
        """He sees a region: nearly every case met on the way is his."""
        return extent(self.actor) == "region"

    @property
    def any(self) -> bool:
        """Matters of schools are his at all."""
        return extent(self.actor) != "none"

    @property
    def here(self) -> Ids:
        """Organisations whose cases he sees."""
        return organisations_of(self.actor, self.today)

    def placed(self) -> sa.ColumnElement[bool]:
        """The case is his by its place."""
        return sa.and_(Case.subject_id.in_(self.here), by_place(self.actor, Case.kind))

    def scope(self) -> sa.ColumnElement[bool]:
        """The case is his: asked about each row as it is met."""
        if self.wide or not self.any:
            return policy.scope(self.actor, Case)
        return sa.and_(Case.region == self.actor.region, sa.or_(self.placed(), takes_part(self.actor, Case)))

    def elsewhere(self) -> Iterator[tuple[Ids, Any]]:
        """Selects of cases that he takes part in, wherever they are, and the column that an index keeps in order.

        The region is compared in a way that no index serves: SQLite would find the region's cases by it, all of them.
        """
        for part in parts_of(self.actor):
            column = part.selected_columns[0]
            found = part.with_only_columns(column.label("id")).join(Case, Case.id == column)
            found = found.join(SUBJECT, SUBJECT.id == Case.subject_id).outerjoin(ABOVE, ABOVE.id == SUBJECT.parent_id)
            known = Case.region.concat("") == self.actor.region if self.any else sa.false()
            yield found.where(known, *self.where), column


def newest(reach: Reach, most: int, *beyond: sa.ColumnElement[bool]) -> Ids:
    """The newest `most` of who sees little; `beyond`: what comes after the page before."""
    limit = _number(most)
    own = sa.select(Case.id.label("id")).where(
        Case.subject_id == SUBJECT.id, by_place(reach.actor, Case.kind), *reach.where, *beyond
    )
    each, key = _of_each(reach.session, own.order_by(Case.id.desc()).limit(limit).correlate(SUBJECT))
    sources = [sa.select(key.label("id")).select_from(SUBJECT).join(each, sa.true()).where(SUBJECT.id.in_(reach.here))]
    for part, column in reach.elsewhere():
        sources.append(part.where(*beyond).distinct().order_by(column.desc()).limit(limit))
    found = _union(sources)
    return sa.select(found.c.id).order_by(found.c.id.desc()).limit(limit)


def some(reach: Reach, most: int) -> Ids:
    """Some `most` of the cases, all where there are no more."""
    if not reach.wide:
        return newest(reach, most)
    found = sa.select(Case.id.label("id")).join(SUBJECT, SUBJECT.id == Case.subject_id)
    return sa.select(found.where(reach.scope(), *reach.where).limit(_number(most)).subquery().c.id)


def count(reach: Reach, most: int = COUNT_LIMIT) -> int:
    """How many cases there are, up to `most`."""
    return reach.session.scalar(sa.select(sa.func.count()).select_from(some(reach, most).subquery())) or 0


def by_organisations(reach: Reach, most: int, last: Sequence[Any] | None) -> Ids:
    """At least the first `most` by place and organisation, and few beyond them; `last`: keys of the last row shown."""
    mine = reach.scope() if reach.wide else by_place(reach.actor, Case.kind)
    beyond = [] if last is None else [sa.or_(Case.subject_id != last[2], Case.id > last[3])]
    where = [*reach.where, mine, *beyond]
    whole, rest, room = _organisations(reach, where, most, last)
    own = sa.select(Case.id.label("id")).join(SUBJECT, SUBJECT.id == Case.subject_id).where(*where)
    sources = [own.where(Case.subject_id.in_(whole))] if whole else []
    if rest is not None:
        sources.append(own.where(Case.subject_id == rest).order_by(Case.id).limit(_number(room)))
    if not reach.wide:
        after = [] if last is None else [sa.tuple_(*BY_PLACE) > _tuple(BY_PLACE, last)]
        for part, _ in reach.elsewhere():
            sources.append(part.where(sa.not_(reach.placed()), *after))
    return sa.select(_union(sources).c.id) if sources else sa.select(Case.id.label("id")).where(sa.false())


def _organisations(
    reach: Reach, where: Sequence[sa.ColumnElement[bool]], most: int, last: Sequence[Any] | None
) -> tuple[list[int], int | None, int]:
    """Organisations whose cases fill `most` rows: those that come whole, the one that comes in part, how much of it."""
    own = sa.select(ONE).where(Case.subject_id == SUBJECT.id, *where)
    there_is = own.limit(ONE).correlate(SUBJECT, ABOVE).scalar_subquery().is_not(None)
    found = sa.select(SUBJECT.id).outerjoin(ABOVE, ABOVE.id == SUBJECT.parent_id).order_by(*ORGANISATIONS)
    found = found.where(SUBJECT.id.in_(reach.here), there_is)
    if last is not None:
        found = found.where(sa.tuple_(*ORGANISATIONS) >= _tuple(ORGANISATIONS, last[:3]))
    first = found.limit(_number(most)).subquery()
    some = own.limit(_number(most)).correlate(SUBJECT, ABOVE).subquery()
    number = sa.select(sa.func.count()).select_from(some).scalar_subquery()
    counted = sa.select(SUBJECT.id, number).join(first, first.c.id == SUBJECT.id)
    counted = counted.outerjoin(ABOVE, ABOVE.id == SUBJECT.parent_id).order_by(*ORGANISATIONS)
    whole: list[int] = []
    for organisation, cases in reach.session.execute(counted):
        if cases >= most:
            return whole, organisation, most
        whole.append(organisation)
        most -= cases
    return whole, None, 0


def kinds(reach: Reach) -> dict[str, int]:
    """Kinds of cases that the reader has, with their number up to COUNT_LIMIT."""
    published = sa.select(Definition.process.label("kind")).distinct().subquery()
    some = sa.select(Case.id).where(Case.kind == published.c.kind, *reach.where)
    if reach.wide:
        number = _counted(some.where(reach.scope()).correlate(published))
        found = reach.session.execute(sa.select(published.c.kind, number).order_by(published.c.kind)).all()
        return {kind: n for kind, n in found if n}
    total = sa.func.sum(_counted(some.where(Case.subject_id == SUBJECT.id).correlate(published, SUBJECT)))
    placed = sa.select(published.c.kind, total).select_from(published).join(SUBJECT, sa.true())
    placed = placed.where(SUBJECT.id.in_(reach.here), by_place(reach.actor, published.c.kind))
    met = _union([part.where(sa.not_(reach.placed())) for part, _ in reach.elsewhere()])
    beside = sa.select(Case.kind, sa.func.count()).join(met, met.c.id == Case.id).group_by(Case.kind)
    found = [*reach.session.execute(placed.group_by(published.c.kind)), *reach.session.execute(beside)]
    totals = {kind: sum(n for one, n in found if one == kind) for kind, _ in sorted(found)}
    return {kind: min(n, COUNT_LIMIT) for kind, n in totals.items() if n}


# parts of statements ---------------------------------------------------------------------------------------------------


def _of_each(session: Session, inner: Ids) -> tuple[sa.FromClause, sa.ColumnElement[int]]:
    """What `inner` finds for every row of the tables beside it, and its column of ids.

    SQLite has no LATERAL; there the ids of a row are gathered into one value and read out of it.
    """
    if session.get_bind().dialect.name != "sqlite":
        each = inner.lateral()
        return each, each.c.id
    rows = inner.subquery()
    gathered = sa.select(sa.func.json_group_array(rows.c.id)).scalar_subquery()
    read = sa.func.json_each(gathered).table_valued(sa.column("value", sa.Integer))
    return read, read.c.value


def _counted(some: Ids) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(some.limit(_number(COUNT_LIMIT)).subquery()).scalar_subquery()


def _union(sources: Sequence[Ids]) -> sa.Subquery:
    """Without repetitions; each source may have an order and a limit of its own."""
    return sa.union(*(sa.select(one.subquery().c.id) for one in sources)).subquery()


def _number(value: int) -> sa.ColumnElement[int]:
    """Written in the statement: a number given apart would be guessed by PostgreSQL as a tenth of the table."""
    return sa.literal_column(str(value), sa.Integer)


def _tuple(keys: Sequence[Any], values: Sequence[Any]) -> sa.Tuple:
    return sa.tuple_(*(sa.literal(value, key.type) for value, key in zip(values, keys, strict=True)))
