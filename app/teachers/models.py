"""Teachers of schools, what diagnosis found, routes, groups with seats, applications, certificates.

A person may teach in several schools: `teacher` is a person in a school, gaps and routes belong to the person.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, BigId, Json, Moment

KINDS = "kind in ('subject','cross_subject','psych_ped','ict','management')"
BY_ISSUE = sa.text("state = 'issued'")


class Teacher(Base):
    """A teacher or leader of a school. `left_on`: the first day on which he counts in no denominator any more.

    Who does not take part stays here with the reason and counts in the denominator.
    """

    __tablename__ = "teacher"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "school_id"),
        sa.CheckConstraint("takes_part or reason is not null", name="reason"),
        sa.CheckConstraint("hours is null or hours between 0 and 60", name="hours"),
        sa.CheckConstraint("left_on is null or left_on >= listed_on", name="days"),
        sa.Index("ix_teacher_school", "school_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    position_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"))
    post: Mapped[str] = mapped_column(sa.String(255))
    leader: Mapped[bool]
    hours: Mapped[float | None]
    takes_part: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(sa.String(20))
    listed_on: Mapped[date] = mapped_column(sa.Date)
    left_on: Mapped[date | None] = mapped_column(sa.Date)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))


class TeacherSubject(Base):
    __tablename__ = "teacher_subject"

    teacher_id: Mapped[int] = mapped_column(sa.ForeignKey("teacher.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(40), primary_key=True)


class Retraining(Base):
    """A school's year of diagnosis: the last session named, how many there were, the centre's conclusion."""

    __tablename__ = "retraining"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    sessions: Mapped[int] = mapped_column(default=0)
    instrument: Mapped[str] = mapped_column(sa.String(255), default="")
    form: Mapped[str] = mapped_column(sa.String(10), default="")
    place: Mapped[str] = mapped_column(sa.String(255), default="")
    session_on: Mapped[date | None] = mapped_column(sa.Date)
    responsible_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    conclusion: Mapped[str] = mapped_column(sa.Text, default="")


class SkillGap(Base):
    """One result of diagnosis: share of the work done and the level it means. All are kept; the newest of a kind counts.

    `phase`: entry or exit. `subject` is null for a leader who teaches none. `school_id`: where the diagnosis was made.
    """

    __tablename__ = "skill_gap"
    __table_args__ = (
        sa.CheckConstraint(KINDS, name="kind"),
        sa.CheckConstraint("level in ('high','medium','low','none')", name="level"),
        sa.CheckConstraint("phase in ('entry','exit')", name="phase"),
        sa.CheckConstraint("percent between 0 and 100", name="percent"),
        sa.Index("ix_skill_gap_person", "person_id", "phase", "kind"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    school_year: Mapped[int]
    phase: Mapped[str] = mapped_column(sa.String(5))
    subject: Mapped[str | None] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(20))
    percent: Mapped[float]
    level: Mapped[str] = mapped_column(sa.String(10))
    day: Mapped[date] = mapped_column(sa.Date)
    note: Mapped[str] = mapped_column(sa.String(255), default="")


class GapReview(Base):
    """What the tutor proposes to a person with gaps, and the route that was opened for it."""

    __tablename__ = "gap_review"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "person_id"),
        sa.CheckConstraint("proposal in ('route','pair','courses','nothing')", name="proposal"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    proposal: Mapped[str] = mapped_column(sa.String(10))
    topics: Mapped[str] = mapped_column(sa.String(255), default="")
    tutor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))


class TrainingNeed(Base):
    """A topic that a school needs; no names. Municipal applications are gathered from these."""

    __tablename__ = "training_need"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "number"),
        sa.CheckConstraint("kind in ('course','internship')", name="kind"),
        sa.CheckConstraint("people > 0", name="people"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    number: Mapped[int]
    topic: Mapped[str] = mapped_column(sa.String(255))
    kind: Mapped[str] = mapped_column(sa.String(10))
    gap_kind: Mapped[str] = mapped_column(sa.String(20))
    subject: Mapped[str | None] = mapped_column(sa.String(40))
    people: Mapped[int]
    month: Mapped[str | None] = mapped_column(sa.String(20))
    common: Mapped[bool] = mapped_column(default=False)


class TeacherRoute(Base):
    """A person's route. `edition` grows when the tutor draws it anew; what was agreed is the edition of that day."""

    __tablename__ = "teacher_route"
    __table_args__ = (sa.CheckConstraint("outcome is null or outcome in ('closed','refused')", name="outcome"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    tutor_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"), index=True)
    school_year: Mapped[int]
    edition: Mapped[int] = mapped_column(default=0)
    goal: Mapped[str] = mapped_column(sa.Text, default="")
    uncovered: Mapped[str] = mapped_column(sa.Text, default="")
    agreed_at: Mapped[datetime | None] = mapped_column(Moment)
    ends_on: Mapped[date | None] = mapped_column(sa.Date)
    reflection: Mapped[str] = mapped_column(sa.Text, default="")
    shares: Mapped[bool | None]
    conclusion: Mapped[str] = mapped_column(sa.Text, default="")
    outcome: Mapped[str | None] = mapped_column(sa.String(10))


class RouteStep(Base):
    """A step of a route: the gap it closes, what is done by when, the teacher's report, the tutor's mark.

    `dropped_in`: the edition that left the step out. `lost`: why the course it led to did not take place.
    """

    __tablename__ = "route_step"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "edition", "number"),
        sa.CheckConstraint("result is null or result in ('done','partly','not_done')", name="result"),
        sa.CheckConstraint("mark is null or mark in ('accepted','returned')", name="mark"),
        sa.CheckConstraint("hours is null or hours > 0", name="hours"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    number: Mapped[int]
    edition: Mapped[int]
    dropped_in: Mapped[int | None]
    gap_id: Mapped[int | None] = mapped_column(sa.ForeignKey("skill_gap.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str] = mapped_column(sa.Text)
    hours: Mapped[int | None]
    url: Mapped[str] = mapped_column(sa.String(2000), default="")
    training_id: Mapped[int | None] = mapped_column(sa.ForeignKey("training.case_id"), index=True)
    due_on: Mapped[date] = mapped_column(sa.Date)
    evidence: Mapped[str] = mapped_column(sa.String(20))
    mentor: Mapped[bool] = mapped_column(default=False)
    result: Mapped[str | None] = mapped_column(sa.String(10))
    fact: Mapped[str] = mapped_column(sa.Text, default="")
    link: Mapped[str] = mapped_column(sa.String(2000), default="")
    files: Mapped[list] = mapped_column(Json, default=list)
    reported_at: Mapped[datetime | None] = mapped_column(Moment)
    mark: Mapped[str | None] = mapped_column(sa.String(10))
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    marked_at: Mapped[datetime | None] = mapped_column(Moment)
    lost: Mapped[str] = mapped_column(sa.String(255), default="")


class PersonalDocument(Base):
    """A document about one person: read by him, his tutor and the centre, not by his head."""

    __tablename__ = "personal_document"

    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)


class Training(Base):
    """A group of a course or of an internship. `taken` counts the enrolled; the constraint keeps it within `seats`."""

    __tablename__ = "training"
    __table_args__ = (
        sa.CheckConstraint("kind in ('course','internship')", name="kind"),
        sa.CheckConstraint("seats between 1 and 200", name="seats"),
        sa.CheckConstraint("taken between 0 and seats", name="taken"),
        sa.CheckConstraint("starts_on <= ends_on", name="days"),
        sa.CheckConstraint("state in ('draft','open','running','done','cancelled')", name="state"),
        sa.CheckConstraint("kind = 'course' or site_id is not null", name="site"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(40), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    name: Mapped[str] = mapped_column(sa.String(255))
    audience: Mapped[str] = mapped_column(sa.String(40))
    hours: Mapped[int]
    gap_kinds: Mapped[list] = mapped_column(Json)
    subject: Mapped[str | None] = mapped_column(sa.String(40))
    themes: Mapped[list] = mapped_column(Json, default=list)
    infrastructure: Mapped[str | None] = mapped_column(sa.String(40))
    form: Mapped[str] = mapped_column(sa.String(10))
    teachers: Mapped[list] = mapped_column(Json, default=list)
    url: Mapped[str] = mapped_column(sa.String(2000), default="")
    provider_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    site_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    starts_on: Mapped[date] = mapped_column(sa.Date)
    ends_on: Mapped[date] = mapped_column(sa.Date)
    seats: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(sa.String(10), default="draft")
    postponed: Mapped[int] = mapped_column(default=0)
    feedback: Mapped[str] = mapped_column(sa.Text, default="")
    conclusion: Mapped[str] = mapped_column(sa.Text, default="")


class Trainee(Base):
    """A person in a group. Only an enrolled one holds a seat. `why`: the reason when no gap was diagnosed."""

    __tablename__ = "trainee"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "person_id"),
        sa.CheckConstraint("state in ('enrolled','reserve','declined','expelled')", name="state"),
        sa.CheckConstraint("result is null or result in ('passed','failed','expelled')", name="result"),
        sa.CheckConstraint("mark is null or mark in ('done','partly','returned')", name="mark"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("training.case_id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    position_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    state: Mapped[str] = mapped_column(sa.String(10))
    row_id: Mapped[int | None] = mapped_column(sa.ForeignKey("application_row.id"), index=True)
    why: Mapped[str] = mapped_column(sa.String(255), default="")
    hours: Mapped[int] = mapped_column(default=0)
    result: Mapped[str | None] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.String(255), default="")
    learned: Mapped[str] = mapped_column(sa.Text, default="")
    plans: Mapped[str] = mapped_column(sa.Text, default="")
    mark: Mapped[str | None] = mapped_column(sa.String(10))
    comment: Mapped[str] = mapped_column(sa.Text, default="")


class TrainingLesson(Base):
    """A line of the group's journal; `absent` are ids of trainees."""

    __tablename__ = "training_lesson"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "number"),
        sa.CheckConstraint("hours > 0", name="hours"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("training.case_id"))
    number: Mapped[int]
    day: Mapped[date] = mapped_column(sa.Date)
    topic: Mapped[str] = mapped_column(sa.String(255))
    hours: Mapped[int]
    absent: Mapped[list] = mapped_column(Json, default=list)


class Certificate(Base):
    """A certificate issued for a course: a numbered document. A spoilt one keeps its number, another is issued."""

    __tablename__ = "certificate"
    __table_args__ = (
        sa.CheckConstraint("state in ('issued','spoilt')", name="state"),
        sa.CheckConstraint("(state = 'spoilt') = (spoilt_at is not null)", name="spoilt"),
        sa.Index("uq_certificate_issued", "trainee_id", unique=True, sqlite_where=BY_ISSUE, postgresql_where=BY_ISSUE),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    trainee_id: Mapped[int] = mapped_column(sa.ForeignKey("trainee.id"))
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"), unique=True)
    state: Mapped[str] = mapped_column(sa.String(10), default="issued")
    spoilt_at: Mapped[datetime | None] = mapped_column(Moment)
    spoilt_reason: Mapped[str] = mapped_column(sa.String(255), default="")


class TrainingApplication(Base):
    """A municipality's application for a half-year: 1 is July – December, 2 is January – June."""

    __tablename__ = "training_application"
    __table_args__ = (sa.CheckConstraint("half in (1,2)", name="half"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    school_year: Mapped[int]
    half: Mapped[int]
    conclusion: Mapped[str] = mapped_column(sa.Text, default="")


class ApplicationRow(Base):
    """A line of an application: what is asked for which school, how many places were given in which group."""

    __tablename__ = "application_row"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "number"),
        sa.CheckConstraint("kind in ('course','internship')", name="kind"),
        sa.CheckConstraint("people > 0", name="people"),
        sa.CheckConstraint("quota is null or (quota >= 0 and quota <= people)", name="quota"),
        sa.CheckConstraint("priority between 1 and 3", name="priority"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("training_application.case_id"))
    number: Mapped[int]
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    topic: Mapped[str] = mapped_column(sa.String(255))
    kind: Mapped[str] = mapped_column(sa.String(10))
    audience: Mapped[str] = mapped_column(sa.String(10))
    subject: Mapped[str | None] = mapped_column(sa.String(40))
    people: Mapped[int]
    gap_kind: Mapped[str | None] = mapped_column(sa.String(20))
    month: Mapped[str | None] = mapped_column(sa.String(20))
    priority: Mapped[int]
    quota: Mapped[int | None]
    training_id: Mapped[int | None] = mapped_column(sa.ForeignKey("training.case_id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(255), default="")
