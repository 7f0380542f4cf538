"""Diagnosis of a school's team: the day, the referral, results in and their levels, the gate of coverage (OR-11)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Opening, Values
from app.cases.models import Case, Task
from app.cases.move import Move
from app.cases.system import System
from app.engine import Card
from app.errors import Refused
from app.people.models import Organisation, Person, Position
from app.teachers.common import GAP_KINDS, known, percent, staff_choices, subjects_of, teachers_of, title, year_dates
from app.teachers.models import Retraining, SkillGap, Teacher
from app.years import school_year_start

FORMS = {"online": "онлайн", "onsite": "очно"}


def open_retraining(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """One a school and year; opened by the school's case, or by the centre for a school outside of the list."""
    if subject.kind != "school":
        raise Refused("Развитие команды ведётся по школе.", advice="Выберите школу.")
    return Opening(f"Развитие команды: {subject.short_name}", once=f"retraining:{subject.id}:{school_year}")


def row_of(session: Session, case_id: int) -> Retraining | None:
    return session.get(Retraining, case_id)


def pairs(session: Session, school_id: int, on: date) -> list[tuple[Teacher, Person, str | None]]:
    """Whom to diagnose in what: a line for each subject, one without a subject for a leader who teaches none."""
    people = teachers_of(session, school_id, on)
    subjects = subjects_of(session, [teacher.id for teacher, _ in people])
    return [
        (teacher, person, code)
        for teacher, person in people
        for code in (subjects.get(teacher.id) or [None])  # type: ignore[list-item]
    ]


def done_pairs(session: Session, school_year: int, phase: str) -> set[tuple[int, str | None]]:
    """Who is diagnosed in what this year, in whichever school."""
    found = sa.select(SkillGap.person_id, SkillGap.subject).where(
        SkillGap.school_year == school_year, SkillGap.phase == phase
    )
    return {(person, subject) for person, subject in session.execute(found.distinct())}


def left_to_do(
    session: Session, school_id: int, school_year: int, on: date, phase: str = "entry"
) -> list[tuple[Teacher, Person, str | None]]:
    """Lines still without a result of those who take part; for the exit, of those who had an entry."""
    done = done_pairs(session, school_year, phase)
    began = done_pairs(session, school_year, "entry") if phase == "exit" else None
    return [
        (teacher, person, code)
        for teacher, person, code in pairs(session, school_id, on)
        if teacher.takes_part and (person.id, code) not in done and (began is None or (person.id, code) in began)
    ]


# the day ------------------------------------------------------------------------------------------------------------


def schedule_context(ask: Asking) -> Values:
    left = left_to_do(ask.session, ask.case.subject_id, ask.case.school_year, ask.today)
    row = row_of(ask.session, ask.case.id)
    values = {"instrument": row.instrument, "form": row.form or None, "place": row.place} if row else {}
    centre = staff_choices(
        ask.session, ask.case.region, ("pd_center", "tutor"), ask.today, kinds=("centre", "operator")
    )
    people = {ask.session.get_one(Position, key).person_id: name for key, name in centre.items()}
    return {
        "choices": {"person": people},
        "values": values,
        "known": known(
            ("Педагогов без результата", len({person.id for _, person, _ in left})),
            ("Дней диагностики уже было", row.sessions if row else 0),
        ),
        "dates": year_dates(ask.case.school_year, ask.today),
    }


def write_schedule(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    if row is None:
        row = Retraining(case_id=move.case.id, sessions=0)
        move.session.add(row)
    row.sessions += 1
    row.instrument, row.form, row.place = answers["instrument"], answers["form"], answers["place"]
    row.session_on, row.responsible_id = date.fromisoformat(answers["session_on"]), int(answers["responsible"])
    return None


# results ------------------------------------------------------------------------------------------------------------


def key_of(teacher: Teacher, subject: str | None) -> str:
    """The number of a prepared line: it also stands in the template, so that a file knows its lines."""
    return f"{teacher.id}-{subject or 'none'}"


def results_context(ask: Asking) -> Values:
    """Lines without a result yet; those already diagnosed in another school of theirs are not asked again."""
    phase = "exit" if ask.task.form == "retraining_exit" else "entry"
    left = left_to_do(ask.session, ask.case.subject_id, ask.case.school_year, ask.today, phase)
    rows = [
        {
            "row": key_of(teacher, code),
            "teacher": person.full_name,
            "subject": title(ask.profile, "subject", code) or "управленческая деятельность",
        }
        for teacher, person, code in left
    ]
    scale = ask.profile.teachers.scale
    return {
        "rows": {"results": rows},
        "facts": {
            "lines": len(rows),
            "scale": [scale.high_below, scale.medium_below, scale.low_below],
            "phase": phase,
        },
        "dates": year_dates(ask.case.school_year, ask.today),
    }


def write_results(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """All results of the form, or none: the level of each comes from the region's scale."""
    phase = "exit" if task.form == "retraining_exit" else "entry"
    lines = {
        key_of(teacher, code): (teacher, code)
        for teacher, _, code in pairs(move.session, move.case.subject_id, move.today)
    }
    written = 0
    for line in answers["results"]:
        found = lines.get(str(line["row"]))
        if found is None:
            raise Refused("Список педагогов изменился, пока вы заполняли таблицу.", advice="Обновите страницу.")
        written += write_line(move, found[0].person_id, found[1], phase, line)
    move.session.flush()
    move.record("gaps.written", school=move.case.subject_id, phase=phase, results=written)
    return None


def write_line(move: Move, person_id: int, subject: str | None, phase: str, line: dict[str, Any]) -> int:
    """Results of one person in one subject; returns how many there were."""
    count = 0
    for kind in GAP_KINDS:
        value = line.get(f"gap_{kind}")
        if value is None:
            continue
        move.session.add(
            SkillGap(
                person_id=person_id,
                school_id=move.case.subject_id,
                case_id=move.case.id,
                school_year=move.case.school_year,
                phase=phase,
                subject=subject,
                kind=kind,
                percent=float(value),
                level=move.profile.teachers.scale.level(float(value)),
                day=date.fromisoformat(line["day"]),
                note=line.get("note") or "",
            )
        )
        count += 1
    return count


def gate_coverage(move: Move, card: Card) -> Values:
    """Another day is offered while somebody who takes part is not diagnosed and the last day has not come."""
    left = left_to_do(move.session, move.case.subject_id, move.case.school_year, move.today)
    rule = move.profile.teachers.second_session_until
    calendar = move.system.calendar(move.case.region)
    until = calendar.term(rule, move.now, {}, school_year_start(move.case.school_year))
    return {"second_session": bool(left) and move.now < until}


def exit_ready(move: Move) -> bool:
    """Fact: there were routes and all of them are closed."""
    where = (Case.parent_id == move.case.id, Case.kind == "teacher_route")
    counts = sa.select(sa.func.count(), sa.func.count(sa.case((Case.status == "open", 1)))).where(*where)
    opened, still = move.session.execute(counts).one()
    return opened > 0 and still == 0


# what others ask ----------------------------------------------------------------------------------------------------


_RESULTS = (
    sa.select(SkillGap)
    .where(
        SkillGap.person_id.in_(sa.bindparam("people", expanding=True)),
        SkillGap.phase.in_(sa.bindparam("phases", expanding=True)),
    )
    .where(SkillGap.school_year == sa.bindparam("year"), SkillGap.day <= sa.bindparam("on"))
    .order_by(SkillGap.day, SkillGap.id)
)


def results_of(session: Session, person_id: int, school_year: int, on: date, phase: str = "entry") -> list[SkillGap]:
    """The results of a person that count, the newest of each subject and kind, in the order of the dictionary."""
    return results_of_people(session, [person_id], school_year, on, phase)[person_id]


def results_of_people(
    session: Session, people: Collection[int], school_year: int, on: date, phase: str = "entry"
) -> dict[int, list[SkillGap]]:
    """The same of several people at once: person id → results."""
    newest: dict[int, dict[Any, SkillGap]] = {person_id: {} for person_id in people}
    for gap in _results(session, newest, school_year, on, phase):
        newest[gap.person_id][gap.subject, gap.kind] = gap
    return {person_id: _in_order(rows) for person_id, rows in newest.items()}


def entry_and_exit(
    session: Session, person_id: int, school_year: int, on: date
) -> tuple[list[SkillGap], list[SkillGap]]:
    """`results_of` a person before the year and after it."""
    newest: dict[str, dict[Any, SkillGap]] = {"entry": {}, "exit": {}}
    for gap in _results(session, [person_id], school_year, on, *newest):
        newest[gap.phase][gap.subject, gap.kind] = gap
    return _in_order(newest["entry"]), _in_order(newest["exit"])


def _results(
    session: Session, people: Collection[int], school_year: int, on: date, *phases: str
) -> sa.ScalarResult[SkillGap]:
    wanted = {"people": list(people), "phases": list(phases), "year": school_year, "on": on}
    return session.scalars(_RESULTS, wanted)


def _in_order(rows: Mapping[Any, SkillGap]) -> list[SkillGap]:
    return sorted(rows.values(), key=lambda gap: (gap.subject or "", GAP_KINDS.index(gap.kind)))


def gap_words(profile: Any, gap: SkillGap) -> str:
    """«предметные, математика: высокий дефицит (46 %)»."""
    kind = title(profile, "gap_kind", gap.kind)
    subject = f", {title(profile, 'subject', gap.subject)}" if gap.subject and gap.kind == "subject" else ""
    return f"{kind}{subject}: {title(profile, 'gap_level', gap.level)} ({percent(gap.percent)})"
