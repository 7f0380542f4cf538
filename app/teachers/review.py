"""After diagnosis: who needs a route, what the school needs to learn, the centre's note with numbers and no names."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Values
from app.cases.models import Case, Task
from app.cases.move import Move
from app.documents import texts
from app.engine import Card
from app.people.actor import in_force
from app.people.models import Assignment, Person
from app.teachers import papers
from app.teachers.common import known, staff_choices, title
from app.teachers.coverage import coverage, gap_shares, in_school, people_with_gaps, routes
from app.teachers.diagnosis import gap_words, results_of_people, row_of
from app.teachers.models import GapReview, Retraining, TrainingNeed


def route_key(person_id: int, school_year: int) -> str:
    """One open route a person and year, whichever school it began in."""
    return f"route:{person_id}:{school_year}"


def review_context(ask: Asking) -> Values:
    """People with gaps, their gaps in words; the tutor assigned to the school is offered first."""
    year, today, school = ask.case.school_year, ask.today, ask.case.subject_id
    wanted = people_with_gaps(ask.profile, in_school(school), year, today)
    people = ask.session.scalars(
        sa.select(Person).where(Person.id.in_(wanted)).order_by(Person.family_name, Person.given_name, Person.id)
    ).all()
    ids = [person.id for person in people]
    found, going = results_of_people(ask.session, ids, year, today), _on_route(ask.session, ids, year)
    tutors = staff_choices(ask.session, ask.case.region, ("tutor",), today, kinds=("centre", "operator"))
    usual = _usual_tutor(ask, tutors)
    rows = []
    for person in people:
        gaps = [g for g in found[person.id] if g.level in ask.profile.teachers.gap_levels]
        rows.append(
            {
                "row": person.id,
                "teacher": person.full_name,
                "gaps": "; ".join(gap_words(ask.profile, gap) for gap in gaps),
                "proposal": "route",
                "tutor": usual,
                "topics": "маршрут уже идёт" if person.id in going else None,
            }
        )
    return {"rows": {"people": rows}, "choices": {"tutor": tutors}, "facts": {"people": len(rows)}}


def _usual_tutor(ask: Asking, tutors: dict[int, str]) -> int | None:
    assigned = sa.select(Assignment.position_id).where(
        Assignment.organisation_id == ask.case.subject_id, in_force(Assignment, ask.today)
    )
    found = [p for p in ask.session.scalars(assigned.order_by(Assignment.id)) if p in tutors]
    if found:
        return found[0]
    return ask.actor.position_id if ask.actor.position_id in tutors else next(iter(tutors), None)


def _on_route(session: Session, people: Collection[int], school_year: int) -> set[int]:
    """Those of these people who have an open route of the year, whichever school it began in."""
    keys = {route_key(person_id, school_year): person_id for person_id in people}
    same = (Case.kind == "teacher_route", Case.school_year == school_year, Case.status == "open")
    found = session.scalars(sa.select(Case.once_key).where(*same, Case.once_key.in_(list(keys))))
    return {keys[key] for key in found if key is not None}


def write_review(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    move.session.execute(sa.delete(GapReview).where(GapReview.case_id == move.case.id))
    for line in answers["people"]:
        tutor = line.get("tutor")
        move.session.add(
            GapReview(
                case_id=move.case.id,
                person_id=int(line["row"]),
                proposal=line["proposal"],
                topics=line.get("topics") or "",
                tutor_id=int(tutor) if tutor is not None else None,
            )
        )
    return None


def route_targets(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """A route for each person it was proposed to, unless one is open in another school of his."""
    chosen = sa.select(GapReview).where(GapReview.case_id == move.case.id, GapReview.proposal == "route")
    reviews = move.session.scalars(chosen.order_by(GapReview.id)).all()
    going = _on_route(move.session, [review.person_id for review in reviews], move.case.school_year)
    for review in reviews:
        if review.person_id not in going:
            yield move.case.subject_id, {"person": review.person_id, "tutor": review.tutor_id}


# what the school needs ----------------------------------------------------------------------------------------------


def needs_context(ask: Asking) -> Values:
    """Lines gathered from gaps and the tutor's proposals: kinds and counts, no names."""
    standing = _needs(ask.session, ask.case.id)
    shares = gap_shares(ask.session, ask.profile, in_school(ask.case.subject_id), ask.case.school_year, ask.today)
    offered = [
        {
            "topic": f"{title(ask.profile, 'gap_kind', kind)[:1].upper()}{title(ask.profile, 'gap_kind', kind)[1:]} дефициты",
            "kind": "course",
            "gap_kind": kind,
            "people": share.part,
        }
        for kind, share in shares.items()
        if share.part
    ]
    kept = [
        {name: getattr(row, name) for name in ("topic", "kind", "gap_kind", "subject", "people", "month", "common")}
        for row in standing
    ]
    names = ("gap_kind", "subject", "month")
    return {
        "values": {"needs": kept or offered},
        "choices": {name: dict(ask.profile.dictionaries[name]) for name in names},
    }


def _needs(session: Any, case_id: int) -> list[TrainingNeed]:
    rows = sa.select(TrainingNeed).where(TrainingNeed.case_id == case_id).order_by(TrainingNeed.number)
    return list(session.scalars(rows))


def write_needs(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    move.session.execute(sa.delete(TrainingNeed).where(TrainingNeed.case_id == move.case.id))
    for number, line in enumerate(answers["needs"], 1):
        move.session.add(
            TrainingNeed(
                case_id=move.case.id,
                school_id=move.case.subject_id,
                number=number,
                topic=line["topic"],
                kind=line["kind"],
                gap_kind=line["gap_kind"],
                subject=line.get("subject"),
                people=int(line["people"]),
                month=line.get("month"),
                common=bool(line.get("common")),
            )
        )
    return None


# the note -----------------------------------------------------------------------------------------------------------


def report_context(ask: Asking) -> Values:
    """The figures that the note will print."""
    row, year, today = row_of(ask.session, ask.case.id), ask.case.school_year, ask.today
    schools, profile = in_school(ask.case.subject_id), ask.profile
    cover = coverage(ask.session, schools, year, today)
    shares = gap_shares(ask.session, profile, schools, year, today)
    led = routes(ask.session, profile, schools, year, today)
    subjects = ((title(profile, "subject", code), share) for code, share in cover.subjects.items())
    return {
        "known": known(
            ("Прошли диагностику", f"{cover.total.part} из {cover.total.whole}, {cover.total.words}"),
            ("По предметам", "\n".join(f"{name}: {share.part} из {share.whole}" for name, share in sorted(subjects))),
            (
                "Дефициты",
                "\n".join(f"{title(profile, 'gap_kind', k)}: {s.words}" for k, s in shares.items() if s.whole),
            ),
            ("Маршруты", f"{led.part} из {led.whole}" if led.whole else ""),
        ),
        "values": {"conclusion": row.conclusion} if row and row.conclusion else {},
    }


def write_report(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = move.session.get_one(Retraining, move.case.id)
    row.conclusion = answers["conclusion"]
    move.session.flush()
    papers.write_note(move, draft=True)
    return None


def accept_context(ask: Asking) -> Values:
    document = texts.of_case(ask.session, ask.case.id, "retraining_report")
    return {"facts": {"document_id": document.id if document else None}}
