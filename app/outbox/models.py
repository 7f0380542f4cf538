"""The outbox: what is to be done after commit, written in the transaction of the move."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, BigId, Json, Moment


class Message(Base):
    """`key` makes a message unique and is what its receiver recognises a repetition by. Delivered at least once.

    `topic`: see `outbox.TOPICS`. A lease (`owner`, `lease_until`) belongs to one worker.
    """

    __tablename__ = "message"
    __table_args__ = (
        sa.Index("ix_message_due", "done_at", "due_at"),
        sa.Index("ix_message_case", "case_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(160), unique=True)
    topic: Mapped[str] = mapped_column(sa.String(20))
    case_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    payload: Mapped[dict] = mapped_column(Json)
    due_at: Mapped[datetime] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str | None] = mapped_column(sa.String(80))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    failed_at: Mapped[datetime | None] = mapped_column(Moment, comment="given up: an incident for a person")
    error: Mapped[str | None] = mapped_column(sa.Text)
