"""Social passport of a school: yearly values, the index by the profile's weights, signs of hard conditions (OM 2.1)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

import forms
from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.models import Task
from app.cases.move import Move
from app.cases.queries import last_answer
from app.cases.system import System
from app.engine import Card
from app.identification.context import compute_index, must_explain
from app.people.models import Organisation
from app.schools.models import SocialPassport
from app.years import school_year_name


def open_passport(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    return Opening(f"Социальный паспорт: {subject.short_name}", once=f"passport:{subject.id}:{school_year}")


_ACCEPTED = (
    sa.select(SocialPassport)
    .where(SocialPassport.school_id == sa.bindparam("school"), SocialPassport.accepted_at.is_not(None))
    .order_by(SocialPassport.school_year.desc(), SocialPassport.id.desc())
    .limit(1)
)
_BEFORE = _ACCEPTED.where(SocialPassport.school_year < sa.bindparam("year"))


def newest(session: Session, school_id: int, before: int | None = None) -> SocialPassport | None:
    """The last accepted passport, of a school year before `before` when one is named."""
    if before is not None:
        return session.scalar(_BEFORE, {"school": school_id, "year": before})
    return session.scalar(_ACCEPTED, {"school": school_id})


def of_case(session: Session, case_id: int) -> SocialPassport | None:
    found = sa.select(SocialPassport).where(SocialPassport.case_id == case_id).order_by(SocialPassport.id.desc())
    return session.scalar(found.limit(1))


def fill_context(ask: Asking) -> Values:
    """Last year's values are filled in; the sender changes what has changed."""
    before = newest(ask.session, ask.case.subject_id, ask.case.school_year)
    source = f"паспорт {school_year_name(before.school_year)}" if before else ""
    values = dict(before.values) if before else {}
    return {"values": values, "sources": dict.fromkeys(values, source)}


def read_context(ask: Asking) -> Values:
    """The filled passport for who checks, explains or accepts it: the index, the signs, the reason, then every value."""
    row = of_case(ask.session, ask.case.id)
    if row is None:
        return {}
    said = last_answer(ask.session, ask.case.id, "passport_explain") or {}
    before = newest(ask.session, ask.case.subject_id, ask.case.school_year)
    groups = {group.code: group.title for group in ask.system.profile(ask.case.region).social_passport.groups}
    known = [
        ("Индекс социальных условий", _decimal(row.index)),
        ("Год назад", _decimal(before.index) if before else ""),
        ("Признаки сложных условий", "; ".join(groups.get(code, code) for code in row.signs or ()) or "нет"),
        ("Объяснение школы", str(said.get("reason") or "")),
        *told(row.values),
    ]
    return {"known": [{"label": label, "value": value} for label, value in known if value]}


def told(values: Values) -> list[tuple[str, str]]:
    """Values of a passport as a person reads them, in the order of its form."""
    form = forms.form_class("passport_fill")(data=dict(values), context={})
    return [(field.title, field.show()) for field in form if not field.empty()]


def _decimal(index: str | None) -> str:
    return (index or "").replace(".", ",")


def write_fill(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = of_case(move.session, move.case.id)
    if row is None:
        row = SocialPassport(
            school_id=move.case.subject_id, school_year=move.case.school_year, case_id=move.case.id, values=answers
        )
        move.session.add(row)
    row.values = answers
    return None


def index(move: Move, card: Card) -> Values:
    """Index and signs of the values; a leap against last year's is to be explained."""
    row = of_case(move.session, move.case.id)
    assert row is not None
    found = compute_index(move.profile, row.values)
    before = newest(move.session, move.case.subject_id, move.case.school_year)
    row.index, row.signs, row.weights_version = found.text, list(found.signs), found.version
    move.session.flush()
    return {"passport_changed": must_explain(move.profile, before.index if before else None, found.text)}


def write_accept(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = of_case(move.session, move.case.id)
    if answers["outcome"] == "accept" and row is not None:
        row.accepted_at = move.now
        move.session.flush()
    return None


HANDLERS = Handlers(
    kinds={"social_passport": open_passport},
    about={"social_passport": ("school",)},
    forms={"passport_fill": write_fill, "passport_accept": write_accept},
    contexts={
        "passport_fill": fill_context,
        **dict.fromkeys(("passport_check", "passport_explain", "passport_accept"), read_context),
    },
    operations={"social_passport.compute_index": index},
)
