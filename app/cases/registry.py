"""Registries: the list of cases of a kind, with the columns and filters that its room declares beside it.

A page is one statement however many columns there are: a column is a scalar expression about the row's case. Pages go on
from the last row shown by the keys they are sorted by, so a page costs the same wherever it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from app.cases import firsts
from app.cases.awaited import HANDS, OWN
from app.cases.firsts import ABOVE, BY_PLACE, PLACE, SUBJECT, Reach
from app.cases.models import Case, Deadline
from app.cases.queries import COUNT_LIMIT, PAGE, matching
from app.db import Moment
from app.people import names
from app.people.actor import Actor
from app.people.models import Organisation, Person, Position
from app.people.territory import extent, organisations_of
from app.regions import Profile
from app.years import school_year_name, school_year_of

MANY = 5000
"""Own cases from which on a list by term is looked for among everybody's terms."""
FAR = datetime(9999, 1, 1, tzinfo=UTC)
STATES = ("open", "done", "cancelled")


@dataclass(frozen=True)
class Asked:
    """Who looks at a registry, and when."""

    session: Session
    profile: Profile
    actor: Actor
    now: datetime
    today: date


Expression = Callable[[Asked], "sa.ColumnElement[Any]"]


def plain(asked: Asked, value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Column:
    """`value`: an expression about `Case`; `show`: the stored value → what a cell and an exported sheet say of it."""

    key: str
    title: str
    value: Expression
    show: Callable[[Asked, Any], Any] = plain
    numeric: bool = False


@dataclass(frozen=True)
class Filter:
    """`options`: value of the address → word; `clause`: the chosen value → what the rows must meet."""

    key: str
    title: str
    options: Callable[[Asked], Mapping[str, str]]
    clause: Callable[[Asked, str], sa.ColumnElement[bool]]


@dataclass(frozen=True)
class Registry:
    """What the list of one kind shows between the case and its term, and what it may be narrowed by."""

    columns: tuple[Column, ...] = ()
    filters: tuple[Filter, ...] = ()
    empty: str = ""


@dataclass(frozen=True)
class Wanted:
    """A selection as the address keeps it; what the address cannot mean is left out of it."""

    kind: str = ""
    status: str = "open"
    sort: str = "new"
    late: bool = False
    q: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    after: int | None = None


@dataclass(frozen=True)
class Page:
    """`total` stops at COUNT_LIMIT; `after`: the case that the next page begins after."""

    rows: Sequence[Any]
    after: int | None
    total: int


DUE = sa.select(sa.func.min(Deadline.due_at)).where(Deadline.case_id == Case.id).correlate(Case).scalar_subquery()
BY_DUE = sa.func.coalesce(DUE, sa.literal(FAR, Moment), type_=Moment)
FIRST, EARLIER = sa.orm.aliased(Deadline), sa.orm.aliased(Deadline)
NONE_EARLIER = ~sa.exists().where(
    EARLIER.case_id == FIRST.case_id, sa.tuple_(EARLIER.due_at, EARLIER.id) < sa.tuple_(FIRST.due_at, FIRST.id)
)
SORTS: Mapping[str, tuple[Any, ...]] = {
    "new": (Case.id,),
    "place": BY_PLACE,
    "due": (BY_DUE, Case.id),
}


def page(asked: Asked, registry: Registry, wanted: Wanted, *, size: int = PAGE) -> Page:
    """Rows of a selection with `subject`, `place`, `due`, what `awaited.whom` reads and a value by the key of every column."""
    reach = _reach(asked, registry, wanted)
    total = firsts.count(reach)
    found = _found(asked, registry, wanted, reach, size + 1, total)
    more = found[size - 1].Case.id if len(found) > size else None
    return Page(found[:size], more, total)


def every(asked: Asked, registry: Registry, wanted: Wanted, *, most: int) -> Sequence[Any]:
    """The whole selection for a sheet, up to `most` rows, in the order of the page."""
    reach = _reach(asked, registry, wanted)
    return _found(asked, registry, replace(wanted, after=None), reach, most, firsts.count(reach))


def _found(asked: Asked, registry: Registry, wanted: Wanted, reach: Reach, most: int, total: int) -> Sequence[Any]:
    """Rows after the last one shown."""
    last = _last(asked, wanted)
    if wanted.sort == "due":
        return _by_term(asked, registry, reach, last, most, total)
    rows = _rows(asked, registry).limit(most)
    if wanted.sort == "new":
        rows, beyond = rows.order_by(Case.id.desc()), [] if last is None else [Case.id < last[0]]
        if reach.wide:
            return asked.session.execute(rows.where(reach.scope(), *reach.where, *beyond)).all()
        among = firsts.newest(reach, most, *beyond)
    else:
        rows, beyond = rows.order_by(*BY_PLACE), _after(BY_PLACE, last)
        if reach.wide and total < COUNT_LIMIT:  # few are put in order at once; many would be
            return asked.session.execute(rows.where(reach.scope(), *reach.where, *beyond)).all()
        among = firsts.by_organisations(reach, most, last)
    found = among.subquery()
    return asked.session.execute(rows.join(found, found.c.id == Case.id)).all()


def _by_term(
    asked: Asked, registry: Registry, reach: Reach, last: Sequence[Any] | None, most: int, total: int
) -> Sequence[Any]:
    """First the cases that have a term, then those without.

    Of few the rows are found and put in order; many are met soon on the way through everybody's terms.
    """
    few = COUNT_LIMIT if total < COUNT_LIMIT else MANY
    are_few = total < COUNT_LIMIT or firsts.count(reach, few) < few
    mine = [Case.id.in_(firsts.some(reach, few))] if are_few else [reach.scope(), *reach.where]
    found: list[Any] = []
    if last is None or last[0] != FAR:
        keys = (FIRST.due_at, FIRST.case_id)
        termed = _rows(asked, registry).join(FIRST, sa.and_(FIRST.case_id == Case.id, NONE_EARLIER)).order_by(*keys)
        there = [*mine, *_after(keys, last)] if are_few else [FIRST.id.in_(_first_terms(mine, last, most))]
        found += asked.session.execute(termed.where(*there).limit(most)).all()
    if len(found) < most:
        rest = _rows(asked, registry).where(*mine, ~sa.exists().where(Deadline.case_id == Case.id)).order_by(Case.id)
        passed = _after((Case.id,), last[1:]) if last is not None and last[0] == FAR else []
        found += asked.session.execute(rest.where(*passed).limit(most - len(found))).all()
    return found


def _first_terms(mine: Sequence[Any], last: Sequence[Any] | None, most: int) -> sa.Select[Any]:
    """Terms in their order, each asked whether its case is among those wanted."""
    one: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
    keys = (FIRST.due_at, FIRST.case_id)
    case = sa.select(one).select_from(Case).join(SUBJECT, SUBJECT.id == Case.subject_id)
    wanted = case.where(Case.id == FIRST.case_id, *mine).limit(one).correlate(FIRST).scalar_subquery()
    walk = sa.select(FIRST.id).where(NONE_EARLIER, wanted.is_not(None), *_after(keys, last)).order_by(*keys)
    return sa.select(walk.limit(sa.literal_column(str(most))).subquery().c.id)


def _rows(asked: Asked, registry: Registry) -> sa.Select[Any]:
    values = [column.value(asked).label(f"c_{column.key}") for column in registry.columns]
    return (
        sa.select(
            Case,
            SUBJECT.short_name.label("subject"),
            PLACE.label("place"),
            DUE.label("due"),
            OWN.label("own"),
            HANDS.label("hands"),
            *values,
        )
        .join(SUBJECT, SUBJECT.id == Case.subject_id)
        .outerjoin(ABOVE, ABOVE.id == SUBJECT.parent_id)
    )


def _last(asked: Asked, wanted: Wanted) -> Sequence[Any] | None:
    """The keys of the last row shown; None on the first page, or when that case is not known any more."""
    if wanted.after is None or wanted.sort == "new":
        return (wanted.after,) if wanted.after is not None else None
    last = (
        sa.select(*SORTS[wanted.sort])
        .select_from(Case)
        .join(SUBJECT, SUBJECT.id == Case.subject_id)
        .outerjoin(ABOVE, ABOVE.id == SUBJECT.parent_id)
        .where(Case.id == wanted.after)
    )
    return asked.session.execute(last).one_or_none()


def _after(keys: Sequence[Any], last: Sequence[Any] | None) -> list[sa.ColumnElement[bool]]:
    if last is None:
        return []
    return [sa.tuple_(*keys) > sa.tuple_(*(sa.literal(v, k.type) for k, v in zip(keys, last, strict=True)))]


def _reach(asked: Asked, registry: Registry, wanted: Wanted) -> Reach:
    return Reach(asked.session, asked.actor, asked.today, _where(asked, registry, wanted))


def _where(asked: Asked, registry: Registry, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    """What is selected, without whose cases they are."""
    where: list[sa.ColumnElement[bool]] = []
    if wanted.kind:
        where.append(Case.kind == wanted.kind)
    if wanted.status in STATES:
        where.append(Case.status == wanted.status)
    if wanted.late:
        where.append(Case.id.in_(sa.select(Deadline.case_id).where(Deadline.due_at < asked.now)))
    if wanted.q:
        where.append(matching(asked.session, wanted.q))
    by_key = {one.key: one for one in filters_of(registry)}
    where += [by_key[key].clause(asked, value) for key, value in wanted.chosen.items()]
    return where


def kinds(asked: Asked) -> dict[str, int]:
    """Kinds of open cases that the reader may see, with their number up to COUNT_LIMIT."""
    return firsts.kinds(Reach(asked.session, asked.actor, asked.today, [Case.status == "open"]))


# what every kind has ------------------------------------------------------------------------------------------------


def municipalities(asked: Asked) -> dict[str, str]:
    """Municipalities of the actor's territory, when there is more than one to choose from."""
    if extent(asked.actor) != "region":
        return {}
    found = (
        sa.select(Organisation.id, Organisation.short_name)
        .where(Organisation.region == asked.actor.region, Organisation.kind == "municipality")
        .order_by(Organisation.short_name)
    )
    return {str(key): name for key, name in asked.session.execute(found)}


def in_municipality(asked: Asked, value: str) -> sa.ColumnElement[bool]:
    """About the municipality or an organisation below it."""
    return sa.or_(SUBJECT.id == int(value), SUBJECT.parent_id == int(value))


def years(asked: Asked) -> dict[str, str]:
    """School years from this one back, as long as anybody may have worked here."""
    now = school_year_of(asked.today)
    return {str(year): school_year_name(year) for year in range(now + 1, now - 6, -1)}


COMMON = (
    Filter("municipality", "Муниципалитет", municipalities, in_municipality),
    Filter("year", "Учебный год", years, lambda asked, value: Case.school_year == int(value)),
)


def filters_of(registry: Registry) -> tuple[Filter, ...]:
    return (COMMON[0], *registry.filters, COMMON[1])


# expressions for the rooms ------------------------------------------------------------------------------------------


def about(value: Any, *where: sa.ColumnElement[bool], order: Any = None) -> sa.ColumnElement[Any]:
    """One value of a row that hangs on the case: `about(Visit.held_on, Visit.case_id == Case.id)`."""
    found = sa.select(value).where(*where)
    return (found if order is None else found.order_by(order)).limit(1).correlate(Case).scalar_subquery()


def count_of(key: Any, *where: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """How many rows hang on the case."""
    return sa.select(sa.func.count(key)).where(*where).correlate(Case).scalar_subquery()


def holder(position: Any, *where: sa.ColumnElement[bool], order: Any = None) -> sa.ColumnElement[str]:
    """«Кречетова Н. В.» by a column that names a position."""
    found = sa.select(listed()).join(Position, Position.person_id == Person.id).where(Position.id == position, *where)
    return (found if order is None else found.order_by(order)).limit(1).correlate(Case).scalar_subquery()


def listed() -> sa.ColumnElement[str]:
    """The listed name of `Person` in SQL, as `names.listed` writes it."""
    initial = sa.func.substr(Person.given_name, 1, 1)
    second = sa.case(
        (Person.patronymic == "", ""), else_=sa.literal(" ") + sa.func.substr(Person.patronymic, 1, 1) + sa.literal(".")
    )
    return Person.family_name + sa.literal(" ") + initial + sa.literal(".") + second


def people(asked: Asked, positions: sa.Select[Any]) -> dict[str, str]:
    """Options of a filter by person: position id → listed name and place, of these positions."""
    found = (
        sa.select(Position.id, Person.family_name, Person.given_name, Person.patronymic, Organisation.short_name)
        .join(Person, Person.id == Position.person_id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Position.id.in_(positions))
        .order_by(Person.family_name, Person.given_name, Position.id)
    )
    return {
        str(key): f"{names.listed(family, given, patronymic)}, {place}"
        for key, family, given, patronymic, place in asked.session.execute(found)
    }


def visible(asked: Asked) -> sa.Select[Any]:
    """Ids of the organisations whose matters the reader sees."""
    return organisations_of(asked.actor, asked.today)


def words(dictionary: str) -> Callable[[Asked, Any], str]:
    """A code of a dictionary of the region as its word."""
    return lambda asked, value: asked.profile.dictionaries[dictionary].get(value, value) if value else ""


def word(table: Mapping[Any, str]) -> Callable[[Asked, Any], str]:
    return lambda asked, value: table.get(value, str(value) if value is not None else "")


def options(dictionary: str) -> Callable[[Asked], Mapping[str, str]]:
    return lambda asked: asked.profile.dictionaries[dictionary]


def fixed(table: Mapping[str, str]) -> Callable[[Asked], Mapping[str, str]]:
    return lambda asked: table


def of(column: Any, key: Any) -> Expression:
    """A column of the room's own row of the case; `key`: the column of that table that names the case."""
    return lambda asked: about(column, key == Case.id)


def among(key: Any, column: Any) -> Callable[[Asked, str], sa.ColumnElement[bool]]:
    """A filter's clause: a row of the room that hangs on the case has this value."""
    return lambda asked, value: Case.id.in_(sa.select(key).where(column == value))


def day(asked: Asked, value: date | datetime | None) -> str:
    """A stored day or moment as the region's calendar day."""
    if isinstance(value, datetime):
        value = value.astimezone(asked.profile.zone).date()
    return f"{value:%d.%m.%Y}" if value else ""
