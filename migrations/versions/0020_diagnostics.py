"""Surveys, diagnoses of schools, expertises."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import Json, Moment

revision = "0020"
down_revision = "0070"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    create_surveys()
    create_diagnoses()
    create_expertises()


def create_surveys() -> None:
    op.create_table(
        "instrument_version",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("code", sa.String(60), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("data", Json(), nullable=False),
        sa.Column("published_at", Moment(), nullable=False),
        sa.UniqueConstraint("code", "version", "hash"),
    )
    op.create_table(
        "survey",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(40), nullable=False),
        sa.Column("instrument", sa.String(64), sa.ForeignKey("instrument_version.hash"), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("groups", Json(), nullable=False),
        sa.Column("ways", Json(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("opens_at", Moment()),
        sa.Column("closes_at", Moment()),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False, comment="accepted as it is"),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("masked", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("expected >= 0 and repeats >= 0 and masked >= 0", name="counts"),
        sa.CheckConstraint("mode in ('anonymous','staff','named')", name="mode"),
        sa.UniqueConstraint("code"),
    )
    op.create_index("ix_survey_school", "survey", ["school_id", "school_year"])
    op.create_table(
        "survey_response",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("survey_id", sa.BigInteger(), sa.ForeignKey("survey.case_id"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.Column("answers", Json(), nullable=False),
        sa.CheckConstraint("way in ('link','staff','paper','form')", name="way"),
    )
    op.create_index("ix_survey_response_survey_id", "survey_response", ["survey_id"])
    op.create_table(
        "survey_participant",
        sa.Column("survey_id", sa.BigInteger(), sa.ForeignKey("survey.case_id"), primary_key=True),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), primary_key=True),
    )


def create_diagnoses() -> None:
    op.create_table(
        "diagnosis",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("light", sa.Boolean(), nullable=False),
        sa.Column("copied_from", sa.BigInteger(), sa.ForeignKey("diagnosis.case_id")),
        sa.Column("catalogue", sa.String(40), nullable=False),
        sa.Column("formula", sa.String(40), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("passport_id", sa.BigInteger(), sa.ForeignKey("social_passport.id")),
        sa.Column("substitute", sa.Boolean(), nullable=False, comment="the method service stands in for the curator"),
        sa.Column("rounds", sa.Integer(), nullable=False, comment="how often the school sent remarks"),
        sa.Column("computed_at", Moment()),
        sa.Column("school_opinion", sa.Text(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column(
            "basis", sa.Text(), nullable=False, comment="what the road map rests on when no factor is significant"
        ),
        sa.Column("approved_at", Moment()),
    )
    op.create_index("ix_diagnosis_school", "diagnosis", ["school_id", "school_year"])
    op.create_table(
        "factor_score",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("diagnosis_id", sa.BigInteger(), sa.ForeignKey("diagnosis.case_id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("factor", sa.String(40), nullable=False),
        sa.Column("score", sa.Integer()),
        sa.Column("level", sa.String(10)),
        sa.Column("parts", Json(), nullable=False),
        sa.Column("flags", Json(), nullable=False),
        sa.Column("as_of", sa.Date()),
        sa.Column("decided", sa.String(10)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), sa.ForeignKey("position.id")),
        sa.Column("decided_at", Moment()),
        sa.Column("in_work", sa.Boolean(), nullable=False),
        sa.CheckConstraint("decided is null or decided in ('high','medium','low')", name="decided"),
        sa.CheckConstraint("level is null or level in ('high','medium','low')", name="level"),
        sa.CheckConstraint("decided is null or decided = level or length(reason) > 0", name="reason"),
        sa.CheckConstraint("score is null or score between 0 and 100", name="score"),
        sa.UniqueConstraint("diagnosis_id", "factor"),
    )
    op.create_table(
        "factor_opinion",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("diagnosis_id", sa.BigInteger(), sa.ForeignKey("diagnosis.case_id"), nullable=False),
        sa.Column("factor", sa.String(40), nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", Json(), nullable=False),
        sa.Column("position_id", sa.BigInteger(), sa.ForeignKey("position.id")),
        sa.Column("at", Moment(), nullable=False),
        sa.CheckConstraint("score between 0 and 3", name="score"),
        sa.CheckConstraint("source in ('school','curator','expert')", name="source"),
    )
    op.create_index("ix_factor_opinion_diagnosis", "factor_opinion", ["diagnosis_id", "factor"])
    op.create_table(
        "checklist_mark",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("diagnosis_id", sa.BigInteger(), sa.ForeignKey("diagnosis.case_id"), nullable=False),
        sa.Column("block", sa.String(40), nullable=False),
        sa.Column("item", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("factor", sa.String(40)),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.CheckConstraint("score between 0 and 3", name="score"),
        sa.UniqueConstraint("diagnosis_id", "item"),
    )


def create_expertises() -> None:
    op.create_table(
        "expertise",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("criteria", Json(), nullable=False),
        sa.Column("document_id", sa.BigInteger(), sa.ForeignKey("document.id")),
        sa.Column("edition", sa.Integer()),
        sa.Column("spread", sa.Integer(), comment="percent of the most between the highest and the lowest card"),
        sa.Column("mean", sa.Integer(), comment="percent of the most"),
        sa.Column("result", sa.String(10)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("organiser_id", sa.BigInteger(), sa.ForeignKey("position.id")),
        sa.Column("concluded_at", Moment()),
        sa.CheckConstraint("result is null or result in ('recommend','revise','reject')", name="result"),
        sa.UniqueConstraint("case_id", "round"),
    )
    op.create_table(
        "expert_card",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("expertise_id", sa.BigInteger(), sa.ForeignKey("expertise.id"), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("position_id", sa.BigInteger(), sa.ForeignKey("position.id"), nullable=False),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), comment="percent of the most, with the weights of the criteria"),
        sa.Column("verdict", sa.String(10)),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("filled_at", Moment()),
        sa.CheckConstraint("(verdict is null) = (filled_at is null)", name="filled"),
        sa.CheckConstraint("verdict is null or verdict in ('recommend','revise','reject')", name="verdict"),
        sa.UniqueConstraint("expertise_id", "row"),
    )
    op.create_table(
        "expert_score",
        sa.Column("card_id", sa.BigInteger(), sa.ForeignKey("expert_card.id"), primary_key=True),
        sa.Column("criterion", sa.String(40), primary_key=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.CheckConstraint("score >= 0 and score <= most", name="score"),
    )
