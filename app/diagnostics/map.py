"""Where which risk factors are: approved diagnoses of a year counted by municipality and factor (OR-69, OM-14).

Schools are counted, never ranked: municipalities stand by name, and a count leads to the schools themselves.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from app.cases.models import Case
from app.diagnostics.models import Diagnosis, FactorScore
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.schools.models import School

LEVEL: Any = sa.func.coalesce(FactorScore.decided, FactorScore.level)


@dataclass
class Place:
    """A municipality, or the whole territory: how many schools were diagnosed; (factor, level) → in how many it is so.

    `id` is None for schools that no municipality is over, and for the whole.
    """

    id: int | None
    name: str
    schools: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def significant(self, factor: str) -> int:
        """Schools where the factor is of high or medium significance."""
        return self.counts[factor, "high"] + self.counts[factor, "medium"]


@dataclass(frozen=True)
class FactorMap:
    """`whole`: the reader's territory; `places`: its municipalities that have an approved diagnosis, by name."""

    whole: Place
    places: list[Place]


def years(session: Session, actor: Actor) -> list[int]:
    """School years with an approved diagnosis in the actor's territory, the newest first."""
    found = sa.select(Diagnosis.school_year).join(Case, Case.id == Diagnosis.case_id).where(*_where(actor)).distinct()
    return list(session.scalars(found.order_by(Diagnosis.school_year.desc())))


def factors_by_place(session: Session, actor: Actor, school_year: int) -> FactorMap:
    """Two statements however many schools there are."""
    above = sa.orm.aliased(Organisation)
    diagnosed = (
        sa.select(above.id, above.short_name, sa.func.count(sa.distinct(Diagnosis.case_id)))
        .select_from(Diagnosis)
        .join(Case, Case.id == Diagnosis.case_id)
        .join(School, School.id == Diagnosis.school_id)
        .outerjoin(above, above.id == School.municipality_id)
        .where(*_where(actor), Diagnosis.school_year == school_year)
        .group_by(above.id, above.short_name)
        .order_by(above.short_name)
    )
    places = {key: Place(key, name or "без муниципалитета", count) for key, name, count in session.execute(diagnosed)}
    scored = (
        sa.select(School.municipality_id, FactorScore.factor, LEVEL, sa.func.count())
        .select_from(Diagnosis)
        .join(Case, Case.id == Diagnosis.case_id)
        .join(School, School.id == Diagnosis.school_id)
        .join(FactorScore, FactorScore.diagnosis_id == Diagnosis.case_id)
        .where(*_where(actor), Diagnosis.school_year == school_year, LEVEL.is_not(None))
        .group_by(School.municipality_id, FactorScore.factor, LEVEL)
    )
    whole = Place(None, "Всего", sum(place.schools for place in places.values()))
    for key, factor, level, count in session.execute(scored):
        for place in (places[key], whole):
            place.counts[factor, level] += count
    return FactorMap(whole, list(places.values()))


def _where(actor: Actor) -> tuple[sa.ColumnElement[bool], ...]:
    return policy.scope(actor, Case), Diagnosis.approved_at.is_not(None)
