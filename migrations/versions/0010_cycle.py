"""Annual evaluations of schools: the year, scores, procedures compared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import Json, Moment

revision = "0010"
down_revision = "0002"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "evaluation",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("region", sa.String(40), nullable=False),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("plan_rows", sa.Integer(), nullable=False, comment="rows of the road map due in the year"),
        sa.Column("plan_done", sa.Integer(), nullable=False, comment="of them accepted as done"),
        sa.Column("wish", sa.String(10)),
        sa.Column("wish_text", sa.Text(), nullable=False),
        sa.Column("curator_opinion", sa.String(10)),
        sa.Column("curator_text", sa.Text(), nullable=False),
        sa.Column("municipal_opinion", sa.String(10)),
        sa.Column("municipal_text", sa.Text(), nullable=False),
        sa.Column("resources_text", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), sa.ForeignKey("identification_run.id")),
        sa.Column("verdict", sa.String(20)),
        sa.Column("dynamics", sa.String(12)),
        sa.Column("rule", sa.String(12)),
        sa.Column("proposal", sa.String(10)),
        sa.Column("motive", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(10)),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("decided_at", Moment()),
        sa.Column("order_id", sa.BigInteger(), sa.ForeignKey("case.id")),
        sa.CheckConstraint(
            "dynamics is null or dynamics in ('positive','negative','none','insufficient')", name="dynamics"
        ),
        sa.CheckConstraint("rule is null or rule in ('exit','continue','watch','insufficient')", name="rule"),
        sa.CheckConstraint("proposal is null or proposal in ('exit','continue','strengthen')", name="proposal"),
        sa.CheckConstraint("decision is null or decision in ('exit','continue','strengthen')", name="decision"),
        sa.CheckConstraint("(decision is null) = (decided_at is null)", name="decided"),
        sa.CheckConstraint("decision is null or length(grounds) > 0", name="grounds"),
    )
    op.create_index("ix_evaluation_school", "evaluation", ["school_id", "school_year"])
    op.create_index("ix_evaluation_order_id", "evaluation", ["order_id"])
    _rows()


def _rows() -> None:
    op.create_table(
        "evaluation_score",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("evaluation.case_id"), nullable=False),
        sa.Column("criterion", sa.String(40), nullable=False),
        sa.Column("side", sa.String(10), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.UniqueConstraint("case_id", "criterion", "side"),
        sa.CheckConstraint("score between 0 and 3", name="score"),
        sa.CheckConstraint("side in ('school','curator')", name="side"),
    )
    op.create_table(
        "evaluation_result",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("evaluation.case_id"), nullable=False),
        sa.Column("procedure", sa.String(20), nullable=False),
        sa.Column("n_before", sa.Integer()),
        sa.Column("low_before", sa.Integer()),
        sa.Column("mean_before", sa.String(20)),
        sa.Column("n_after", sa.Integer()),
        sa.Column("low_after", sa.Integer()),
        sa.Column("mean_after", sa.String(20)),
        sa.Column("obstacle", sa.String(12)),
        sa.Column("small", sa.Boolean(), nullable=False),
        sa.Column("improved", sa.Boolean(), nullable=False),
        sa.Column("worsened", sa.Boolean(), nullable=False),
        sa.Column("expected", sa.Integer()),
        sa.Column("sources", Json(), nullable=False),
        sa.UniqueConstraint("case_id", "procedure"),
        sa.CheckConstraint("low_before is null or low_before between 0 and n_before", name="before"),
        sa.CheckConstraint("low_after is null or low_after between 0 and n_after", name="after"),
        sa.CheckConstraint("obstacle is not null or (n_before > 0 and n_after > 0)", name="comparable"),
        sa.CheckConstraint("not (improved and worsened)", name="direction"),
    )
