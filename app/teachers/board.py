"""What pages show of teachers, as plain values: a person's own page, a school's list, the figures of a territory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case
from app.documents.models import Document
from app.people.actor import Actor
from app.people.models import Organisation
from app.people.territory import extent, organisations_of
from app.regions import Profile
from app.teachers import coverage as counts
from app.teachers.common import subjects_of, teachers_of, title, titles
from app.teachers.diagnosis import results_of
from app.teachers.models import (
    Certificate,
    PersonalDocument,
    RouteStep,
    SkillGap,
    TeacherRoute,
    Trainee,
    Training,
)


@dataclass(frozen=True)
class Result:
    """A line of a person's results: entry and, when it was, exit."""

    kind: str
    subject: str
    entry: SkillGap
    exit: SkillGap | None


def results(session: Session, profile: Profile, person_id: int, school_year: int, on: date) -> list[Result]:
    after = {(g.subject, g.kind): g for g in results_of(session, person_id, school_year, on, "exit")}
    return [
        Result(
            title(profile, "gap_kind", gap.kind),
            title(profile, "subject", gap.subject),
            gap,
            after.get((gap.subject, gap.kind)),
        )
        for gap in results_of(session, person_id, school_year, on)
    ]


def routes_of(session: Session, person_id: int) -> list[tuple[Case, TeacherRoute | None, int, int]]:
    """A person's routes, newest first, with how many of their steps are accepted of how many."""
    found = []
    cases = sa.select(Case).where(Case.kind == "teacher_route").order_by(Case.id.desc())
    for case in session.scalars(cases.where(Case.id.in_(_route_cases(person_id)))):
        steps = session.scalars(
            sa.select(RouteStep).where(RouteStep.case_id == case.id, RouteStep.dropped_in.is_(None))
        ).all()
        done = sum(step.mark == "accepted" for step in steps)
        found.append((case, session.get(TeacherRoute, case.id), done, len(steps)))
    return found


def _route_cases(person_id: int) -> sa.Select:
    return sa.select(TeacherRoute.case_id).where(TeacherRoute.person_id == person_id)


def groups_of(session: Session, person_id: int) -> list[tuple[Training, Trainee, str | None]]:
    """Groups a person is or was in, with the number of the certificate in force."""
    issued = sa.and_(Certificate.trainee_id == Trainee.id, Certificate.state == "issued")
    rows = (
        sa.select(Training, Trainee, Document.number)
        .join(Trainee, Trainee.case_id == Training.case_id)
        .outerjoin(Certificate, issued)
        .outerjoin(Document, Document.id == Certificate.document_id)
        .where(Trainee.person_id == person_id, Trainee.state != "declined")
        .order_by(Training.starts_on.desc(), Training.case_id)
    )
    return [(training, trainee, number) for training, trainee, number in session.execute(rows)]


def papers_of(session: Session, person_id: int) -> list[Document]:
    mine = sa.select(PersonalDocument.document_id).where(PersonalDocument.person_id == person_id)
    return list(session.scalars(sa.select(Document).where(Document.id.in_(mine)).order_by(Document.id.desc())))


def staff_lines(session: Session, profile: Profile, school_id: int, school_year: int, on: date) -> list[dict[str, Any]]:
    """A school's teachers for its head: posts, subjects, whether diagnosed, dates of a route. Nothing of what was found."""
    people = teachers_of(session, school_id, on)
    here = [person.id for _, person in people]
    subjects = subjects_of(session, [teacher.id for teacher, _ in people])
    seen = set(
        session.scalars(
            sa.select(SkillGap.person_id)
            .where(SkillGap.school_year == school_year, SkillGap.phase == "entry")
            .where(SkillGap.person_id.in_(here))
        )
    )
    agreed = (TeacherRoute.school_year == school_year, TeacherRoute.agreed_at.is_not(None))
    routes = {
        row.person_id: row
        for row in session.scalars(sa.select(TeacherRoute).where(TeacherRoute.person_id.in_(here), *agreed))
    }
    return [
        {
            "teacher": teacher,
            "person": person,
            "subjects": titles(profile, "subject", subjects.get(teacher.id, [])),
            "diagnosed": person.id in seen,
            "route": routes.get(person.id),
        }
        for teacher, person in people
    ]


def territory(session: Session, actor: Actor, on: date) -> counts.Schools:
    """Whose teachers an actor's figures are about."""
    if extent(actor) == "region":
        return counts.in_region(actor.region)
    return counts.in_schools(organisations_of(actor, on))


@dataclass(frozen=True)
class Figures:
    """M3a, M3b and M4 of a territory, and gaps that the exit diagnosis no longer shows."""

    coverage: counts.Coverage
    gaps: dict[str, counts.Share]
    routes: counts.Share
    closed: counts.Share


def figures(session: Session, profile: Profile, schools: counts.Schools, school_year: int, on: date) -> Figures:
    return Figures(
        counts.coverage(session, schools, school_year, on),
        dict(counts.gap_shares(session, profile, schools, school_year, on)),
        counts.routes(session, profile, schools, school_year, on),
        counts.closed_gaps(session, profile, schools, school_year, on),
    )


def by_school(
    session: Session, profile: Profile, actor: Actor, school_year: int, on: date
) -> list[tuple[Organisation, counts.Share, counts.Share]]:
    """Schools of the territory that have a roster: coverage and routes, by name."""
    schools = territory(session, actor, on)
    cover = counts.by_school(session, schools, school_year, on)
    led = counts.routes_by_school(session, profile, schools, school_year, on)
    rows = sa.select(Organisation).where(Organisation.id.in_(list(cover)))
    return [
        (school, cover[school.id], led.get(school.id, counts.Share(0, 0)))
        for school in session.scalars(rows.order_by(Organisation.short_name, Organisation.id))
    ]


def open_groups(session: Session, region: str) -> list[Training]:
    """Groups that enrol or run, the nearest first."""
    rows = sa.select(Training).where(Training.region == region, Training.state.in_(("open", "running")))
    return list(session.scalars(rows.order_by(Training.starts_on, Training.case_id)))
