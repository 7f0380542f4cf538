"""Surveys without respondents, diagnoses with their evidence, expertises with their cards."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, BigId, Json, Moment


class InstrumentVersion(Base):
    """A questionnaire as it was when a survey began: the survey keeps it whatever becomes of the file."""

    __tablename__ = "instrument_version"
    __table_args__ = (sa.UniqueConstraint("code", "version", "hash"),)

    hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(60))
    version: Mapped[str] = mapped_column(sa.String(40))
    data: Mapped[dict] = mapped_column(Json)
    published_at: Mapped[datetime] = mapped_column(Moment)


class Survey(Base):
    """One instrument in one school. `code` is the random address of the page; it says nothing of school or person.

    `repeats`: sheets sent from an address that had sent one within the hour, as a number only. `masked`: texts in which
    something was hidden. `note`: why fewer answered than were asked.
    """

    __tablename__ = "survey"
    __table_args__ = (
        sa.CheckConstraint("mode in ('anonymous','staff','named')", name="mode"),
        sa.CheckConstraint("expected >= 0 and repeats >= 0 and masked >= 0", name="counts"),
        sa.Index("ix_survey_school", "school_id", "school_year"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    school_year: Mapped[int]
    audience: Mapped[str] = mapped_column(sa.String(40))
    instrument: Mapped[str] = mapped_column(sa.ForeignKey("instrument_version.hash"))
    mode: Mapped[str] = mapped_column(sa.String(10))
    groups: Mapped[list] = mapped_column(Json, default=list)
    ways: Mapped[list] = mapped_column(Json, default=list)
    expected: Mapped[int] = mapped_column(default=0)
    opens_at: Mapped[datetime | None] = mapped_column(Moment)
    closes_at: Mapped[datetime | None] = mapped_column(Moment)
    extended: Mapped[bool] = mapped_column(default=False)
    settled: Mapped[bool] = mapped_column(default=False, comment="accepted as it is")
    repeats: Mapped[int] = mapped_column(default=0)
    masked: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(sa.Text, default="")


class SurveyResponse(Base):
    """A sheet of answers of nobody in particular. `id` is random, `day` is all that is known of the time."""

    __tablename__ = "survey_response"
    __table_args__ = (sa.CheckConstraint("way in ('link','staff','paper','form')", name="way"),)

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey.case_id"), index=True)
    day: Mapped[date] = mapped_column(sa.Date)
    way: Mapped[str] = mapped_column(sa.String(10))
    answers: Mapped[dict] = mapped_column(Json)


class SurveyParticipant(Base):
    """That an employee has answered; what he answered is not to be found from here."""

    __tablename__ = "survey_participant"

    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey.case_id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)


class Diagnosis(Base):
    """A school's complex diagnosis of a year. `copied_from`: the one whose answers a light diagnosis goes on with."""

    __tablename__ = "diagnosis"
    __table_args__ = (sa.Index("ix_diagnosis_school", "school_id", "school_year"),)

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    school_year: Mapped[int]
    light: Mapped[bool] = mapped_column(default=False)
    copied_from: Mapped[int | None] = mapped_column(sa.ForeignKey("diagnosis.case_id"))
    catalogue: Mapped[str] = mapped_column(sa.String(40))
    formula: Mapped[str] = mapped_column(sa.String(40))
    started_on: Mapped[date] = mapped_column(sa.Date)
    passport_id: Mapped[int | None] = mapped_column(sa.ForeignKey("social_passport.id"))
    substitute: Mapped[bool] = mapped_column(default=False, comment="the method service stands in for the curator")
    rounds: Mapped[int] = mapped_column(default=0, comment="how often the school sent remarks")
    computed_at: Mapped[datetime | None] = mapped_column(Moment)
    school_opinion: Mapped[str] = mapped_column(sa.Text, default="")
    left_out: Mapped[str] = mapped_column(sa.Text, default="")
    basis: Mapped[str] = mapped_column(
        sa.Text, default="", comment="what the road map rests on when no factor is significant"
    )
    approved_at: Mapped[datetime | None] = mapped_column(Moment)


class FactorScore(Base):
    """A factor of a diagnosis: what was computed and from what, what was decided and why. Both values stay.

    `parts`: the evidence, one mapping a source. `as_of`: the day of the copied answers in a light diagnosis.
    """

    __tablename__ = "factor_score"
    __table_args__ = (
        sa.UniqueConstraint("diagnosis_id", "factor"),
        sa.CheckConstraint("score is null or score between 0 and 100", name="score"),
        sa.CheckConstraint("level is null or level in ('high','medium','low')", name="level"),
        sa.CheckConstraint("decided is null or decided in ('high','medium','low')", name="decided"),
        sa.CheckConstraint("decided is null or decided = level or length(reason) > 0", name="reason"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    diagnosis_id: Mapped[int] = mapped_column(sa.ForeignKey("diagnosis.case_id"))
    number: Mapped[int]
    factor: Mapped[str] = mapped_column(sa.String(40))
    score: Mapped[int | None]
    level: Mapped[str | None] = mapped_column(sa.String(10))
    parts: Mapped[list] = mapped_column(Json, default=list)
    flags: Mapped[list] = mapped_column(Json, default=list)
    as_of: Mapped[date | None] = mapped_column(sa.Date)
    decided: Mapped[str | None] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    conclusion: Mapped[str] = mapped_column(sa.Text, default="")
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    in_work: Mapped[bool] = mapped_column(default=False)


class FactorOpinion(Base):
    """What the school, the curator or an expert thinks of a factor: 0 no problem … 3 acute. Later rounds add rows."""

    __tablename__ = "factor_opinion"
    __table_args__ = (
        sa.CheckConstraint("source in ('school','curator','expert')", name="source"),
        sa.CheckConstraint("score between 0 and 3", name="score"),
        sa.Index("ix_factor_opinion_diagnosis", "diagnosis_id", "factor"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    diagnosis_id: Mapped[int] = mapped_column(sa.ForeignKey("diagnosis.case_id"))
    factor: Mapped[str] = mapped_column(sa.String(40))
    source: Mapped[str] = mapped_column(sa.String(10))
    score: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text)
    data: Mapped[dict] = mapped_column(Json, default=dict)
    position_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    at: Mapped[datetime] = mapped_column(Moment)


class ChecklistMark(Base):
    """A mark of the method service's check-list, 0 in order … 3 acute, with what it rests on."""

    __tablename__ = "checklist_mark"
    __table_args__ = (
        sa.UniqueConstraint("diagnosis_id", "item"),
        sa.CheckConstraint("score between 0 and 3", name="score"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    diagnosis_id: Mapped[int] = mapped_column(sa.ForeignKey("diagnosis.case_id"))
    block: Mapped[str] = mapped_column(sa.String(40))
    item: Mapped[str] = mapped_column(sa.String(40))
    text: Mapped[str] = mapped_column(sa.Text)
    factor: Mapped[str | None] = mapped_column(sa.String(40))
    score: Mapped[int]
    document: Mapped[str] = mapped_column(sa.Text, default="")
    remark: Mapped[str] = mapped_column(sa.Text, default="")


class Expertise(Base):
    """A round of expertise within the case that called it; `criteria` are frozen with it."""

    __tablename__ = "expertise"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "round"),
        sa.CheckConstraint("result is null or result in ('recommend','revise','reject')", name="result"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    round: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(40))
    version: Mapped[str] = mapped_column(sa.String(40))
    criteria: Mapped[list] = mapped_column(Json)
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"))
    edition: Mapped[int | None]
    spread: Mapped[int | None] = mapped_column(comment="percent of the most between the highest and the lowest card")
    mean: Mapped[int | None] = mapped_column(comment="percent of the most")
    result: Mapped[str | None] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    organiser_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    concluded_at: Mapped[datetime | None] = mapped_column(Moment)


class ExpertCard(Base):
    """An expert asked in a round, and his card once it is filled. `row` is the number that the task carries."""

    __tablename__ = "expert_card"
    __table_args__ = (
        sa.UniqueConstraint("expertise_id", "row"),
        sa.CheckConstraint("verdict is null or verdict in ('recommend','revise','reject')", name="verdict"),
        sa.CheckConstraint("(verdict is null) = (filled_at is null)", name="filled"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    expertise_id: Mapped[int] = mapped_column(sa.ForeignKey("expertise.id"))
    row: Mapped[int]
    position_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    days: Mapped[int] = mapped_column(default=7)
    total: Mapped[int | None] = mapped_column(comment="percent of the most, with the weights of the criteria")
    verdict: Mapped[str | None] = mapped_column(sa.String(10))
    comment: Mapped[str] = mapped_column(sa.Text, default="")
    filled_at: Mapped[datetime | None] = mapped_column(Moment)


class ExpertScore(Base):
    """Points of a card by criterion."""

    __tablename__ = "expert_score"
    __table_args__ = (sa.CheckConstraint("score >= 0 and score <= most", name="score"),)

    card_id: Mapped[int] = mapped_column(sa.ForeignKey("expert_card.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    score: Mapped[int]
    most: Mapped[int]
    remark: Mapped[str] = mapped_column(sa.Text, default="")
