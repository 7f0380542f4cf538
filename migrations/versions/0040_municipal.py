"""Municipal programmes, work inside schools, requests, recommendations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import Json, Moment

revision = "0040"
down_revision = "0030"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "municipal_programme",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("municipality_id", sa.BigInteger(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(500), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("tasks", Json(), nullable=False),
        sa.Column("schools", Json(), nullable=False),
        sa.Column("risks", Json(), nullable=False),
        sa.Column("targets", Json(), nullable=False),
        sa.Column("proposals", Json(), nullable=False),
        sa.Column("recommended", sa.Boolean()),
        sa.Column("approved_at", Moment()),
        sa.Column("conclusion", sa.Text(), nullable=False),
        sa.Column("lessons", sa.Text(), nullable=False),
        sa.Column("closed_at", Moment()),
        sa.CheckConstraint("starts_on <= ends_on", name="term"),
    )
    op.create_index("ix_municipal_programme_municipality_id", "municipal_programme", ["municipality_id"])
    op.create_table(
        "school_work",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("factor", sa.String(60)),
        sa.Column("gap", sa.String(40)),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("responsible_id", sa.BigInteger(), sa.ForeignKey("position.id"), nullable=False),
        sa.Column("guests", sa.String(1000), nullable=False),
        sa.Column("steps", Json(), nullable=False),
        sa.Column("practice", sa.String(500), nullable=False),
        sa.Column("practice_url", sa.String(2000), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("approved_at", Moment()),
        sa.Column("next_on", sa.Date()),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer()),
        sa.Column("library", sa.Boolean()),
        sa.Column("adopted_where", sa.String(500), nullable=False),
        sa.Column("adopted_result", sa.Text(), nullable=False),
        sa.Column("closed_reason", sa.Text(), nullable=False),
        sa.Column("accepted_at", Moment()),
        sa.CheckConstraint("score is null or score between 0 and 3", name="score"),
    )
    op.create_index("ix_school_work_school", "school_work", ["school_id", "kind"])
    op.create_table(
        "work_member",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("position_id", sa.BigInteger(), sa.ForeignKey("position.id"), nullable=False),
        sa.UniqueConstraint("case_id", "position_id"),
    )
    op.create_index("ix_work_member_case_id", "work_member", ["case_id"])
    op.create_index("ix_work_member_position_id", "work_member", ["position_id"])
    op.create_table(
        "work_meeting",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("topic", sa.String(255), nullable=False),
        sa.Column("present", Json(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("lessons", Json(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), sa.ForeignKey("position.id")),
    )
    op.create_index("ix_work_meeting_case_id", "work_meeting", ["case_id"])
    op.create_table(
        "help_request",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("topic", sa.String(255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(40)),
        sa.Column("factor", sa.String(60)),
        sa.Column("form", sa.String(40)),
        sa.Column("slots", sa.String(255), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), sa.ForeignKey("case.id")),
        sa.Column("complaint", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), sa.ForeignKey("position.id")),
        sa.Column("public_name", sa.String(255)),
        sa.Column("public_email", sa.String(255)),
        sa.Column("public_code", sa.String(20)),
        sa.Column("office_id", sa.BigInteger(), sa.ForeignKey("organisation.id")),
        sa.Column("office_role", sa.String(40)),
        sa.Column("executor_id", sa.BigInteger(), sa.ForeignKey("position.id")),
        sa.Column("forwards", sa.Integer(), nullable=False),
        sa.Column("taken", sa.String(10)),
        sa.Column("slot_at", Moment()),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("supplement", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(10)),
        sa.Column("decided_reply", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("link", sa.String(2000), nullable=False),
        sa.Column("help_kind", sa.String(40)),
        sa.Column("minutes", sa.Integer()),
        sa.Column("score", sa.Integer()),
        sa.Column("rating", sa.Text(), nullable=False),
        sa.Column("filed_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment()),
        sa.CheckConstraint("(author_id is null) = (public_code is not null)", name="author"),
        sa.CheckConstraint("score is null or score between 1 and 5", name="score"),
        sa.UniqueConstraint("public_code"),
    )
    op.create_index("ix_help_request_author_id", "help_request", ["author_id"])
    op.create_index("ix_help_request_office_id", "help_request", ["office_id"])
    op.create_index("ix_help_request_plan_id", "help_request", ["plan_id"])
    op.create_table(
        "recommendation",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("position.id")),
        sa.Column("audience", sa.String(40), nullable=False),
        sa.Column("basis_kind", sa.String(20), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("direction", sa.String(40), nullable=False),
        sa.Column("action", sa.Boolean(), nullable=False),
        sa.Column("reply", sa.String(10)),
        sa.Column("how", sa.String(10)),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("insisted", sa.Text(), nullable=False),
        sa.Column("signed_at", Moment()),
        sa.Column("replied_at", Moment()),
        sa.Column("done_at", Moment()),
    )
    op.create_index("ix_recommendation_organisation_id", "recommendation", ["organisation_id"])
    op.create_table(
        "recommendation_row",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("result", sa.String(10)),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("files", Json(), nullable=False),
        sa.CheckConstraint("result is null or result in ('done','partly','not_done')", name="result"),
        sa.UniqueConstraint("case_id", "number"),
    )
