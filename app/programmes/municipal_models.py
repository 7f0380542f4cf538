"""Municipal programmes, work inside schools, requests, recommendations."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, BigId, Json, Moment


class MunicipalProgramme(Base):
    """A municipality's programme; its measures are rows of `plan_row`.

    `schools`: ids of its schools. `targets`: [{indicator, base, target, fact}]. `recommended`: the operator's word, null
    when the operator kept silent. `proposals`: {request case id: {decision, reply}} as the author decided them.
    """

    __tablename__ = "municipal_programme"
    __table_args__ = (sa.CheckConstraint("starts_on <= ends_on", name="term"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    edition: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(sa.String(500))
    goal: Mapped[str] = mapped_column(sa.Text)
    starts_on: Mapped[date] = mapped_column(sa.Date)
    ends_on: Mapped[date] = mapped_column(sa.Date)
    tasks: Mapped[list] = mapped_column(Json, default=list)
    schools: Mapped[list] = mapped_column(Json, default=list)
    risks: Mapped[list] = mapped_column(Json, default=list)
    targets: Mapped[list] = mapped_column(Json, default=list)
    proposals: Mapped[dict] = mapped_column(Json, default=dict)
    recommended: Mapped[bool | None]
    approved_at: Mapped[datetime | None] = mapped_column(Moment)
    conclusion: Mapped[str] = mapped_column(sa.Text, default="")
    lessons: Mapped[str] = mapped_column(sa.Text, default="")
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


class SchoolWork(Base):
    """Work inside a school against a risk or a deficit.

    `kind`: mechanism, micro_group, mutual_visits, inhouse_training, adoption. `steps`: [{text, who, when}].
    """

    __tablename__ = "school_work"
    __table_args__ = (
        sa.CheckConstraint("score is null or score between 0 and 3", name="score"),
        sa.Index("ix_school_work_school", "school_id", "kind"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(255))
    factor: Mapped[str | None] = mapped_column(sa.String(60))
    gap: Mapped[str | None] = mapped_column(sa.String(40))
    goal: Mapped[str] = mapped_column(sa.Text)
    responsible_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"))
    guests: Mapped[str] = mapped_column(sa.String(1000), default="")
    steps: Mapped[list] = mapped_column(Json, default=list)
    practice: Mapped[str] = mapped_column(sa.String(500), default="")
    practice_url: Mapped[str] = mapped_column(sa.String(2000), default="")
    starts_on: Mapped[date] = mapped_column(sa.Date)
    ends_on: Mapped[date] = mapped_column(sa.Date)
    period: Mapped[str] = mapped_column(sa.String(10))
    approved_at: Mapped[datetime | None] = mapped_column(Moment)
    next_on: Mapped[date | None] = mapped_column(sa.Date)
    changed: Mapped[str] = mapped_column(sa.Text, default="")
    score: Mapped[int | None]
    library: Mapped[bool | None]
    adopted_where: Mapped[str] = mapped_column(sa.String(500), default="")
    adopted_result: Mapped[str] = mapped_column(sa.Text, default="")
    closed_reason: Mapped[str] = mapped_column(sa.Text, default="")
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)


class WorkMember(Base):
    """Who takes part in a school's work."""

    __tablename__ = "work_member"
    __table_args__ = (sa.UniqueConstraint("case_id", "position_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    position_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"), index=True)


class WorkMeeting(Base):
    """A meeting that took place. `present`: position ids. `lessons`: sheets of mutual visits, for those two alone."""

    __tablename__ = "work_meeting"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    day: Mapped[date] = mapped_column(sa.Date)
    topic: Mapped[str] = mapped_column(sa.String(255))
    present: Mapped[list] = mapped_column(Json, default=list)
    decision: Mapped[str] = mapped_column(sa.Text, default="")
    lessons: Mapped[list] = mapped_column(Json, default=list)
    recorded_by: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))


class HelpRequest(Base):
    """A question, a call for help, a proposal, a remark of the public.

    `kind`: consultation, help, proposal, question, public_remark. `office_id` and `office_role` say who is to answer.
    A citizen has no position: `public_name`, `public_email` and `public_code`, by which the answer is read.
    `taken`: take, slot, decline. `decision`: accepted, partly, declined; by the plan's author or by who answers.
    """

    __tablename__ = "help_request"
    __table_args__ = (
        sa.CheckConstraint("score is null or score between 1 and 5", name="score"),
        sa.CheckConstraint("(author_id is null) = (public_code is not null)", name="author"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    topic: Mapped[str] = mapped_column(sa.String(255))
    text: Mapped[str] = mapped_column(sa.Text)
    subject: Mapped[str | None] = mapped_column(sa.String(40))
    factor: Mapped[str | None] = mapped_column(sa.String(60))
    form: Mapped[str | None] = mapped_column(sa.String(40))
    slots: Mapped[str] = mapped_column(sa.String(255), default="")
    plan_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"), index=True)
    complaint: Mapped[bool] = mapped_column(default=False)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"), index=True)
    public_name: Mapped[str | None] = mapped_column(sa.String(255))
    public_email: Mapped[str | None] = mapped_column(sa.String(255))
    public_code: Mapped[str | None] = mapped_column(sa.String(20), unique=True)
    office_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    office_role: Mapped[str | None] = mapped_column(sa.String(40))
    executor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    forwards: Mapped[int] = mapped_column(default=0)
    taken: Mapped[str | None] = mapped_column(sa.String(10))
    slot_at: Mapped[datetime | None] = mapped_column(Moment)
    refusal: Mapped[str] = mapped_column(sa.Text, default="")
    question: Mapped[str] = mapped_column(sa.Text, default="")
    supplement: Mapped[str] = mapped_column(sa.Text, default="")
    decision: Mapped[str | None] = mapped_column(sa.String(10))
    decided_reply: Mapped[str] = mapped_column(sa.Text, default="")
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    link: Mapped[str] = mapped_column(sa.String(2000), default="")
    help_kind: Mapped[str | None] = mapped_column(sa.String(40))
    minutes: Mapped[int | None]
    score: Mapped[int | None]
    rating: Mapped[str] = mapped_column(sa.Text, default="")
    filed_at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)


class Recommendation(Base):
    """Recommendations to one addressee: the organisation of the case, or one of its people (`person_id`).

    `basis_kind`: indicator, factor, gap, visit, decision, other. `how`: roadmap, decision, done – what the addressee does
    with them. `reply`: accept, decline.
    """

    __tablename__ = "recommendation"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    audience: Mapped[str] = mapped_column(sa.String(40))
    basis_kind: Mapped[str] = mapped_column(sa.String(20))
    basis: Mapped[str] = mapped_column(sa.Text)
    direction: Mapped[str] = mapped_column(sa.String(40))
    action: Mapped[bool]
    reply: Mapped[str | None] = mapped_column(sa.String(10))
    how: Mapped[str | None] = mapped_column(sa.String(10))
    question: Mapped[str] = mapped_column(sa.Text, default="")
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    refusal: Mapped[str] = mapped_column(sa.Text, default="")
    insisted: Mapped[str] = mapped_column(sa.Text, default="")
    signed_at: Mapped[datetime | None] = mapped_column(Moment)
    replied_at: Mapped[datetime | None] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)


class RecommendationRow(Base):
    """One recommendation and what was done about it; `files` are ids of stored files."""

    __tablename__ = "recommendation_row"
    __table_args__ = (
        sa.CheckConstraint("result is null or result in ('done','partly','not_done')", name="result"),
        sa.UniqueConstraint("case_id", "number"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text)
    due_on: Mapped[date | None] = mapped_column(sa.Date)
    expected: Mapped[str] = mapped_column(sa.Text, default="")
    result: Mapped[str | None] = mapped_column(sa.String(10))
    fact: Mapped[str] = mapped_column(sa.Text, default="")
    files: Mapped[list] = mapped_column(Json, default=list)
