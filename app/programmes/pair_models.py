"""Mentor pairs: who works with whom on what terms, what they want to reach, when they met."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, BigId


class MentorPair(Base):
    """A pair of a school, one row a case. `mentor_id` and `mentee_id` are positions; the mentor may be of another school.

    `stop_side`: mentor, mentee or school, with the day from which the pair works no more; `stopping_id` is the position
    that wants to stop it. `result`: done, stopped, dropped (it never began).
    """

    __tablename__ = "mentor_pair"
    __table_args__ = (
        sa.CheckConstraint("mentor_id <> mentee_id", name="two"),
        sa.CheckConstraint("starts_on < ends_on", name="term"),
        sa.CheckConstraint("stop_side is null or stop_side in ('mentor','mentee','school')", name="stop_side"),
        sa.CheckConstraint("result is null or result in ('done','stopped','dropped')", name="result"),
        sa.CheckConstraint("mark is null or mark between 1 and 5", name="mark"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    mentor_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"), index=True)
    mentee_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"), index=True)
    form: Mapped[str] = mapped_column(sa.String(10))
    goal: Mapped[str] = mapped_column(sa.Text)
    content: Mapped[str] = mapped_column(sa.Text)
    work_form: Mapped[str] = mapped_column(sa.Text)
    payment: Mapped[str] = mapped_column(sa.Text, comment="in words, as it is printed")
    starts_on: Mapped[date] = mapped_column(sa.Date)
    ends_on: Mapped[date] = mapped_column(sa.Date)
    stopping_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    stop_side: Mapped[str | None] = mapped_column(sa.String(6))
    stop_reason: Mapped[str | None] = mapped_column(sa.Text)
    stop_on: Mapped[date | None] = mapped_column(sa.Date)
    mark: Mapped[int | None]
    result: Mapped[str | None] = mapped_column(sa.String(7))


class PairIndicator(Base):
    """What a pair wants to change: now, wanted, reached; words, not numbers, as schools write them."""

    __tablename__ = "pair_indicator"
    __table_args__ = (sa.UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(255))
    base: Mapped[str] = mapped_column(sa.String(255))
    target: Mapped[str] = mapped_column(sa.String(255))
    reached: Mapped[str] = mapped_column(sa.String(255), default="")


class PairMeeting(Base):
    """A meeting of a pair: planned by the programme (`due_on`), held on a day, or held beside the programme."""

    __tablename__ = "pair_meeting"
    __table_args__ = (
        sa.CheckConstraint("due_on is not null or held_on is not null", name="day"),
        sa.Index("ix_pair_meeting_case", "case_id", "due_on"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    topic: Mapped[str] = mapped_column(sa.String(255))
    form: Mapped[str] = mapped_column(sa.String(12))
    due_on: Mapped[date | None] = mapped_column(sa.Date)
    held_on: Mapped[date | None] = mapped_column(sa.Date)
    lesson: Mapped[str] = mapped_column(sa.Text, default="")
    agreed: Mapped[str] = mapped_column(sa.Text, default="")
    confirmed: Mapped[bool] = mapped_column(default=False)
