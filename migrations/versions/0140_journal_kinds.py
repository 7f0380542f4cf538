"""The journal's records of a kind, newest first, in place of an index by moment that nothing asked."""

from __future__ import annotations

from alembic import op

revision = "0140"
down_revision = "0130"


def upgrade() -> None:
    op.drop_index("ix_event_at", "event")
    op.create_index("ix_event_kind", "event", ["kind", "seq"])
