"""Tables of accompaniment: who is proposed, agrees, is appointed and leaves; contacts; visits."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, BigId, Json, Moment

IN_FORCE = sa.text("state = 'appointed'")


class Mentorship(Base):
    """One candidate of a school's accompaniment, from the proposal to the last day: the history of replacements.

    `kind`: curator, tutor. `proposed_position_id` is the position he was proposed in, `position_id` the one he acts in
    once the order is in force. `checks`: [{code, text, passed, absolute}] as they were. `alert` calls the review before
    its time. State: proposed → agreed → appointed → ended, or unfit, declined, refused. One is in force in a case.
    """

    __tablename__ = "mentorship"
    __table_args__ = (
        sa.CheckConstraint("kind in ('curator','tutor')", name="kind"),
        sa.CheckConstraint(
            "state in ('proposed','unfit','declined','agreed','refused','appointed','ended')", name="state"
        ),
        sa.CheckConstraint("starts_on <= ends_on", name="term"),
        sa.CheckConstraint("state not in ('appointed','ended') or position_id is not null", name="appointed"),
        sa.UniqueConstraint("case_id", "number"),
        sa.Index("uq_mentorship_in_force", "case_id", unique=True, sqlite_where=IN_FORCE, postgresql_where=IN_FORCE),
        sa.Index("ix_mentorship_person", "person_id", "state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(10))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    proposed_position_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"))
    position_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    home_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    proposed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    starts_on: Mapped[date] = mapped_column(sa.Date)
    ends_on: Mapped[date] = mapped_column(sa.Date)
    checks: Mapped[list] = mapped_column(Json)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    override: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(sa.String(10), default="proposed")
    act_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"), index=True)
    order_text: Mapped[str] = mapped_column(sa.String(500), default="")
    appointed_on: Mapped[date | None] = mapped_column(sa.Date)
    ended_on: Mapped[date | None] = mapped_column(sa.Date)
    end_reason: Mapped[str | None] = mapped_column(sa.Text)
    alert: Mapped[str | None] = mapped_column(sa.String(500))
    created_at: Mapped[datetime] = mapped_column(Moment)


class ContactLog(Base):
    """A contact of a curator or tutor with a school: a call, a meeting, letters. Written the whole year round."""

    __tablename__ = "contact_log"
    __table_args__ = (
        sa.CheckConstraint("form in ('call','meeting','mail','video')", name="form"),
        sa.CheckConstraint("minutes is null or minutes between 1 and 600", name="minutes"),
        sa.Index("ix_contact_log_case", "case_id", "day"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    day: Mapped[date] = mapped_column(sa.Date)
    form: Mapped[str] = mapped_column(sa.String(10))
    whom: Mapped[str] = mapped_column(sa.String(255))
    about: Mapped[str] = mapped_column(sa.Text)
    minutes: Mapped[int | None]
    position_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    at: Mapped[datetime] = mapped_column(Moment)


class Visit(Base):
    """A visit to a school, one row a case of kind `visit`.

    `confirmed`: ok, other, silent; null while the school is asked. `changes`: how often the school moved the day. `report`:
    the answers of the report's form. `ack`: ack, remarks, silent. `moved_reason`: set, the day is to be chosen anew.
    """

    __tablename__ = "visit"
    __table_args__ = (
        sa.CheckConstraint("kind in ('curator','tutor','method_service','trip')", name="kind"),
        sa.CheckConstraint("confirmed is null or confirmed in ('ok','other','silent')", name="confirmed"),
        sa.CheckConstraint("ack is null or ack in ('ack','remarks','silent')", name="ack"),
        sa.CheckConstraint("held_on is null or report is not null", name="held"),
        sa.Index("ix_visit_school", "school_id", "planned_at"),
        sa.Index("ix_visit_mentoring", "mentoring_id"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    mentoring_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    batch: Mapped[str | None] = mapped_column(sa.String(40), index=True)
    planned_at: Mapped[datetime] = mapped_column(Moment)
    form: Mapped[str] = mapped_column(sa.String(10))
    aim: Mapped[str] = mapped_column(sa.Text)
    looks: Mapped[list] = mapped_column(Json)
    lessons: Mapped[list] = mapped_column(Json)
    confirmed: Mapped[str | None] = mapped_column(sa.String(10))
    asked_at: Mapped[datetime | None] = mapped_column(Moment, comment="the day that the school asks for")
    asked_reason: Mapped[str | None] = mapped_column(sa.Text)
    changes: Mapped[int] = mapped_column(default=0)
    moved_reason: Mapped[str | None] = mapped_column(sa.Text)
    held_on: Mapped[date | None] = mapped_column(sa.Date)
    report: Mapped[dict | None] = mapped_column(Json)
    signed_at: Mapped[datetime | None] = mapped_column(Moment)
    ack: Mapped[str | None] = mapped_column(sa.String(10))
    ack_text: Mapped[str | None] = mapped_column(sa.Text)
    answer_text: Mapped[str | None] = mapped_column(sa.Text)
