"""What programs have sent already: a repeated request with the same key gets the first answer and does nothing twice."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, BigId, Json, Moment


class IdempotencyKey(Base):
    """A key of a position for one address; written in the transaction of what it guards.

    `request_sha256` is of the body, so a key used again for something else is noticed. `answer` is the body of the answer.
    """

    __tablename__ = "idempotency_key"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "position_id", "path", "key"),
        sa.Index("ix_idempotency_key_created", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    position_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"))
    path: Mapped[str] = mapped_column(sa.String(200))
    key: Mapped[str] = mapped_column(sa.String(200))
    request_sha256: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int]
    answer: Mapped[dict] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(Moment)
