"""What only acts have: level, relation to other acts, term, repeal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0030"

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


def _acts_of_before() -> None:
    """Until now every act was one of the ministry, and new."""
    op.execute(
        sa.text(
            "insert into act (document_id, level, relation, binding) "
            "select document.id, 'region', 'new', :no from document "
            'join "case" on "case".id = document.case_id where "case".kind = \'act\''
        ).bindparams(no=False)
    )
