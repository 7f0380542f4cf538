"""Schools: what the registry says of them, and their codes, names and links in time."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, BigId, Json, Moment
from app.people.models import Organisation


class School(Base):
    """A school is an organisation of kind `school`; this row adds what only schools have.

    `kind`: full (СОШ), basic (ООШ), primary (НОШ). `code` of the organisation is the regional «Код ОО».
    """

    __tablename__ = "school"
    __table_args__ = (
        sa.CheckConstraint("kind in ('full','basic','primary')", name="kind"),
        sa.CheckConstraint("founder in ('municipal','state','private')", name="founder"),
        sa.UniqueConstraint("region", "code"),
        sa.UniqueConstraint("region", "fisoko_login"),
    )

    id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(40))
    code: Mapped[str] = mapped_column(sa.String(20))
    fisoko_login: Mapped[str | None] = mapped_column(sa.String(20))
    kind: Mapped[str] = mapped_column(sa.String(10))
    founder: Mapped[str] = mapped_column(sa.String(10), default="municipal")
    municipality_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)

    organisation: Mapped[Organisation] = relationship(foreign_keys=[id])
    municipality: Mapped[Organisation | None] = relationship(foreign_keys=[municipality_id])


class SchoolName(Base):
    """A name that a school bore, from the day it was first seen."""

    __tablename__ = "school_name"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(1024))
    short_name: Mapped[str] = mapped_column(sa.String(255))
    since: Mapped[date] = mapped_column(sa.Date)
    basis: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")


class SchoolLink(Base):
    """`school` continues `predecessor` from a date: merge, split, branch, rename.

    `with_results`: the predecessor's results count as the successor's own until it has its own.
    """

    __tablename__ = "school_link"
    __table_args__ = (
        sa.CheckConstraint("kind in ('merge','split','branch','rename')", name="kind"),
        sa.UniqueConstraint("school_id", "predecessor_id", "since"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    predecessor_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    since: Mapped[date] = mapped_column(sa.Date)
    with_results: Mapped[bool] = mapped_column(default=True, server_default=sa.true())


class SchoolIdentity(Base):
    """A code of a school in an outside system, in its days; the codes in force stand in `School` as well.

    `system`: oo («Код ОО»), fis_oko (login), egrul (ОГРН). Unknown beginning: null.
    """

    __tablename__ = "school_identity"
    __table_args__ = (
        sa.CheckConstraint("system in ('oo','fis_oko','egrul')", name="system"),
        sa.Index("ix_school_identity_code", "region", "system", "code"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    region: Mapped[str] = mapped_column(sa.String(40))
    system: Mapped[str] = mapped_column(sa.String(10))
    code: Mapped[str] = mapped_column(sa.String(40))
    since: Mapped[date | None] = mapped_column(sa.Date)
    until: Mapped[date | None] = mapped_column(sa.Date)
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"))


class Reorganisation(Base):
    """What a founder's act does to schools; one row a case. `data` is the registration as it was answered.

    `school_id` is the school the case is about, `schools` all that are reorganised by it. `successor_id` is known at
    once, or from the day on which a new school is made.
    """

    __tablename__ = "reorganisation"
    __table_args__ = (
        sa.CheckConstraint("kind in ('rename','merge','split','branch','close','founder','kind')", name="kind"),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), primary_key=True, autoincrement=False)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    schools: Mapped[list] = mapped_column(Json)
    successor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    act: Mapped[str] = mapped_column(sa.String(500))
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"))
    data: Mapped[dict] = mapped_column(Json)
    merge_results: Mapped[bool] = mapped_column(default=True)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    moved: Mapped[int] = mapped_column(default=0, comment="cases handed over, joined or closed by it")
    applied_at: Mapped[datetime | None] = mapped_column(Moment)


class ReorganisedCase(Base):
    """What becomes of one open case of a reorganised school."""

    __tablename__ = "reorganised_case"
    __table_args__ = (
        sa.CheckConstraint("fate in ('transfer','merge','close')", name="fate"),
        sa.UniqueConstraint("reorganisation_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reorganisation_id: Mapped[int] = mapped_column(sa.ForeignKey("reorganisation.case_id"))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    fate: Mapped[str] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.String(5000))
    keep_curator: Mapped[bool] = mapped_column(default=True)
    pause_until: Mapped[date | None] = mapped_column(sa.Date)
    done_at: Mapped[datetime | None] = mapped_column(Moment)


class RegistryDifference(Base):
    """What an import of the registry found and no reorganisation explains yet.

    `kind`: missing, renamed, recoded, kind, founder, municipality. `case_id` is the reorganisation registered for it.
    """

    __tablename__ = "registry_difference"
    __table_args__ = (
        sa.CheckConstraint("kind in ('missing','renamed','recoded','kind','founder','municipality')", name="kind"),
        sa.Index("ix_registry_difference_open", "region", "settled_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(40))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(14))
    before: Mapped[str] = mapped_column(sa.String(1024), default="")
    after: Mapped[str] = mapped_column(sa.String(1024), default="")
    file: Mapped[str] = mapped_column(sa.String(255), default="")
    found_at: Mapped[datetime] = mapped_column(Moment)
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"))
    settled_at: Mapped[datetime | None] = mapped_column(Moment)


class SocialPassport(Base):
    """Yearly context values of a school (versions by case), with the index computed by the profile's weights."""

    __tablename__ = "social_passport"
    __table_args__ = (sa.Index("ix_social_passport_school_year", "school_id", "school_year"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    school_year: Mapped[int]
    values: Mapped[dict] = mapped_column(Json)
    index: Mapped[str | None] = mapped_column(sa.String(20), comment="decimal as text, three digits")
    signs: Mapped[list | None] = mapped_column(Json)
    weights_version: Mapped[str | None] = mapped_column(sa.String(40))
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"))
    accepted_at: Mapped[datetime | None] = mapped_column(Moment)
    superseded_by: Mapped[int | None] = mapped_column(sa.ForeignKey("social_passport.id"))
