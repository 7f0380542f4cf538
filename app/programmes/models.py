"""What the programmes of help share: rows of plans, help that was given, consents."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, BigId, Json, Moment


class PlanRow(Base):
    """A measure of a plan: of a road map, of a municipal programme.

    `edition` is the edition of the plan in which the row first stood, `dropped_in` the one that left it out. `section` is
    what the row answers: a risk factor, a measure's kind. `data` holds what only one kind of plan asks; columns are what
    lists sort and filter by. `result`: done, partly, not_done; `quality`: 0 none … 3 effective, given by who accepts.
    """

    __tablename__ = "plan_row"
    __table_args__ = (
        sa.CheckConstraint("result is null or result in ('done','partly','not_done')", name="result"),
        sa.CheckConstraint("quality is null or quality between 0 and 3", name="quality"),
        sa.CheckConstraint("starts_on <= due_on", name="term"),
        sa.UniqueConstraint("case_id", "number", "edition"),
        sa.Index("ix_plan_row_school", "school_id", "due_on"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    number: Mapped[int]
    edition: Mapped[int]
    dropped_in: Mapped[int | None]
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    section: Mapped[str] = mapped_column(sa.String(60))
    text: Mapped[str] = mapped_column(sa.Text)
    direction: Mapped[str | None] = mapped_column(sa.String(40))
    starts_on: Mapped[date] = mapped_column(sa.Date)
    due_on: Mapped[date] = mapped_column(sa.Date)
    responsible_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    expected: Mapped[str] = mapped_column(sa.Text, default="")
    data: Mapped[dict] = mapped_column(Json, default=dict)
    result: Mapped[str | None] = mapped_column(sa.String(10))
    done_on: Mapped[date | None] = mapped_column(sa.Date)
    quality: Mapped[int | None]
    fact: Mapped[str] = mapped_column(sa.Text, default="")


class HelpGiven(Base):
    """A school was helped: by whom, how, when and in which case (OR-85). `kind` is of the dictionary `help_kind`."""

    __tablename__ = "help_given"
    __table_args__ = (sa.Index("ix_help_given_school", "school_id", "day"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    provider_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(sa.String(40))
    day: Mapped[date] = mapped_column(sa.Date)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)


class Consent(Base):
    """A person agreed to something in words of a version; withdrawal is a date, not a deletion."""

    __tablename__ = "consent"
    __table_args__ = (sa.Index("ix_consent_person", "person_id", "purpose"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    purpose: Mapped[str] = mapped_column(sa.String(60))
    wording: Mapped[str] = mapped_column(sa.Text)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    given_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
