"""Accompaniment of schools, the log of contacts, visits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import Json, Moment

revision = "0050"
down_revision = "0060"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IN_FORCE = sa.text("state = 'appointed'")


def upgrade() -> None:
    _mentorship()
    _contacts()
    _visits()


def _mentorship() -> None:
    op.create_table(
        "mentorship",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("proposed_position_id", sa.BigInteger(), sa.ForeignKey("position.id"), nullable=False),
        sa.Column("position_id", sa.BigInteger(), sa.ForeignKey("position.id")),
        sa.Column("home_id", sa.BigInteger(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), sa.ForeignKey("position.id")),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("checks", Json(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("override", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("act_id", sa.BigInteger(), sa.ForeignKey("case.id")),
        sa.Column("order_text", sa.String(500), nullable=False),
        sa.Column("appointed_on", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("end_reason", sa.Text()),
        sa.Column("alert", sa.String(500)),
        sa.Column("created_at", Moment(), nullable=False),
        sa.CheckConstraint("kind in ('curator','tutor')", name="kind"),
        sa.CheckConstraint(
            "state in ('proposed','unfit','declined','agreed','refused','appointed','ended')", name="state"
        ),
        sa.CheckConstraint("starts_on <= ends_on", name="term"),
        sa.CheckConstraint("state not in ('appointed','ended') or position_id is not null", name="appointed"),
        sa.UniqueConstraint("case_id", "number"),
    )
    op.create_index(
        "uq_mentorship_in_force",
        "mentorship",
        ["case_id"],
        unique=True,
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )
    op.create_index("ix_mentorship_person", "mentorship", ["person_id", "state"])
    for column in ("school_id", "home_id", "act_id"):
        op.create_index(f"ix_mentorship_{column}", "mentorship", [column])


def _contacts() -> None:
    op.create_table(
        "contact_log",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("form", sa.String(10), nullable=False),
        sa.Column("whom", sa.String(255), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer()),
        sa.Column("position_id", sa.BigInteger(), sa.ForeignKey("position.id")),
        sa.Column("at", Moment(), nullable=False),
        sa.CheckConstraint("form in ('call','meeting','mail','video')", name="form"),
        sa.CheckConstraint("minutes is null or minutes between 1 and 600", name="minutes"),
    )
    op.create_index("ix_contact_log_case", "contact_log", ["case_id", "day"])
    op.create_index("ix_contact_log_school_id", "contact_log", ["school_id"])


def _visits() -> None:
    op.create_table(
        "visit",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), primary_key=True, autoincrement=False),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("mentoring_id", sa.BigInteger(), sa.ForeignKey("case.id")),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("batch", sa.String(40)),
        sa.Column("planned_at", Moment(), nullable=False),
        sa.Column("form", sa.String(10), nullable=False),
        sa.Column("aim", sa.Text(), nullable=False),
        sa.Column("looks", Json(), nullable=False),
        sa.Column("lessons", Json(), nullable=False),
        sa.Column("confirmed", sa.String(10)),
        sa.Column("asked_at", Moment(), comment="the day that the school asks for"),
        sa.Column("asked_reason", sa.Text()),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("moved_reason", sa.Text()),
        sa.Column("held_on", sa.Date()),
        sa.Column("report", Json()),
        sa.Column("signed_at", Moment()),
        sa.Column("ack", sa.String(10)),
        sa.Column("ack_text", sa.Text()),
        sa.Column("answer_text", sa.Text()),
        sa.CheckConstraint("kind in ('curator','tutor','method_service','trip')", name="kind"),
        sa.CheckConstraint("confirmed is null or confirmed in ('ok','other','silent')", name="confirmed"),
        sa.CheckConstraint("ack is null or ack in ('ack','remarks','silent')", name="ack"),
        sa.CheckConstraint("held_on is null or report is not null", name="held"),
    )
    op.create_index("ix_visit_school", "visit", ["school_id", "planned_at"])
    op.create_index("ix_visit_mentoring", "visit", ["mentoring_id"])
    op.create_index("ix_visit_batch", "visit", ["batch"])
