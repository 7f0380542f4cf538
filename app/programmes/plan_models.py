"""A school's programme, its editions and stages; assignments; requests for resources."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, BigId, Json, Moment


class Roadmap(Base):
    """The programme of a case as it stands now; `edition` counts the texts sent by the school, `approved_edition` is in force.

    `council`: the last decision of the school's council. `amendment`: why the school opens the programme for changes.
    """

    __tablename__ = "roadmap"
    __table_args__ = (sa.Index("ix_roadmap_school", "school_id", "school_year"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    school_year: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(40))
    title: Mapped[str] = mapped_column(sa.String(500))
    starts_on: Mapped[date] = mapped_column(sa.Date)
    ends_on: Mapped[date] = mapped_column(sa.Date)
    edition: Mapped[int]
    approved_edition: Mapped[int | None]
    approved_at: Mapped[datetime | None] = mapped_column(Moment)
    council: Mapped[dict] = mapped_column(Json, default=dict)
    amendment: Mapped[str | None] = mapped_column(sa.Text)
    url: Mapped[str | None] = mapped_column(sa.String(2000))
    published_on: Mapped[date | None] = mapped_column(sa.Date)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)


class RoadmapEdition(Base):
    """The passport of an edition: title, goal, term, people, tasks by risk, indicators. Its rows are in `plan_row`."""

    __tablename__ = "roadmap_edition"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict] = mapped_column(Json)
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))


class RoadmapStage(Base):
    """A stage of control: what the school reported, how the curator assessed it, what the municipality decided.

    `report`: {share, difficulties, rows: {plan row id: {result, value, conclusion}}};
    `checked`: {plan row id: {confirmed, quality, note}}. `outcome`: next, amend, last.
    """

    __tablename__ = "roadmap_stage"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(60))
    ends_on: Mapped[date] = mapped_column(sa.Date)
    report: Mapped[dict] = mapped_column(Json, default=dict)
    reported_at: Mapped[datetime | None] = mapped_column(Moment)
    checked: Mapped[dict] = mapped_column(Json, default=dict)
    conclusion: Mapped[str] = mapped_column(sa.Text, default="")
    checked_by: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    checked_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(sa.String(10))


class AssignmentCard(Base):
    """An assignment: who gave it, who executes it, until when, what came of it.

    `origin`: plan, order, direct, visit, decision. `moved`: how often the term was moved. `result` and `quality` as in
    `plan_row`; `state`: open, reported, accepted, dropped.
    """

    __tablename__ = "assignment_card"
    __table_args__ = (
        sa.CheckConstraint("state in ('open','reported','accepted','dropped')", name="state"),
        sa.CheckConstraint("result is null or result in ('done','partly','not_done')", name="result"),
        sa.CheckConstraint("quality is null or quality between 0 and 3", name="quality"),
        sa.CheckConstraint("control in ('none','usual','special')", name="control"),
        sa.Index("ix_assignment_card_school", "school_id", "due_on"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    plan_row_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan_row.id"), index=True)
    origin: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str] = mapped_column(sa.Text)
    basis: Mapped[str] = mapped_column(sa.String(500))
    expected: Mapped[str] = mapped_column(sa.Text, default="")
    issuer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    executor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    others: Mapped[list] = mapped_column(Json, default=list)
    control: Mapped[str] = mapped_column(sa.String(10), default="none")
    first_due: Mapped[date] = mapped_column(sa.Date)
    due_on: Mapped[date] = mapped_column(sa.Date)
    moved: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(sa.String(10), default="open")
    result: Mapped[str | None] = mapped_column(sa.String(10))
    done_on: Mapped[date | None] = mapped_column(sa.Date)
    fact: Mapped[str] = mapped_column(sa.Text, default="")
    data: Mapped[dict] = mapped_column(Json, default=dict)
    quality: Mapped[int | None]
    conclusion: Mapped[str] = mapped_column(sa.Text, default="")
    accepted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)
    early: Mapped[bool] = mapped_column(default=False)


class ResourceRequest(Base):
    """A school's request for resources and the one answer it got; its items are in `resource_item`."""

    __tablename__ = "resource_request"
    __table_args__ = (sa.Index("ix_resource_request_school", "school_id"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    grounds: Mapped[str] = mapped_column(sa.Text, default="")
    decision: Mapped[str | None] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    partner: Mapped[str] = mapped_column(sa.String(255), default="")
    programme: Mapped[str] = mapped_column(sa.String(255), default="")
    funds: Mapped[str | None] = mapped_column(sa.String(10))
    amount: Mapped[float | None]
    deliver_by: Mapped[date | None] = mapped_column(sa.Date)
    delivered_on: Mapped[date | None] = mapped_column(sa.Date)
    received: Mapped[str | None] = mapped_column(sa.String(10))
    used: Mapped[bool | None]
    effect: Mapped[str] = mapped_column(sa.Text, default="")
    early: Mapped[bool] = mapped_column(default=False)


class ResourceItem(Base):
    """One need of a request; an item split off belongs to the sister case."""

    __tablename__ = "resource_item"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    what: Mapped[str] = mapped_column(sa.String(500))
    quantity: Mapped[float]
    unit: Mapped[str] = mapped_column(sa.String(40))
    price: Mapped[float | None]
    urgency: Mapped[str] = mapped_column(sa.String(20))
    factor: Mapped[str] = mapped_column(sa.String(60))
    plan_row_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan_row.id"))
