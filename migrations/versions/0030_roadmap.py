"""Programmes of schools with their editions and stages, assignments, requests for resources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.db import Json, Moment

revision = "0030"
down_revision = "0010"

BIG = sa.BigInteger()
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _roadmaps()
    _assignments()
    _resources()


def _of_case(*, alone: bool = True) -> sa.Column:
    return sa.Column("case_id", BIG, sa.ForeignKey("case.id"), primary_key=alone, nullable=False)


def _refers(name: str, to: str, *, needed: bool = False) -> sa.Column:
    return sa.Column(name, BIG, sa.ForeignKey(to), nullable=not needed)


def _roadmaps() -> None:
    op.create_table(
        "roadmap",
        _of_case(),
        _refers("school_id", "school.id", needed=True),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("approved_edition", sa.Integer()),
        sa.Column("approved_at", Moment()),
        sa.Column("council", Json(), nullable=False),
        sa.Column("amendment", sa.Text()),
        sa.Column("url", sa.String(2000)),
        sa.Column("published_on", sa.Date()),
        sa.Column("finished_at", Moment()),
    )
    op.create_index("ix_roadmap_school", "roadmap", ["school_id", "school_year"])
    op.create_table(
        "roadmap_edition",
        _of_case(),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("data", Json(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        _refers("made_by", "position.id"),
    )
    op.create_table(
        "roadmap_stage",
        _of_case(),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("report", Json(), nullable=False),
        sa.Column("reported_at", Moment()),
        sa.Column("checked", Json(), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=False),
        _refers("checked_by", "position.id"),
        sa.Column("checked_at", Moment()),
        sa.Column("outcome", sa.String(10)),
    )


def _assignments() -> None:
    op.create_table(
        "assignment_card",
        _of_case(),
        _refers("school_id", "school.id"),
        _refers("plan_row_id", "plan_row.id"),
        sa.Column("origin", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("basis", sa.String(500), nullable=False),
        sa.Column("expected", sa.Text(), nullable=False),
        _refers("issuer_id", "position.id"),
        _refers("executor_id", "position.id"),
        sa.Column("others", Json(), nullable=False),
        sa.Column("control", sa.String(10), nullable=False),
        sa.Column("first_due", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("result", sa.String(10)),
        sa.Column("done_on", sa.Date()),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("data", Json(), nullable=False),
        sa.Column("quality", sa.Integer()),
        sa.Column("conclusion", sa.Text(), nullable=False),
        _refers("accepted_by", "position.id"),
        sa.Column("accepted_at", Moment()),
        sa.Column("early", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state in ('open','reported','accepted','dropped')", name="state"),
        sa.CheckConstraint("result is null or result in ('done','partly','not_done')", name="result"),
        sa.CheckConstraint("quality is null or quality between 0 and 3", name="quality"),
        sa.CheckConstraint("control in ('none','usual','special')", name="control"),
    )
    op.create_index("ix_assignment_card_plan_row_id", "assignment_card", ["plan_row_id"])
    op.create_index("ix_assignment_card_school", "assignment_card", ["school_id", "due_on"])


def _resources() -> None:
    op.create_table(
        "resource_request",
        _of_case(),
        _refers("school_id", "school.id", needed=True),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(10)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("partner", sa.String(255), nullable=False),
        sa.Column("programme", sa.String(255), nullable=False),
        sa.Column("funds", sa.String(10)),
        sa.Column("amount", sa.Float()),
        sa.Column("deliver_by", sa.Date()),
        sa.Column("delivered_on", sa.Date()),
        sa.Column("received", sa.String(10)),
        sa.Column("used", sa.Boolean()),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("early", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_resource_request_school", "resource_request", ["school_id"])
    op.create_table(
        "resource_item",
        sa.Column("id", BIG_ID, primary_key=True),
        _of_case(alone=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("what", sa.String(500), nullable=False),
        sa.Column("quantity", sa.Float(), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("price", sa.Float()),
        sa.Column("urgency", sa.String(20), nullable=False),
        sa.Column("factor", sa.String(60), nullable=False),
        _refers("plan_row_id", "plan_row.id"),
        sa.CheckConstraint("quantity > 0", name="quantity"),
    )
    op.create_index("ix_resource_item_case_id", "resource_item", ["case_id"])
