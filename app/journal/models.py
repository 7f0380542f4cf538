"""The journal: one append-only chain of everything that happened."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, BigId, Moment


class Event(Base):
    """A record of the journal. `body` is the exact text that was hashed: it is never re-serialised.

    hash = SHA-256(previous hash ‖ body). `body` holds seq, at, kind, case, actor, on behalf of and data as canonical JSON;
    the columns beside it are copies for search, which the verifier compares with the body.
    """

    __tablename__ = "event"
    __table_args__ = (
        sa.Index("ix_event_case", "case_id", "seq"),
        sa.Index("ix_event_person", "person_id", "seq"),
        sa.Index("ix_event_kind", "kind", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(sa.String(60))
    case_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    person_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    body: Mapped[str] = mapped_column(sa.Text)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))


class ChainHead(Base):
    """The single row with the chain's end; its lock serialises writers of the journal."""

    __tablename__ = "chain_head"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
