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


class SchoolLink(Base):
    """`school` continues `predecessor` from a date: merge, split, branch, rename."""

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
