"""Uploaded files: kept once by content, attached to a case."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, BigId, Moment


class StoredFile(Base):
    """A file of a case. The bytes stand in the files directory under their SHA-256."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"), index=True)
    task_id: Mapped[str | None] = mapped_column(sa.String(32), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    uploaded_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    uploaded_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment, comment="null: attached to a form that was not sent")
    document_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("document.id"), index=True, comment="the document that it is an annex of"
    )


class Transfer(Base):
    """A file on its way, in parts that arrive in order; what came stands in the directory of parts under `id`.

    `received` is what is certainly on the disk. `file_id` is the file that it became.
    """

    __tablename__ = "transfer"
    __table_args__ = (
        sa.CheckConstraint("received between 0 and size", name="received"),
        sa.Index("ix_transfer_changed_at", "changed_at"),
    )

    id: Mapped[str] = mapped_column(sa.String(43), primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"))
    task_id: Mapped[str] = mapped_column(sa.String(32), index=True)
    field: Mapped[str] = mapped_column(sa.String(120))
    name: Mapped[str] = mapped_column(sa.String(255))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    received: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    sha256: Mapped[str | None] = mapped_column(sa.String(64), comment="as told by the sender")
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
