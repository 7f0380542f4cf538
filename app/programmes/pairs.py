"""Mentor pairs of a school (ТК РФ, статья 351.8): consents before the order, programme, diary, stopping, report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.models import Case, Task
from app.cases.move import Move
from app.cases.queries import last_answer
from app.cases.system import System
from app.documents import act_texts, acts, texts
from app.documents.models import Document
from app.engine import Card
from app.errors import NotAllowed, Refused
from app.people.actor import Actor, works
from app.people.models import Assignment, Organisation, Person, Position
from app.people.names import within
from app.programmes import pair_papers as papers
from app.programmes import pair_work as work
from app.programmes.pair_models import MentorPair
from app.programmes.pair_papers import pair_of

MENTORS = ("mentor", "teacher", "school_deputy", "school_head")


def open_pair(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """A pair of a school. `data` may propose `mentor`, `mentee` (positions) and `goal`, as a teacher's route does."""
    if subject.kind != "school":
        raise Refused("Наставническая пара создаётся в школе.", advice="Откройте её по школе.")
    return Opening(f"Наставническая пара: {subject.short_name}"[:500])


def by_hand(session: Session, system: System, actor: Actor, subject: Organisation, data: Values) -> None:
    if subject.id != actor.organisation_id:
        raise NotAllowed("Пару предлагает школа, где работает наставляемый.")


def mentor(move: Move, item: str | None) -> int | None:
    return pair_of(move.session, move.case.id).mentor_id


def mentee(move: Move, item: str | None) -> int | None:
    return pair_of(move.session, move.case.id).mentee_id


def who_stops(move: Move, item: str | None) -> int | None:
    """Who asked to stop: the mentor by his diary, anybody else by his own word."""
    pair = pair_of(move.session, move.case.id)
    return pair.stopping_id or pair.mentor_id


# proposal ---------------------------------------------------------------------------------------------------------


def propose_context(ask: Asking) -> Values:
    """People of the school and mentors of its municipality; who leads too many pairs already is not taken."""
    rows = _candidates(ask.session, ask.case.subject_id, ask.today)
    own = {
        p.id: f"{person.listed_name}, {within(p.title)}" for p, person, place in rows if place.id == ask.case.subject_id
    }
    outside = {
        p.id: f"{person.listed_name}, {within(p.title)}, {place.short_name}"
        for p, person, place in rows
        if place.id != ask.case.subject_id and p.role == "mentor"
    }
    limits, data = ask.profile.pairs, ask.case.data
    busy = _busy(ask.session, ask.case.id, limits.most_pairs)
    standing = last_answer(ask.session, ask.case.id, "pair_propose")
    given = {name: data[name] for name in ("mentor", "mentee", "goal") if data.get(name)}
    return {
        "values": standing or {"form": "teacher", "outcome": "propose", **given},
        "choices": {"mentor": {**own, **outside}, "mentee": own},
        "facts": {
            "persons": {str(p.id): person.id for p, person, _ in rows},
            "busy": [str(key) for key in busy],
            "outsiders": [str(key) for key in outside],
            "most_pairs": limits.most_pairs,
            "longest_days": limits.longest_days,
            "said": _refusals(ask.session, ask.case.id),
        },
        "dates": {"today": ask.today.isoformat()},
    }


def _candidates(session: Session, school_id: int, on: date) -> list[Any]:
    parent = sa.select(Organisation.parent_id).where(Organisation.id == school_id).scalar_subquery()
    place = sa.or_(
        Organisation.id == school_id, sa.and_(Organisation.parent_id == parent, Organisation.kind == "school")
    )
    found = (
        sa.select(Position, Person, Organisation)
        .join(Person, Person.id == Position.person_id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(place, Position.role.in_(MENTORS), works(on))
        .order_by(Person.family_name, Position.id)
    )
    return list(session.execute(found))


def _busy(session: Session, but: int, most: int) -> list[int]:
    """Positions of mentors who lead as many pairs as one may."""
    counted = (
        sa.select(MentorPair.mentor_id)
        .join(Case, Case.id == MentorPair.case_id)
        .where(Case.status == "open", MentorPair.case_id != but, MentorPair.result.is_(None))
        .group_by(MentorPair.mentor_id)
        .having(sa.func.count() >= most)
    )
    return list(session.scalars(counted))


def _refusals(session: Session, case_id: int) -> str:
    """Why the proposal came back."""
    for form, who in (("pair_mentee_consent", "Наставляемый"), ("pair_mentor_consent", "Наставник")):
        answer = last_answer(session, case_id, form)
        if answer and answer.get("outcome") == "no":
            return f"{who} не согласен: {answer.get('reason')}"
    return ""


def write_propose(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The pair as proposed; every new proposal asks both consents again."""
    pair = move.session.get(MentorPair, move.case.id)
    if answers["outcome"] == "drop":
        if pair is not None:
            pair.result = "dropped"
        return None
    facts = {
        "school_id": move.case.subject_id,
        "mentor_id": int(answers["mentor"]),
        "mentee_id": int(answers["mentee"]),
        "starts_on": date.fromisoformat(answers["starts_on"]),
        "ends_on": date.fromisoformat(answers["ends_on"]),
        "payment": _payment(answers),
        **{name: answers[name] for name in ("form", "goal", "content", "work_form")},
    }
    if facts["mentor_id"] in _busy(move.session, move.case.id, move.profile.pairs.most_pairs):
        raise Refused("У этого наставника уже столько пар, сколько можно.", advice="Выберите другого.")
    if pair is None:
        move.session.add(MentorPair(case_id=move.case.id, **facts))
    else:
        for name, value in facts.items():
            setattr(pair, name, value)
    for side in ("mentor", "mentee"):
        papers.withdraw_consents(move, side)
    move.session.flush()
    names = [papers.person_at(move.session, facts[key])[1].listed_name for key in ("mentor_id", "mentee_id")]
    move.case.title = f"Наставническая пара: {names[0]} – {names[1]}"
    return None


def _payment(answers: dict[str, Any]) -> str:
    if answers["payment"] == "paid":
        return f"доплата {answers['amount']:n} рублей в месяц".replace(".0 ", " ")
    return "без оплаты" if answers["payment"] == "unpaid" else answers["payment_text"]


# consents ---------------------------------------------------------------------------------------------------------


def render(move: Move, card: Card) -> Values | None:
    """The text of a consent, before it is asked for."""
    papers.write(move, card.properties["document"])
    return None


def paper_context(kind: str) -> Any:
    """The paper above the form."""

    def context(ask: Asking) -> Values:
        document = texts.of_case(ask.session, ask.case.id, kind)
        facts = {"document": document.title, "document_id": document.id, "no_sheet": True} if document else {}
        return {"facts": facts}

    return context


def signs(kind: str, word: str) -> Any:
    """The fingerprint of the paper that the answer `word` signs."""

    def show(ask: Asking, answers: Values | None) -> str | None:
        if answers is not None and answers.get("outcome") != word:
            return None
        return papers.shown(ask.session, ask.case.id, kind)

    return show


def write_consent(kind: str) -> Any:
    """«Согласен» signs the consent and keeps its words; a refusal only comes back to the school."""

    def write(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
        if answers["outcome"] == "yes":
            papers.sign(move, kind)
            papers.consent(move, kind)
        return None

    return write


# order ------------------------------------------------------------------------------------------------------------


def the_order(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """The order of the school. Without the mentor's written consent there is none."""
    for kind in papers.CONSENTS:
        document = texts.of_case(move.session, move.case.id, kind)
        if document is None or document.state != "signed":
            raise Refused("Приказа нет без письменного согласия.", advice="Получите согласие наставника.")
    yield move.case.subject_id, {"document_kind": "mentor_pair_order"}


def annex(move: Move, document: Document) -> list[dict[str, Any]]:
    """The pair as a row of the order's annex."""
    if move.case.parent_id is None:
        return []
    pair = pair_of(move.session, move.case.parent_id)
    people = [papers.person_at(move.session, key) for key in (pair.mentor_id, pair.mentee_id)]
    names = [f"{person.full_name}, {position.title[:1].lower()}{position.title[1:]}" for position, person in people]
    row = ["1", *names, pair.goal, f"с {papers.day(pair.starts_on)} по {papers.day(pair.ends_on)}"]
    titles = (("№", 10), ("Наставник", 38), ("Наставляемый", 38), ("Цель", None), ("Срок", 28))
    table = {"columns": [{"title": title, "width": width} for title, width in titles], "rows": [row]}
    return [act_texts.annex_of(move, document, table=table)]


def begin(move: Move, card: Card) -> Values | None:
    """The agreement to sign on paper; a mentor of another school gets this one assigned for the time of the pair."""
    pair = pair_of(move.session, move.case.id)
    papers.write(move, "mentor_agreement", draft=False)
    position = move.session.get_one(Position, pair.mentor_id)
    if position.organisation_id != pair.school_id:
        term = {"valid_from": pair.starts_on, "valid_to": pair.ends_on}
        place = {"position_id": position.id, "organisation_id": pair.school_id}
        move.session.add(Assignment(**place, **term, basis="приказ о наставнических парах", case_id=move.case.id))
    move.session.flush()
    move.record("pair.begun", mentor=pair.mentor_id, mentee=pair.mentee_id, until=pair.ends_on.isoformat())
    return None


def collect(move: Move, card: Card) -> Values | None:
    """The beginning of the work, and the day of the next meeting."""
    return begin(move, card) if card.properties["facts"] == "pair_begin" else work.next_meeting(move, card)


HANDLERS = Handlers(
    kinds={"mentor_pair": open_pair},
    about={"mentor_pair": ("school",)},
    openers={"mentor_pair": ("school_deputy", "school_head")},
    by_hand={"mentor_pair": by_hand},
    forms={
        "pair_propose": write_propose,
        "pair_mentor_consent": write_consent("mentor_consent"),
        "pair_mentee_consent": write_consent("mentee_consent"),
        "pair_program": work.write_program,
        "pair_program_head": work.write_approval,
        "pair_diary": work.write_diary,
        "pair_stop": work.write_stop,
        "pair_report": work.write_report,
        "pair_mentee_mark": work.write_mark,
        "pair_close": work.write_close,
    },
    contexts={
        "pair_propose": propose_context,
        "pair_mentor_consent": paper_context("mentor_consent"),
        "pair_mentee_consent": paper_context("mentee_consent"),
        "pair_program": work.program_context,
        "pair_program_head": paper_context("mentoring_programme"),
        "pair_diary": work.diary_context,
        "pair_stop": work.stop_context,
        "pair_report": work.report_context,
        "pair_close": paper_context("pair_report"),
    },
    operations={
        "mentor_pair.render": render,
        "mentor_pair.collect_facts": collect,
    },
    facts={"mentor_pair.act.decided": acts.outcome},
    targets={"mentor_pair.pair_order": the_order},
    roles={"mentor_pair.mentor": mentor, "mentor_pair.teacher": mentee, "mentor_pair.author": who_stops},
    signed={
        "pair_mentor_consent": signs("mentor_consent", "yes"),
        "pair_mentee_consent": signs("mentee_consent", "yes"),
        "pair_program_head": signs("mentoring_programme", "approve"),
        "pair_close": signs("pair_report", "accept"),
    },
    annexes={"mentor_pair_order": annex},
)
