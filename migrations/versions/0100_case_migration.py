"""Cases moved to a newer version of their diagram."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import Json, Moment

revision = "0100"
down_revision = "0095"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "case_migration",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("run", sa.String(12), nullable=False),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("from_hash", sa.String(64), nullable=False),
        sa.Column("to_hash", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(7), nullable=False),
        sa.Column("before", Json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the case when it had been moved"),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("undone_at", Moment()),
    )
    op.create_index("ix_case_migration_run", "case_migration", ["run"])
    op.create_index("ix_case_migration_case_id", "case_migration", ["case_id"])
