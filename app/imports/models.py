"""What a person has chosen to load and has not written yet. Nothing of a pupil is here: a reading, not a file."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, BigId, Json, Moment


class ImportDraft(Base):
    """One load of several files by one person, from the choice of files to the writing.

    `state`: reading, checked, recorded. While files are read `reader` names the reading process and `beat_at` is its
    last sign of life: a silent one was killed. `version` grows with every check, so what is written is what was shown.
    `summary`: {"schools": n} after a check.
    """

    __tablename__ = "import_draft"
    __table_args__ = (sa.CheckConstraint("state in ('reading','checked','recorded')", name="state"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(40))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(sa.String(10), default="reading")
    version: Mapped[int] = mapped_column(default=1)
    reader: Mapped[str | None] = mapped_column(sa.String(40))
    beat_at: Mapped[datetime] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    recorded_at: Mapped[datetime | None] = mapped_column(Moment)
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"))
    summary: Mapped[dict] = mapped_column(Json, default=dict)

    files: Mapped[list[ImportDraftFile]] = relationship(
        order_by="ImportDraftFile.id", cascade="all, delete-orphan", passive_deletes=True, back_populates="draft"
    )


class ImportDraftFile(Base):
    """A file of a draft. `state`: waiting, reading, read, refused (see `fatal`), lost (its reading was cut off).

    `reading`: the packed reading, removed when it is written. `report`: its fate as the check sees it, or as it became.
    `copy`: the table with marked cells and without columns of people; absent when there is nothing to mark.
    """

    __tablename__ = "import_draft_file"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    draft_id: Mapped[int] = mapped_column(sa.ForeignKey("import_draft.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[str] = mapped_column(sa.String(10), default="waiting")
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    fatal: Mapped[str] = mapped_column(sa.String(2000), default="")
    reading: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    copy: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    report: Mapped[dict | None] = mapped_column(Json)
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("import_file.id"))

    draft: Mapped[ImportDraft] = relationship(back_populates="files")
