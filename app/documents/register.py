"""The register of acts: what is in force on a day, of which kind and level, and which compulsory acts a municipality lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from app import search
from app.documents.act_life import in_force
from app.documents.models import ISSUED, Act, Document
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.regions import Profile

PAGE = 25


@dataclass(frozen=True)
class Filter:
    """`on`: in force on this day. `level`: region, municipality, school. `issuer`: an organisation's id. `q`: words of the
    title, or a number."""

    on: date | None = None
    kind: str = ""
    level: str = ""
    issuer: int | None = None
    q: str = ""


@dataclass(frozen=True)
class Lacking:
    """A municipality and what it has of each compulsory kind: the act in force, or None."""

    municipality: Organisation
    acts: dict[str, Document | None]

    @property
    def missing(self) -> int:
        return sum(act is None for act in self.acts.values())


def acts(session: Session, actor: Actor, wanted: Filter, offset: int = 0) -> tuple[Sequence[Any], int]:
    """A page of issued acts, the newest first, and how many there are. Rows: Document, Act, the issuing Organisation, repealed_by."""
    issuer, repealing = sa.orm.aliased(Organisation), sa.orm.aliased(Document)
    base = (
        sa.select(Document, Act, issuer, repealing)
        .join(Act, Act.document_id == Document.id)
        .join(issuer, issuer.id == Document.organisation_id)
        .outerjoin(repealing, repealing.id == Act.repealed_by_id)
        .where(policy.scope(actor, Document), Document.state.in_(ISSUED), *_where(wanted))
    )
    total = session.scalar(sa.select(sa.func.count()).select_from(base.with_only_columns(Document.id).subquery())) or 0
    page = base.order_by(Document.day.desc(), Document.id.desc()).offset(offset).limit(PAGE)
    return session.execute(page).all(), total


def _where(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    clauses = []
    if wanted.on:
        clauses.append(in_force(wanted.on))
    if wanted.kind:
        clauses.append(Document.kind == wanted.kind)
    if wanted.level:
        clauses.append(Act.level == wanted.level)
    if wanted.issuer:
        clauses.append(Document.organisation_id == wanted.issuer)
    if wanted.q:
        clauses.append(sa.or_(search.found(wanted.q, Document.title), Document.number == wanted.q))
    return clauses


def issuers(session: Session, actor: Actor) -> dict[int, str]:
    """Municipalities whose acts the actor can see in the register."""
    where = (
        policy.scope(actor, Organisation),
        Organisation.kind == "municipality",
        Organisation.valid_to.is_(None),
    )
    found = sa.select(Organisation.id, Organisation.short_name).where(*where).order_by(Organisation.short_name)
    return {row.id: row.short_name for row in session.execute(found)}


def kinds(profile: Profile) -> dict[str, str]:
    """Kinds of acts of a region: code → title."""
    return {code: kind.title for code, kind in profile.document_kinds.items() if kind.report == "order"}


def binding_kinds(profile: Profile) -> dict[str, str]:
    """Kinds of acts that every municipality must have in force (OR 4.3.1)."""
    return {code: kind.title for code, kind in profile.document_kinds.items() if kind.binding}


def required(session: Session, actor: Actor, profile: Profile, on: date) -> list[Lacking]:
    """Every municipality of the actor's territory with its compulsory acts in force on a day; by name, never by number."""
    places = session.scalars(
        sa.select(Organisation)
        .where(policy.scope(actor, Organisation), Organisation.kind == "municipality", Organisation.valid_to.is_(None))
        .order_by(Organisation.short_name)
    ).all()
    codes = tuple(binding_kinds(profile))
    found = session.scalars(
        sa.select(Document)
        .join(Act, Act.document_id == Document.id)
        .where(Document.region == actor.region, Document.kind.in_(codes), in_force(on))
        .order_by(Document.id)
    )
    standing = {(document.organisation_id, document.kind): document for document in found}
    return [Lacking(place, {code: standing.get((place.id, code)) for code in codes}) for place in places]
