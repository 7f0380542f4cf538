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


class Evaluation(Base):
    """The year of a supported school: scores and opinions, what the results say, what was proposed and decided.

    `school_year` is the year evaluated; the run is of the list of the next one. `rule` is what the region's exit rule
    answers: exit, continue, watch, insufficient. `order_id` is the case of the order, which covers many schools.
    """

    __tablename__ = "evaluation"
    __table_args__ = (
        sa.Index("ix_evaluation_school", "school_id", "school_year"),
        sa.CheckConstraint(
            "dynamics is null or dynamics in ('positive','negative','none','insufficient')", name="dynamics"
        ),
        sa.CheckConstraint("rule is null or rule in ('exit','continue','watch','insufficient')", name="rule"),
        sa.CheckConstraint("proposal is null or proposal in ('exit','continue','strengthen')", name="proposal"),
        sa.CheckConstraint("decision is null or decision in ('exit','continue','strengthen')", name="decision"),
        sa.CheckConstraint("(decision is null) = (decided_at is null)", name="decided"),
        sa.CheckConstraint("decision is null or length(grounds) > 0", name="grounds"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(40))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    school_year: Mapped[int]
    plan_rows: Mapped[int] = mapped_column(default=0, comment="rows of the road map due in the year")
    plan_done: Mapped[int] = mapped_column(default=0, comment="of them accepted as done")
    wish: Mapped[str | None] = mapped_column(sa.String(10))
    wish_text: Mapped[str] = mapped_column(sa.Text, default="")
    curator_opinion: Mapped[str | None] = mapped_column(sa.String(10))
    curator_text: Mapped[str] = mapped_column(sa.Text, default="")
    municipal_opinion: Mapped[str | None] = mapped_column(sa.String(10))
    municipal_text: Mapped[str] = mapped_column(sa.Text, default="")
    resources_text: Mapped[str] = mapped_column(sa.Text, default="")
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("identification_run.id"))
    verdict: Mapped[str | None] = mapped_column(sa.String(20))
    dynamics: Mapped[str | None] = mapped_column(sa.String(12))
    rule: Mapped[str | None] = mapped_column(sa.String(12))
    proposal: Mapped[str | None] = mapped_column(sa.String(10))
    motive: Mapped[str] = mapped_column(sa.Text, default="")
    decision: Mapped[str | None] = mapped_column(sa.String(10))
    grounds: Mapped[str] = mapped_column(sa.Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"), index=True)


class EvaluationScore(Base):
    """A score of a criterion, 0…3, by the school itself or by the curator, with what it rests on."""

    __tablename__ = "evaluation_score"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "criterion", "side"),
        sa.CheckConstraint("score between 0 and 3", name="score"),
        sa.CheckConstraint("side in ('school','curator')", name="side"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("evaluation.case_id"))
    criterion: Mapped[str] = mapped_column(sa.String(40))
    side: Mapped[str] = mapped_column(sa.String(10))
    score: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text, default="")


class EvaluationResult(Base):
    """A procedure of the evaluated year beside the year before, as the run saw both; shares follow from the counts.

    `obstacle`: why the years cannot be compared. `expected`: percent of low results to be expected had nothing changed.
    `sources`: rows of files, [[year, file, sheet, rows]…].
    """

    __tablename__ = "evaluation_result"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "procedure"),
        sa.CheckConstraint("low_before is null or low_before between 0 and n_before", name="before"),
        sa.CheckConstraint("low_after is null or low_after between 0 and n_after", name="after"),
        sa.CheckConstraint("obstacle is not null or (n_before > 0 and n_after > 0)", name="comparable"),
        sa.CheckConstraint("not (improved and worsened)", name="direction"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("evaluation.case_id"))
    procedure: Mapped[str] = mapped_column(sa.String(20))
    n_before: Mapped[int | None]
    low_before: Mapped[int | None]
    mean_before: Mapped[str | None] = mapped_column(sa.String(20))
    n_after: Mapped[int | None]
    low_after: Mapped[int | None]
    mean_after: Mapped[str | None] = mapped_column(sa.String(20))
    obstacle: Mapped[str | None] = mapped_column(sa.String(12))
    small: Mapped[bool]
    improved: Mapped[bool]
    worsened: Mapped[bool]
    expected: Mapped[int | None]
    sources: Mapped[list] = mapped_column(Json)
