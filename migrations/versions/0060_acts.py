"""What only acts have: level, relation to other acts, term, repeal. Mentor pairs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0040"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    document = lambda: sa.ForeignKey("document.id")  # noqa: E731 - every column needs its own
    op.create_table(
        "act",
        sa.Column("document_id", BIG_ID, document(), primary_key=True),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("relation", sa.String(8), nullable=False),
        sa.Column("related_id", sa.BigInteger(), document()),
        sa.Column("binding", sa.Boolean(), nullable=False),
        sa.Column("prolongs_to", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("repealed_on", sa.Date()),
        sa.Column("repealed_by_id", sa.BigInteger(), document()),
        sa.CheckConstraint("relation in ('new','amends','repeals')", name="relation"),
        sa.CheckConstraint("(relation = 'new') = (related_id is null)", name="related"),
    )
    op.create_index("ix_act_related_id", "act", ["related_id"])
    _acts_of_before()
    _pairs()


def _acts_of_before() -> None:
    """Until now every act was one of the ministry, and new."""
    op.execute(
        sa.text(
            "insert into act (document_id, level, relation, binding) "
            "select document.id, 'region', 'new', :no from document "
            'join "case" on "case".id = document.case_id where "case".kind = \'act\''
        ).bindparams(no=False)
    )


def _pairs() -> None:
    """A pair with what it wants to reach and its meetings."""
    op.create_table(
        "mentor_pair",
        sa.Column("case_id", BIG_ID, sa.ForeignKey("case.id"), primary_key=True),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("mentor_id", sa.BigInteger(), sa.ForeignKey("position.id"), nullable=False),
        sa.Column("mentee_id", sa.BigInteger(), sa.ForeignKey("position.id"), nullable=False),
        sa.Column("form", sa.String(10), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("goal", "content", "work_form")),
        sa.Column("payment", sa.Text(), nullable=False, comment="in words, as it is printed"),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("stopping_id", sa.BigInteger(), sa.ForeignKey("position.id")),
        sa.Column("stop_side", sa.String(6)),
        sa.Column("stop_reason", sa.Text()),
        sa.Column("stop_on", sa.Date()),
        sa.Column("mark", sa.Integer()),
        sa.Column("result", sa.String(7)),
        sa.CheckConstraint("mentor_id <> mentee_id", name="two"),
        sa.CheckConstraint("starts_on < ends_on", name="term"),
        sa.CheckConstraint("stop_side is null or stop_side in ('mentor','mentee','school')", name="stop_side"),
        sa.CheckConstraint("result is null or result in ('done','stopped','dropped')", name="result"),
        sa.CheckConstraint("mark is null or mark between 1 and 5", name="mark"),
    )
    for column in ("school_id", "mentor_id", "mentee_id"):
        op.create_index(f"ix_mentor_pair_{column}", "mentor_pair", [column])
    op.create_table(
        "pair_indicator",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(255), nullable=False) for name in ("name", "base", "target", "reached")),
        sa.UniqueConstraint("case_id", "number"),
    )
    op.create_table(
        "pair_meeting",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("topic", sa.String(255), nullable=False),
        sa.Column("form", sa.String(12), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("held_on", sa.Date()),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("agreed", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("due_on is not null or held_on is not null", name="day"),
    )
    op.create_index("ix_pair_meeting_case", "pair_meeting", ["case_id", "due_on"])
