"""Reorganisations of schools with their codes in time, readers of documents, files that arrive in parts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import Json, Moment

revision = "0080"
down_revision = "0020"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("school_name", sa.Column("basis", sa.String(500), nullable=False, server_default=""))
    op.add_column("school_link", sa.Column("with_results", sa.Boolean(), nullable=False, server_default=sa.true()))
    _schools()
    _readers()
    _transfers()


def _schools() -> None:
    op.create_table(
        "school_identity",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("region", sa.String(40), nullable=False),
        sa.Column("system", sa.String(10), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("since", sa.Date()),
        sa.Column("until", sa.Date()),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id")),
        sa.CheckConstraint("system in ('oo','fis_oko','egrul')", name="system"),
    )
    op.create_index("ix_school_identity_code", "school_identity", ["region", "system", "code"])
    op.create_index("ix_school_identity_school_id", "school_identity", ["school_id"])
    op.create_table(
        "reorganisation",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), primary_key=True, autoincrement=False),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("schools", Json(), nullable=False),
        sa.Column("successor_id", sa.BigInteger(), sa.ForeignKey("school.id")),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("act", sa.String(500), nullable=False),
        sa.Column("document_id", sa.BigInteger(), sa.ForeignKey("document.id")),
        sa.Column("data", Json(), nullable=False),
        sa.Column("merge_results", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False, comment="cases handed over, joined or closed by it"),
        sa.Column("applied_at", Moment()),
        sa.CheckConstraint("kind in ('rename','merge','split','branch','close','founder','kind')", name="kind"),
    )
    op.create_index("ix_reorganisation_school_id", "reorganisation", ["school_id"])
    op.create_table(
        "reorganised_case",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("reorganisation_id", sa.BigInteger(), sa.ForeignKey("reorganisation.case_id"), nullable=False),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("fate", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(5000), nullable=False),
        sa.Column("keep_curator", sa.Boolean(), nullable=False),
        sa.Column("pause_until", sa.Date()),
        sa.Column("done_at", Moment()),
        sa.CheckConstraint("fate in ('transfer','merge','close')", name="fate"),
        sa.UniqueConstraint("reorganisation_id", "case_id"),
    )
    op.create_index("ix_reorganised_case_case_id", "reorganised_case", ["case_id"])
    op.create_table(
        "registry_difference",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("region", sa.String(40), nullable=False),
        sa.Column("school_id", sa.BigInteger(), sa.ForeignKey("school.id"), nullable=False),
        sa.Column("kind", sa.String(14), nullable=False),
        sa.Column("before", sa.String(1024), nullable=False),
        sa.Column("after", sa.String(1024), nullable=False),
        sa.Column("file", sa.String(255), nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id")),
        sa.Column("settled_at", Moment()),
        sa.CheckConstraint("kind in ('missing','renamed','recoded','kind','founder','municipality')", name="kind"),
    )
    op.create_index("ix_registry_difference_open", "registry_difference", ["region", "settled_at"])
    op.create_index("ix_registry_difference_school_id", "registry_difference", ["school_id"])


def _readers() -> None:
    op.create_table(
        "acquaintance",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("document_id", sa.BigInteger(), sa.ForeignKey("document.id"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("role", sa.String(40)),
        sa.Column("position_id", sa.BigInteger(), sa.ForeignKey("position.id")),
        sa.Column("signature_id", sa.BigInteger(), sa.ForeignKey("signature.id")),
    )
    op.create_index("ix_acquaintance_document_id", "acquaintance", ["document_id"])


def _transfers() -> None:
    op.create_table(
        "transfer",
        sa.Column("id", sa.String(43), primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case.id"), nullable=False),
        sa.Column("task_id", sa.String(32), nullable=False),
        sa.Column("field", sa.String(120), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), comment="as told by the sender"),
        sa.Column("person_id", sa.BigInteger(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), sa.ForeignKey("stored_file.id")),
        sa.CheckConstraint("received between 0 and size", name="received"),
    )
    op.create_index("ix_transfer_task_id", "transfer", ["task_id"])
    op.create_index("ix_transfer_changed_at", "transfer", ["changed_at"])
