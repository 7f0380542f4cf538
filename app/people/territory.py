"""Territory: which rows an actor may know of: the region, his municipality, his school, what is assigned to him.

`scope(actor, Model)` is the WHERE clause of every list, counter, search and export; `within` is the same clause asked for
one row. To it belong cases in which the actor takes part although they are about somebody else.
"""

from __future__ import annotations

from datetime import UTC, date
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.visitors import InternalTraversal

from app import regions
from app.db import utcnow
from app.people.actor import Actor, in_force
from app.people.foreign import ANSWER, APPROVAL, CASE, LINK, ONES_OWN, ROUTE, TASK, TEACHER, TRAINEE
from app.people.models import Assignment, Organisation, Person, Position, Substitution

Extent = Literal["region", "municipality", "organisation", "involved", "none"]

REGION_ROLES = frozenset(
    {"ministry", "minister", "controller", "regional_operator", "operator_head", "pd_center", "legal", "auditor"}
)
MUNICIPAL_ROLES = frozenset({"municipal_authority", "municipal_method_service"})
SCHOOL_ROLES = frozenset({"school_head", "school_deputy"})
PLACE_ROLES = frozenset({"clerk", "subject_union"})  # as far as their organisation reaches
ASSIGNED_ROLES = frozenset({"curator", "tutor", "expert", "mentor"})

REGION_TABLES = frozenset({"import_file", "identification_run", "support_list", "assessment_occasion"})
"""Their rows are the region's own: seen by its roles alone."""

CASE_TABLES = frozenset({"data_question"})
"""Seen with the case although they name a school, perhaps none. Tables with a `case_id` and no `school_id` need no word."""

PERSONAL_KINDS = frozenset({"teacher_route"})
"""Cases about one person. The place of work gives no right to them: they are read by the person, by who works in them,
by his tutor, by the centre and the auditor."""
PERSONAL_READERS = frozenset({"pd_center", "auditor"})


def extent(actor: Actor) -> Extent:
    """How far the actor sees in matters of schools and cases. Managing accounts is another matter (`people.manage`)."""
    if actor.role in REGION_ROLES:
        return "region"
    if actor.role in PLACE_ROLES:
        kind = actor.organisation_kind
        return {"ministry": "region", "operator": "region", "centre": "region"}.get(
            kind, "municipality" if kind in ("municipality", "method_service") else "organisation"
        )  # type: ignore[return-value]
    if actor.role in MUNICIPAL_ROLES:
        return "municipality"
    if actor.role in SCHOOL_ROLES:
        return "organisation"
    return "none" if actor.role == "administrator" else "involved"


def organisations_of(actor: Actor, on: date | None = None) -> sa.Select:
    """Ids of the organisations whose matters the actor sees: SELECT for use in `IN`."""
    ids = sa.select(Organisation.id).where(Organisation.region == actor.region)
    reach = extent(actor)
    if reach == "region":
        return ids
    own = (
        [] if reach != "organisation" else [sa.select(Organisation.id).where(Organisation.id == actor.organisation_id)]
    )
    if reach == "organisation" and actor.school_id is not None:
        own.append(_predecessors(actor.school_id))
    if reach == "municipality" and actor.municipality_id is not None:
        here = (Organisation.id == actor.municipality_id, Organisation.parent_id == actor.municipality_id)
        own += [sa.select(Organisation.id).where(one) for one in here]
    if actor.role in ASSIGNED_ROLES:
        own.append(_assigned(actor, on or _today(actor)))
    # a union, not clauses joined by OR: of those PostgreSQL believes that they leave half of the organisations
    return ids.where(Organisation.id.in_(sa.union(*own)) if own else sa.false())


def _today(actor: Actor) -> date:
    """The day where the actor works; a region without a profile has no clock of its own."""
    zone = regions.profile(actor.region).zone if actor.region in regions.codes() else UTC
    return utcnow().astimezone(zone).date()


def _predecessors(school_id: int) -> sa.Select:
    """Schools that ceased and whose matters the school goes on with, and theirs before them."""
    found = sa.select(LINK.c.predecessor_id.label("id")).where(LINK.c.school_id == school_id).cte(recursive=True)
    found = found.union(
        sa.select(LINK.c.predecessor_id).join(found, LINK.c.school_id == found.c.id)
    )  # `union` drops what was met before: links in a circle end
    return sa.select(Organisation.id).where(
        Organisation.id.in_(sa.select(found.c.id)), Organisation.valid_to.is_not(None)
    )


def scope(actor: Actor, model: Any, *, on: date | None = None) -> sa.ColumnElement[bool]:
    """WHERE clause: rows of the mapped class that the actor may know of.

    LookupError for a table whose owner is not declared: a new table must say whose its rows are.
    """
    name = model.__tablename__
    special = SPECIAL.get(name)
    if special is not None:
        return special(actor, model, on)
    if name in REGION_TABLES:
        return model.region == actor.region if extent(actor) == "region" else sa.false()
    if hasattr(model, "school_id") and name not in CASE_TABLES:
        return model.school_id.in_(organisations_of(actor, on))
    if hasattr(model, "case_id"):
        return _of_case(actor, model.case_id, on)
    raise LookupError(f"whose are the rows of {name!r}? Say it in app.people.territory")


def within(session: Session, actor: Actor, obj: Any, *, on: date | None = None) -> bool:
    """Does the row lie in the actor's territory?"""
    model = type(obj)
    key = sa.inspect(model).primary_key
    identity = sa.inspect(obj).identity
    if identity is None:
        raise ValueError("the object is not stored yet")
    match = [column == value for column, value in zip(key, identity, strict=True)]
    return session.scalar(sa.select(sa.literal(1)).select_from(model).where(*match, scope(actor, model, on=on))) == 1


def assigned_to(position_id: int, on: date) -> sa.Select:
    """Ids of the organisations assigned to the position on the day."""
    return sa.select(Assignment.organisation_id).where(
        Assignment.position_id == position_id, in_force(Assignment, on)
    )  # fmt: skip


def _assigned(actor: Actor, on: date) -> sa.Select:
    return assigned_to(actor.position_id, on)


def _case_scope(actor: Actor, model: Any, on: date | None) -> sa.ColumnElement[bool]:
    """About an organisation of the territory, or one in which the actor has a task, did one, or which he opened.

    Who sees a region is asked about each row as it is met: nearly every row is his. Who sees little gets it as a union of
    what the indexes find, so that a list of his is not looked for among everybody's cases.
    """
    reach = extent(actor)
    if reach == "none":
        return sa.false()
    if actor.role in PERSONAL_READERS:
        return model.region == actor.region
    if reach == "region":
        common = model.kind.not_in(PERSONAL_KINDS)
        return sa.and_(model.region == actor.region, sa.or_(common, takes_part(actor, model)))
    return sa.and_(model.region == actor.region, model.id.in_(_cases_by_place(actor, on).union(*parts_of(actor))))


def _cases_by_place(actor: Actor, on: date | None) -> sa.Select:
    """Cases about the organisations of the territory."""
    own = CASE.alias("own_case")
    return sa.select(own.c.id).where(own.c.subject_id.in_(organisations_of(actor, on)), by_place(actor, own.c.kind))


def by_place(actor: Actor, kind: Any) -> sa.ColumnElement[bool]:
    """Whether the place gives a right to cases of the kind; a school is assigned to a tutor with its teachers' routes."""
    return sa.true() if actor.role == "tutor" else kind.not_in(PERSONAL_KINDS)


def parts_of(actor: Actor) -> list[sa.Select]:
    """Cases that the actor opened, has a task in or did one, or that are his own route: each by an index of its own."""
    opened = CASE.alias("opened_case")
    return [
        sa.select(opened.c.id).where(opened.c.opened_by == actor.position_id),
        *(sa.select(TASK.c.case_id).where(mine) for mine in _my_tasks(actor)),
        sa.select(ANSWER.c.case_id).where(ANSWER.c.position_id == actor.position_id),
        sa.select(ROUTE.c.case_id).where(_my_route(actor)),
    ]


def _my_tasks(actor: Actor) -> list[sa.ColumnElement[bool]]:
    roles = ("|" + TASK.c.role + "|").contains(f"|{actor.role}|", autoescape=True)
    by_role = sa.and_(TASK.c.position_id.is_(None), TASK.c.organisation_id == actor.organisation_id, roles)
    return [TASK.c.position_id == actor.position_id, by_role]


def _my_route(actor: Actor) -> sa.ColumnElement[bool]:
    return ROUTE.c.person_id == (actor.person_id if actor.behalf_of is None else 0)


def takes_part(actor: Actor, model: Any) -> sa.ColumnElement[bool]:
    """The same as `parts_of`, asked about one case."""
    return sa.or_(
        model.opened_by == actor.position_id,
        _there_is(TASK.c.case_id == model.id, sa.or_(*_my_tasks(actor))),
        _there_is(ANSWER.c.case_id == model.id, ANSWER.c.position_id == actor.position_id),
        _there_is(ROUTE.c.case_id == model.id, _my_route(actor)),
    )


def _there_is(*where: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """A row that meets the clauses about the outer one: looked for by its index for each outer row.

    Not EXISTS: PostgreSQL would rather make a table of all such rows first, of a million for a page of fifty.
    """
    return sa.select(sa.literal_column("1")).where(*where).limit(sa.literal_column("1")).scalar_subquery().is_not(None)


class _CaseTable:
    """The columns of `case` under the names of the mapped class."""

    id, region, kind = CASE.c.id, CASE.c.region, CASE.c.kind
    subject_id, opened_by = CASE.c.subject_id, CASE.c.opened_by


def _of_case(actor: Actor, column: Any, on: date | None) -> sa.ColumnElement[bool]:
    """The case that a row names is one the actor may know of."""
    if extent(actor) == "region":
        return _there_is(CASE.c.id == column, _case_scope(actor, _CaseTable, on))
    return column.in_(sa.select(CASE.c.id).where(_case_scope(actor, _CaseTable, on)))


def _task_scope(actor: Actor, model: Any, on: date | None) -> sa.ColumnElement[bool]:
    return _of_case(actor, model.case_id, on)


def _document_scope(actor: Actor, model: Any, on: date | None) -> sa.ColumnElement[bool]:
    """Of a readable case, of one's own organisation, put before one for approval, or published; a paper about one person
    is his own, of his tutor and of the centre."""
    if extent(actor) == "none":
        return sa.false()
    return sa.and_(_common_documents(actor, model, on), _not_of_another(actor, model))


def _not_of_another(actor: Actor, model: Any) -> sa.ColumnElement[bool]:
    """Not a paper about a person whom the actor neither is nor leads."""
    if actor.role in PERSONAL_READERS:
        return sa.true()
    others = sa.select(ONES_OWN.c.document_id).where(sa.not_(_is_or_leads(actor, ONES_OWN.c.person_id)))
    return model.id.not_in(others)


def _is_or_leads(actor: Actor, person: Any) -> sa.ColumnElement[bool]:
    """The person is the actor himself, not one he stands in for, or goes a route with him as the tutor."""
    led = sa.select(ROUTE.c.person_id).where(ROUTE.c.tutor_id == actor.position_id)
    mine = actor.person_id if actor.behalf_of is None else 0
    return sa.or_(person == mine, person.in_(led))


def _common_documents(actor: Actor, model: Any, on: date | None) -> sa.ColumnElement[bool]:
    if extent(actor) == "region":
        return model.region == actor.region
    own = sa.select(ONES_OWN.c.document_id).where(_is_or_leads(actor, ONES_OWN.c.person_id))
    sheet = sa.select(APPROVAL.c.document_id).where(APPROVAL.c.position_id == actor.position_id)
    return sa.and_(
        model.region == actor.region,
        sa.or_(
            _of_case(actor, model.case_id, on),
            model.organisation_id.in_(organisations_of(actor, on)),
            model.id.in_(sheet),
            model.id.in_(own),
            sa.and_(model.public, model.state.in_(("registered", "in_force"))),
        ),
    )


def _gap_scope(actor: Actor, model: Any, on: date | None) -> sa.ColumnElement[bool]:
    """Results of people: one's own, of those whose routes one leads, all of them for the centre and the auditor."""
    if actor.role in PERSONAL_READERS:
        return model.person_id.in_(_people_of_region(actor))
    return _is_or_leads(actor, model.person_id)


def _through_school(table: sa.TableClause, column: str) -> Any:
    """Rows that hang on somebody at a school: his own, and those of the schools of the territory."""

    def clause(actor: Actor, model: Any, on: date | None) -> sa.ColumnElement[bool]:
        own = sa.or_(table.c.person_id == actor.person_id, table.c.school_id.in_(organisations_of(actor, on)))
        return getattr(model, column).in_(sa.select(table.c.id).where(own))

    return clause


def _people_of_region(actor: Actor) -> sa.Select:
    there = sa.select(Organisation.id).where(Organisation.region == actor.region)
    return sa.select(Position.person_id).where(Position.organisation_id.in_(there))


def _people_organisations(actor: Actor, on: date | None) -> sa.Select:
    """Whose people are seen: an administrator and the region's roles see the region, others their own place."""
    if actor.role == "administrator" or extent(actor) == "region":
        return sa.select(Organisation.id).where(Organisation.region == actor.region)
    ids = sa.select(Organisation.id).where(Organisation.region == actor.region)
    return ids.where(sa.or_(Organisation.id == actor.organisation_id, Organisation.id.in_(organisations_of(actor, on))))


def _organisation_scope(actor: Actor, model: Any, on: date | None) -> sa.ColumnElement[bool]:
    return model.id.in_(_people_organisations(actor, on))


def _position_scope(actor: Actor, model: Any, on: date | None) -> sa.ColumnElement[bool]:
    return model.organisation_id.in_(_people_organisations(actor, on))


def _person_scope(actor: Actor, model: Any, on: date | None) -> sa.ColumnElement[bool]:
    """People with a position, past or present, in a visible organisation; the administrator also those with none yet."""
    placed = sa.select(Position.person_id).where(Position.organisation_id.in_(_people_organisations(actor, on)))
    if actor.role != "administrator":
        return model.id.in_(placed)
    return sa.or_(model.id.in_(placed), model.id.not_in(sa.select(Position.person_id)))


def _substitution_scope(actor: Actor, model: Any, on: date | None) -> sa.ColumnElement[bool]:
    ids = sa.select(Position.id).where(Position.organisation_id.in_(_people_organisations(actor, on)))
    return model.position_id.in_(ids)


def _school_scope(actor: Actor, model: Any, on: date | None) -> sa.ColumnElement[bool]:
    """One's own school is known to everybody who works in it, a teacher too."""
    if extent(actor) == "region":
        return model.region == actor.region
    own = sa.false() if actor.school_id is None else model.id == actor.school_id
    return sa.or_(own, model.id.in_(organisations_of(actor, on)))


class _Body(sa.sql.expression.ColumnElement[Any]):
    """A value of a journal record's body, as text: the column is text, so both databases read it as JSON here."""

    inherit_cache = True
    type = sa.Text()

    def __init__(self, column: Any, name: str) -> None:
        self.column, self.name = column, name

    _traverse_internals = [("column", InternalTraversal.dp_clauseelement), ("name", InternalTraversal.dp_string)]


@compiles(_Body)
def _body_of_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"CAST(json_extract({compiler.process(element.column, **more)}, '$.data.{element.name}') AS TEXT)"


@compiles(_Body, "postgresql")
def _body_of_postgres(element: Any, compiler: Any, **more: Any) -> str:
    return f"({compiler.process(element.column, **more)}::json #>> '{{data,{element.name}}}')"


def _event_scope(actor: Actor, model: Any, on: date | None) -> sa.ColumnElement[bool]:
    """Of a readable case, made by people of the region, or by nobody about the region's people and organisations."""

    def of_region(column: Any) -> sa.Select:
        there = sa.select(Organisation.id).where(Organisation.region == actor.region)
        return sa.select(column).where(
            (Organisation.id if column is Organisation.id else Position.organisation_id).in_(there)
        )

    body = {name: _Body(model.body, name) for name in ("region", "organisation", "person", "position")}
    keys = {"organisation": Organisation.id, "person": Position.person_id, "position": Position.id}
    about = [body[name].in_(sa.select(sa.cast(of_region(key).subquery().c[0], sa.Text))) for name, key in keys.items()]
    nobody = sa.and_(*(value.is_(None) for value in body.values()))
    ours = sa.or_(nobody, body["region"] == actor.region, *about)
    no_case, no_person = model.case_id.is_(None), model.person_id.is_(None)
    return sa.or_(
        _of_case(actor, model.case_id, on),
        sa.and_(no_case, model.person_id.in_(of_region(Position.person_id))),
        sa.and_(no_case, no_person, ours),
    )


SPECIAL = {
    "event": _event_scope,
    "case": _case_scope,
    "task": _task_scope,
    "document": _document_scope,
    "skill_gap": _gap_scope,
    "gap_review": _gap_scope,
    "personal_document": _gap_scope,
    "teacher_subject": _through_school(TEACHER, "teacher_id"),
    "certificate": _through_school(TRAINEE, "trainee_id"),
    "organisation": _organisation_scope,
    "position": _position_scope,
    Person.__tablename__: _person_scope,
    Substitution.__tablename__: _substitution_scope,
    "school": _school_scope,
}
