"""Exam results by school and procedure, and the files they came from. Nothing of a pupil is kept."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, BigId, Json, Moment


class ImportFile(Base):
    """A file that was read: its fingerprint and report, not its content. `superseded_by` names the corrected version."""

    __tablename__ = "import_file"
    __table_args__ = (sa.UniqueConstraint("region", "sha256"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(40))
    name: Mapped[str] = mapped_column(sa.String(255))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    kind: Mapped[str] = mapped_column(sa.String(40))
    scope: Mapped[str] = mapped_column(
        sa.String(400), default="", comment="what a corrected file must share: occasions, municipality"
    )
    rows: Mapped[int]
    accepted: Mapped[int]
    report: Mapped[dict] = mapped_column(Json)
    loaded_at: Mapped[datetime] = mapped_column(Moment)
    loaded_by: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"))
    superseded_by: Mapped[int | None] = mapped_column(sa.ForeignKey("import_file.id"))


class AssessmentOccasion(Base):
    """A procedure in a school year: held, not held, moved to another grade or season."""

    __tablename__ = "assessment_occasion"
    __table_args__ = (
        sa.UniqueConstraint("region", "procedure", "school_year"),
        sa.CheckConstraint("held in ('yes','no','moved')", name="held"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(40))
    procedure: Mapped[str] = mapped_column(sa.String(20))
    school_year: Mapped[int]
    held: Mapped[str] = mapped_column(sa.String(10), default="yes")
    actual_grade: Mapped[int | None]
    day: Mapped[date | None] = mapped_column(sa.Date)
    reason: Mapped[str] = mapped_column(sa.String(500), default="")


class Result(Base):
    """Participants of one procedure, part and wave in one school: n of them, `low` below the threshold.

    `part`: '' or, for ЕГЭ in mathematics, base / profile. `wave`: main, early, reserve, september, resit, autumn.
    `marks`: counts of 2, 3, 4, 5 where known. `rows`: rows of the sheet, as people see them («12», «12–40»).
    A corrected file leaves the earlier rows with `current` false.
    """

    __tablename__ = "result"
    __table_args__ = (
        sa.CheckConstraint("n >= 1", name="n"),
        sa.CheckConstraint("low >= 0 and low <= n", name="low"),
        sa.Index("ix_result_region_year", "region", "school_year", "current"),
        sa.Index("ix_result_school", "school_id", "school_year"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(40))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    procedure: Mapped[str] = mapped_column(sa.String(20))
    part: Mapped[str] = mapped_column(sa.String(10), default="")
    school_year: Mapped[int]
    wave: Mapped[str] = mapped_column(sa.String(12), default="main")
    n: Mapped[int]
    low: Mapped[int]
    marks: Mapped[dict | None] = mapped_column(Json)
    mean: Mapped[str | None] = mapped_column(sa.String(20))
    ambiguous: Mapped[bool] = mapped_column(default=False, comment="two whole numbers fit the printed percentage")
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("import_file.id"), index=True)
    sheet: Mapped[str] = mapped_column(sa.String(100))
    rows: Mapped[str] = mapped_column(sa.String(100))
    current: Mapped[bool] = mapped_column(default=True)

    file: Mapped[ImportFile] = relationship()


class BiasMark(Base):
    """A school in ФИС ОКО's list of signs of biased results."""

    __tablename__ = "bias_mark"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    school_year: Mapped[int]
    markers: Mapped[list] = mapped_column(Json)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("import_file.id"))
    current: Mapped[bool] = mapped_column(default=True)
