"""Organisations, people, their positions in time, substitutions, sessions."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, BigId, Json, Moment
from app.people import names


class Organisation(Base):
    """A node of the region's tree: region → municipality → school; ministry, operator, centre and partners under the region.

    `kind`: region, ministry, operator, centre, municipality, method_service, school, partner. A municipality stands for
    its education authority. `region` repeats the region's code on every row: rights and lists are cut by it.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        sa.CheckConstraint(
            "kind in ('region','ministry','operator','centre','municipality','method_service','school','partner')",
            name="kind",
        ),
        sa.CheckConstraint("valid_to is null or valid_to >= valid_from", name="validity"),
        sa.UniqueConstraint("region", "kind", "code"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(20))
    code: Mapped[str] = mapped_column(sa.String(60))
    name: Mapped[str] = mapped_column(sa.String(1024))
    short_name: Mapped[str] = mapped_column(sa.String(255))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    valid_from: Mapped[date] = mapped_column(sa.Date, default=date(2000, 1, 1))
    valid_to: Mapped[date | None] = mapped_column(sa.Date)

    parent: Mapped[Organisation | None] = relationship(remote_side=[id])


class Person(Base):
    """Who may sign in. Only what a function needs is kept: name, work mail."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    login: Mapped[str] = mapped_column(sa.String(80), unique=True)
    family_name: Mapped[str] = mapped_column(sa.String(100))
    given_name: Mapped[str] = mapped_column(sa.String(100))
    patronymic: Mapped[str] = mapped_column(sa.String(100), default="")
    email: Mapped[str | None] = mapped_column(sa.String(255))
    password_hash: Mapped[str | None] = mapped_column(sa.String(255))
    password_expires_at: Mapped[datetime | None] = mapped_column(Moment, comment="set: one-time, to be changed at once")
    blocked_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)

    positions: Mapped[list[Position]] = relationship(back_populates="person")

    @property
    def listed_name(self) -> str:
        """«Кречетова Н. В.», as in lists and texts."""
        return names.listed(self.family_name, self.given_name, self.patronymic)

    @property
    def signed_name(self) -> str:
        """«Н. В. Кречетова», as in a signature."""
        return " ".join([*self._initials(), self.family_name])

    @property
    def full_name(self) -> str:
        return " ".join(p for p in (self.family_name, self.given_name, self.patronymic) if p)

    @property
    def replaced_name(self) -> str:
        """«Кречетову Н. В.»: the listed name in the accusative, after «за» and «вместо»."""
        woman = names.is_woman(self.given_name, self.patronymic)
        return " ".join([names.accusative(self.family_name, woman=woman), *self._initials()])

    def _initials(self) -> list[str]:
        return names.initials(self.given_name, self.patronymic)


IN_PROFILE = sa.text("code IS NOT NULL")


class Position(Base):
    """A role held in an organisation from a date to a date, on a basis."""

    __tablename__ = "position"
    __table_args__ = (
        sa.CheckConstraint("valid_to is null or valid_to >= valid_from", name="validity"),
        sa.Index("ix_position_org_role", "organisation_id", "role"),
        sa.Index("ix_position_code", "code", sqlite_where=IN_PROFILE, postgresql_where=IN_PROFILE),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    role: Mapped[str] = mapped_column(sa.String(40))
    head: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(sa.String(500))
    code: Mapped[str | None] = mapped_column(sa.String(60), comment="place in the profile's approval sheets")
    valid_from: Mapped[date] = mapped_column(sa.Date)
    valid_to: Mapped[date | None] = mapped_column(sa.Date)
    basis: Mapped[str] = mapped_column(sa.String(500), default="")

    person: Mapped[Person] = relationship(back_populates="positions")
    organisation: Mapped[Organisation] = relationship()


class Substitution(Base):
    """`substitute` acts for the holder of `position` from a date to a date on a basis; chains are allowed, cycles refused."""

    __tablename__ = "substitution"
    __table_args__ = (
        sa.CheckConstraint("valid_to is null or valid_to >= valid_from", name="validity"),
        sa.CheckConstraint("length(basis) > 0", name="basis"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    position_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"), index=True)
    substitute_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    valid_from: Mapped[date] = mapped_column(sa.Date)
    valid_to: Mapped[date | None] = mapped_column(sa.Date)
    acting: Mapped[bool] = mapped_column(default=False, comment="и. о.: full duties, not one absence")
    basis: Mapped[str] = mapped_column(sa.String(500))
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    position: Mapped[Position] = relationship()
    substitute: Mapped[Person] = relationship(foreign_keys=[substitute_id])


class Assignment(Base):
    """A position is assigned to an organisation from a date to a date: a curator or tutor to a school, a mentor to his.

    It is what «закреплённые школы» are read from; `case_id` is the case whose order made it, if any.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        sa.CheckConstraint("valid_to is null or valid_to >= valid_from", name="validity"),
        sa.UniqueConstraint("position_id", "organisation_id", "valid_from"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    position_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"))
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    valid_from: Mapped[date] = mapped_column(sa.Date)
    valid_to: Mapped[date | None] = mapped_column(sa.Date)
    basis: Mapped[str] = mapped_column(sa.String(500), default="")
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("case.id"))

    position: Mapped[Position] = relationship()
    organisation: Mapped[Organisation] = relationship()


class SignIn(Base):
    """A session. The cookie holds a random 256-bit value, the row its SHA-256."""

    __tablename__ = "sign_in"

    id: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    position_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    substitution_id: Mapped[int | None] = mapped_column(sa.ForeignKey("substitution.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    idle_seconds: Mapped[int] = mapped_column(default=1800)
    address: Mapped[str] = mapped_column(sa.String(64), default="")
    agent: Mapped[str] = mapped_column(sa.String(255), default="")
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class SignInAttempt(Base):
    """Failures of signing in, for throttling shared by all workers. Names of unknown accounts are kept only as a digest."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (sa.Index("ix_sign_in_attempt_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(80))
    at: Mapped[datetime] = mapped_column(Moment)


class ApiToken(Base):
    """A bearer token of the REST interface; only its SHA-256 is kept. It acts in one position, the first when null."""

    __tablename__ = "api_token"

    id: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    position_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class Preference(Base):
    """A person's settings of the interface: theme, size of letters."""

    __tablename__ = "preference"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    values: Mapped[dict] = mapped_column(Json)
