"""Identification runs, verdicts with evidence, objections, clarifications, the signed list."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases import models as cases
from app.db import Base, BigId, Json, Moment
from app.documents import models as documents
from app.people import models as people
from app.schools import models as schools

NAMED_BY_KEYS = (cases, documents, people, schools)
"""Rooms whose tables the foreign keys below name: a run may be stored by a command that loads nothing else."""

STATUSES = "('listed','not_listed','watch','not_applicable','insufficient_data')"


class IdentificationRun(Base):
    """One computation for a region and school year: rule version, parameters, digest of the results it saw. Never changed."""

    __tablename__ = "identification_run"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(40), index=True)
    school_year: Mapped[int]
    rule: Mapped[str] = mapped_column(sa.String(60))
    parameters: Mapped[dict] = mapped_column(Json)
    inputs_sha256: Mapped[str] = mapped_column(sa.String(64))
    files: Mapped[list] = mapped_column(Json)
    counts: Mapped[dict] = mapped_column(Json)
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))


class Verdict(Base):
    """What a run says of one school. `status` is computed; `decided_status` stands beside it when a case changed it.

    `evidence`: list of low procedures {procedure, school_year, n, low, sources: [{file, sheet, rows}]}.
    `observations`: every result the rule looked at, [procedure, school_year, n, low, flags, [[file, sheet, rows]…]].
    """

    __tablename__ = "verdict"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "school_id"),
        sa.CheckConstraint(f"status in {STATUSES}", name="status"),
        sa.CheckConstraint(f"decided_status is null or decided_status in {STATUSES}", name="decided_status"),
        sa.CheckConstraint("(decided_status is null) = (decided_by_case is null)", name="decision_has_case"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("identification_run.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    status: Mapped[str] = mapped_column(sa.String(20))
    criteria: Mapped[list] = mapped_column(Json)
    evidence: Mapped[list] = mapped_column(Json)
    observations: Mapped[list] = mapped_column(Json, default=list)
    flags: Mapped[list] = mapped_column(Json)
    categories: Mapped[list] = mapped_column(Json)
    decided_status: Mapped[str | None] = mapped_column(sa.String(20))
    decided_reason: Mapped[str | None] = mapped_column(sa.Text)
    decided_by_case: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"))
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    note: Mapped[str | None] = mapped_column(sa.Text, comment="expert's remark on a small sample")

    run: Mapped[IdentificationRun] = relationship()

    @property
    def final_status(self) -> str:
        return self.decided_status or self.status


class DataQuestion(Base):
    """A doubt about the data that a person answers before the run is used."""

    __tablename__ = "data_question"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    problem: Mapped[str] = mapped_column(sa.String(40))
    text: Mapped[str] = mapped_column(sa.Text)
    decision: Mapped[str | None] = mapped_column(sa.String(40))
    reason: Mapped[str | None] = mapped_column(sa.Text)


class Objection(Base):
    """A school's disagreement with its verdict, filed in a case of its own."""

    __tablename__ = "objection"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    subject: Mapped[str] = mapped_column(sa.String(40))
    rows: Mapped[list] = mapped_column(Json)
    grounds: Mapped[str] = mapped_column(sa.Text)
    asks: Mapped[str] = mapped_column(sa.String(20))
    late: Mapped[bool] = mapped_column(default=False)
    filed_at: Mapped[datetime] = mapped_column(Moment)
    opinion: Mapped[str | None] = mapped_column(sa.String(20))
    opinion_text: Mapped[str | None] = mapped_column(sa.Text)
    decision: Mapped[str | None] = mapped_column(sa.String(20))
    motive: Mapped[str | None] = mapped_column(sa.Text)
    new_status: Mapped[str | None] = mapped_column(sa.String(20))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)


class SupportList(Base):
    """The list of a school year as signed: a frozen snapshot that no later run changes."""

    __tablename__ = "support_list"
    __table_args__ = (sa.UniqueConstraint("region", "school_year", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(40))
    school_year: Mapped[int]
    number: Mapped[int] = mapped_column(default=1)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("identification_run.id"))
    campaign_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"))
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    frozen_at: Mapped[datetime] = mapped_column(Moment)


class SupportListRow(Base):
    """A school of a signed list with its basis, as printed in the annex."""

    __tablename__ = "support_list_row"
    __table_args__ = (sa.UniqueConstraint("list_id", "school_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    list_id: Mapped[int] = mapped_column(sa.ForeignKey("support_list.id"))
    position: Mapped[int]
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    municipality: Mapped[str] = mapped_column(sa.String(255))
    school_code: Mapped[str] = mapped_column(sa.String(20))
    school_name: Mapped[str] = mapped_column(sa.String(1024))
    basis: Mapped[str] = mapped_column(sa.String(255))
    criteria: Mapped[list] = mapped_column(Json)
