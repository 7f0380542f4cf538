"""Rows of plans, help given, consents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import Json, Moment

revision = "0002"
down_revision = "0001"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "plan_row",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("dropped_in", sa.Integer()),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id")),
        sa.Column("section", sa.String(60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("direction", sa.String(40)),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("responsible_id", sa.BigInteger(), sa.ForeignKey("person.id")),
        sa.Column("expected", sa.Text(), nullable=False),
        sa.Column("data", Json(), nullable=False),
        sa.Column("result", sa.String(10)),
        sa.Column("done_on", sa.Date()),
        sa.Column("quality", sa.Integer()),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.CheckConstraint("result is null or result in ('done','partly','not_done')", name="result"),
        sa.CheckConstraint("quality is null or quality between 0 and 3", name="quality"),
        sa.CheckConstraint("starts_on <= due_on", name="term"),
        sa.UniqueConstraint("case_id", "number", "edition"),
    )
    op.create_index("ix_plan_row_school", "plan_row", ["school_id", "due_on"])
    op.create_table(
        "help_given",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), sa.ForeignKey("organisation.id")),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
    )
    op.create_index("ix_help_given_school", "help_given", ["school_id", "day"])
    op.create_index("ix_help_given_case_id", "help_given", ["case_id"])
    op.create_table(
        "consent",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("purpose", sa.String(60), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        sa.Column("withdrawn_at", Moment()),
    )
    op.create_index("ix_consent_person", "consent", ["person_id", "purpose"])
    op.create_index("ix_consent_case_id", "consent", ["case_id"])
