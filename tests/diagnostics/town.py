"""Walking a diagnosis: who answers what, and the sheets of those who answer without a name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Case
from app.diagnostics import instruments, sheets
from app.diagnostics.models import Survey
from app.people.models import Assignment, Organisation, Position
from app.schools.models import School
from tests.campaign.walk import Walker

YEAR = 2026


def school_with_people(walker: Walker, region: str) -> int:
    """A school with a head and a deputy."""
    with walker.system.db.read() as session:
        deputies = sa.select(Position.organisation_id).where(Position.role == "school_deputy")
        found = sa.select(School.id).where(
            School.region == region,
            School.kind != "primary",
            School.founder == "municipal",
            School.id.in_(deputies),
        )
        return session.scalars(found.order_by(School.code)).first()  # type: ignore[return-value]


def without_curator(walker: Walker, school_id: int) -> None:
    with walker.system.db.write() as session:
        session.execute(sa.delete(Assignment).where(Assignment.organisation_id == school_id))


def appoint_curator(walker: Walker, school_id: int) -> int:
    """The head of another school becomes the curator; returns the position."""
    since = walker.now.date() - timedelta(days=30)
    with walker.system.db.write() as session:
        region = session.get_one(Organisation, school_id).region
        heads = sa.select(Position).join(Organisation, Organisation.id == Position.organisation_id)
        head = session.scalars(
            heads.where(Organisation.region == region, Position.role == "school_head", Organisation.id != school_id)
        ).first()
        assert head is not None
        place = {"person_id": head.person_id, "organisation_id": head.organisation_id, "valid_from": since}
        curator = Position(role="curator", title="Куратор школы", **place)
        session.add(curator)
        session.flush()
        session.add(Assignment(position_id=curator.id, organisation_id=school_id, valid_from=since, basis="приказ"))
        return curator.id


def open_diagnosis(walker: Walker, region: str, school_id: int, **data: Any) -> int:
    with walker.system.db.read() as session:
        operator = session.scalar(
            sa.select(Organisation.id).where(Organisation.region == region, Organisation.kind == "operator")
        )
    actor = walker.actor_of(operator or 0, "regional_operator")
    opened = operations.open_case(
        walker.system, "diagnostics", school_id, YEAR + data.pop("later", 0), data, actor=actor, now=walker.now
    )
    walker.settle()
    return opened


def survey_cases(walker: Walker, diagnosis: int) -> dict[str, int]:
    """Instrument → case of the survey."""
    with walker.system.db.read() as session:
        cases = session.scalars(sa.select(Case).where(Case.parent_id == diagnosis, Case.kind == "survey"))
        return {case.data["instrument"]: case.id for case in cases}


def open_window(walker: Walker, case_id: int, expected: int) -> None:
    with walker.system.db.read() as session:
        today = walker.system.calendar(session.get_one(Case, case_id).region).local(walker.now)
    answers = {
        "groups": [{"group": "все", "expected": expected}],
        "opens_on": today.isoformat(),
        "window_to": (today + timedelta(days=7)).isoformat(),
        "informed": True,
    }
    walker.do("survey_open", answers, case_id=case_id)


def worst(code: str) -> dict[str, Any]:
    """The answers that mean the most risk."""
    found: dict[str, Any] = {}
    for question in instruments.newest(code).questions:
        if question.type in ("one", "scale"):
            found[question.code] = max(question.options, key=lambda o: o.points or 0).code
        elif question.type == "several":
            found[question.code] = [question.options[0].code]
        elif question.ceiling is not None:
            found[question.code] = int(question.ceiling)
        elif question.type == "text":
            found[question.code] = "нужны занятия после уроков"
    return found


def best(code: str) -> dict[str, Any]:
    """The answers that mean no risk."""
    found = worst(code)
    for question in instruments.newest(code).questions:
        if question.type in ("one", "scale"):
            known = [option for option in question.options if option.points is not None]
            found[question.code] = min(known, key=lambda o: o.points or 0).code if known else question.options[0].code
        elif question.floor is not None:
            found[question.code] = int(question.floor)
    return found


def answer(walker: Walker, case_id: int, answers: dict[str, Any], count: int, **sheet: Any) -> None:
    """So many sheets of nobody."""
    for _ in range(count):
        with walker.system.db.write() as session:
            asked = sheets.of_case(session, case_id)
            assert asked is not None
            one = sheets.Sheet(answers, sheets.new_token(), sheet.get("way", "link"), sheet.get("repeated", False))
            sheets.take(session, asked, one, day=walker.now.date(), now=walker.now)
    walker.settle()


def code_of(walker: Walker, case_id: int) -> str:
    with walker.system.db.read() as session:
        return session.get_one(Survey, case_id).code


def fill_administration(walker: Walker, case_id: int, answers: dict[str, Any]) -> None:
    named = {f"q_{code}": value for code, value in answers.items()}
    walker.do("survey_fill", {**named, "correct": True}, case_id=case_id)


SELF = {"score": 1, "situation": "работаем по плану"}


def collect(walker: Walker, diagnosis: int, *, pupils: int = 40, answers: Any = worst) -> None:
    """Everything that is asked side by side."""
    surveys = survey_cases(walker, diagnosis)
    fill_administration(walker, surveys["administration"], answers("administration"))
    for audience, invited, count in (("teachers", 20, 18), ("pupils", 60, pupils), ("parents", 60, 30)):
        open_window(walker, surveys[audience], invited)
        answer(walker, surveys[audience], answers(audience), count)
    walker.now += timedelta(days=9)
    walker.settle()
    for audience in ("teachers", "pupils", "parents"):
        walker.do("survey_close", {"reason": "часть отсутствовала", "correct": True}, case_id=surveys[audience])
    extended = walker.tasks(form="survey_extend")
    for task in extended:
        walker.send(task, {"outcome": "accept", "reason": "ждать некогда"})
    own_parts(walker, diagnosis)
    walker.now += timedelta(days=8)  # a stale passport is waited for until the sources are due
    walker.settle()


def own_parts(walker: Walker, diagnosis: int) -> None:
    """Self-assessment, check-list, the curator's and the expert's part."""
    task = walker.task("diag_self", case_id=diagnosis)
    rows = walker.form(task, walker.holder(task)).answers()["factors"]
    walker.send(task, {"factors": [{**row, **SELF} for row in rows], "troubles": []})
    task = walker.task("diag_docs", case_id=diagnosis)
    rows = walker.form(task, walker.holder(task)).answers()["items"]
    walker.send(task, {"items": [{**row, "score": 2, "remark": "план не выполнен"} for row in rows]})
    seen = {"factor": "low_motivation", "seen": "на уроках скучно", "source": "lesson", "score": 3}
    walker.do("diag_curator", {"seen": [seen]}, case_id=diagnosis)
    opinion = {
        "factor": "low_motivation",
        "tool": "expert",
        "seen": "опрос 8 класса",
        "score": 1,
        "conclusion": "интерес есть",
    }
    walker.do("diag_expert", {"opinions": [opinion], "independent": True}, case_id=diagnosis)


def analyse(walker: Walker, diagnosis: int, **decided: str) -> None:
    """The curator agrees with the computed level, except where `decided` says otherwise."""
    task = walker.task("diag_analysis", case_id=diagnosis)
    form = walker.form(task, walker.holder(task))
    levels, lines = form.facts["levels"], []
    for row in form.answers()["factors"]:
        level = decided.get(row["factor"]) or levels[row["factor"]] or "low"
        reason = "" if level == levels[row["factor"]] else "по наблюдению уроков"
        lines.append({**row, "significance": level, "reason": reason, "conclusion": "работать с предметниками"})
    walker.send(task, {"factors": lines})


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 6, tzinfo=UTC)
