"""What people do of themselves, without a task: they answer surveys, read what is sent to them, begin cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.cases.models import Case
from app.demo.years.beginnings import begin_cases, leave_a_curator, object_to_the_list
from app.diagnostics import sheets
from app.diagnostics.models import Survey
from app.people.models import Position

if TYPE_CHECKING:
    from app.demo.years.play import Region


def answer_surveys(region: Region) -> None:
    """On the day after a window opened most of those invited answer."""
    open_ = (
        sa.select(Survey.case_id)
        .join(Case, Case.id == Survey.case_id)
        .where(Case.region == region.code, Case.status == "open", Survey.opens_at <= region.now)
        .where(Survey.closes_at > region.now, Survey.mode == "anonymous")
    )
    with region.system.db.read() as session:
        cases = [case_id for case_id in session.scalars(open_) if case_id not in region.surveyed]
    for case_id in cases:
        region.surveyed.add(case_id)
        with region.system.db.write() as session:
            asked = sheets.of_case(session, case_id)
            if asked is None:
                continue
            random = Random(f"survey:{case_id}")  # noqa: S311 - a toy world
            questions = asked.instrument.questions
            for _ in range(asked.survey.expected * 4 // 5):
                sheet = sheets.Sheet(_sheet(questions, random), sheets.new_token(), "link")
                sheets.take(session, asked, sheet, day=region.today, now=region.now)
            region.desk.done["(анкета опрошена)"] += 1


def _sheet(questions: Any, random: Random) -> Mapping[str, Any]:
    """The answers of one who is asked."""
    found: dict[str, Any] = {}
    for question in questions:
        if question.type in ("one", "scale"):
            found[question.code] = random.choice(question.options).code
        elif question.type == "several":
            found[question.code] = [random.choice(question.options).code]
        elif question.ceiling is not None:
            found[question.code] = random.randint(int(question.floor or 0), int(question.ceiling))
    return found


POSTS = ("school_deputy", "teacher", "mentor")


def staff_schools(region: Region) -> None:
    """A school whose case has begun has a deputy, a teacher and a mentor."""
    begun = sa.select(Case.subject_id).where(
        Case.region == region.code, Case.kind == "support_cycle", Case.status == "open"
    )
    with region.system.db.read() as session:
        schools = [school for school in session.scalars(begun) if school not in region.staffed]
        held = sa.select(Position.organisation_id, Position.role).where(Position.organisation_id.in_(schools))
        there = {(school, role) for school, role in session.execute(held)}
    for school in schools:
        region.staffed.add(school)
        for role in POSTS:
            if (school, role) not in there:
                region.desk.hire(school, role, region.today, region.now)


HABITS: tuple[Callable[[Region], None], ...] = (
    *(staff_schools, answer_surveys),
    *(object_to_the_list, begin_cases, leave_a_curator),
)
