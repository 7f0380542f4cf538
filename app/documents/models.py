"""Documents: text in editions, numbers without gaps, approvals and signatures bound to what was shown, publication."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, BigId, Json, Moment

ISSUED = ("registered", "in_force")
"""States of a document that has left its issuer with a number."""


class Document(Base):
    """A document of a case. `code` is the random public code of the QR; the number comes at registration."""

    __tablename__ = "document"
    __table_args__ = (
        sa.CheckConstraint(
            "state in ('draft','approval','signed','registered','in_force','refused','withdrawn')", name="state"
        ),
        sa.UniqueConstraint("register_id", "serial"),
        sa.CheckConstraint("(register_id is null) = (serial is null)", name="number"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    region: Mapped[str] = mapped_column(sa.String(40), index=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("case.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    title: Mapped[str] = mapped_column(sa.String(1000))
    state: Mapped[str] = mapped_column(sa.String(12), default="draft")
    edition: Mapped[int] = mapped_column(default=0)
    register_id: Mapped[int | None] = mapped_column(sa.ForeignKey("register.id"))
    serial: Mapped[int | None]
    number: Mapped[str | None] = mapped_column(sa.String(60))
    day: Mapped[date | None] = mapped_column(sa.Date)
    effective_from: Mapped[date | None] = mapped_column(sa.Date)
    public: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Act(Base):
    """What only acts have: their level, how they stand to another act, until when they are in force.

    An act is in force on a day from `Document.effective_from` to `valid_to` and before `repealed_on`; `repealed_by_id` is
    the act that repeals or replaces it. `binding`: one of those every municipality must have (OR-22). `prolongs_to`: the
    new `valid_to` that this act gives to the one it amends.
    """

    __tablename__ = "act"
    __table_args__ = (
        sa.CheckConstraint("relation in ('new','amends','repeals')", name="relation"),
        sa.CheckConstraint("(relation = 'new') = (related_id is null)", name="related"),
    )

    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"), primary_key=True)
    level: Mapped[str] = mapped_column(sa.String(12))
    relation: Mapped[str] = mapped_column(sa.String(8), default="new")
    related_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"), index=True)
    binding: Mapped[bool] = mapped_column(default=False)
    prolongs_to: Mapped[date | None] = mapped_column(sa.Date)
    valid_to: Mapped[date | None] = mapped_column(sa.Date)
    repealed_on: Mapped[date | None] = mapped_column(sa.Date)
    repealed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"))


class Edition(Base):
    """One text of a document: the context it was made from, the frozen HTML, fingerprints of the whole and of its scopes."""

    __tablename__ = "edition"
    __table_args__ = (sa.UniqueConstraint("document_id", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"))
    number: Mapped[int]
    context: Mapped[dict] = mapped_column(Json)
    html: Mapped[str] = mapped_column(sa.Text)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    scopes: Mapped[dict] = mapped_column(Json, comment="scope → fingerprint")
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))


class Rendition(Base):
    """A PDF made of a document: kept with its hash, found by it at verification."""

    __tablename__ = "rendition"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"), index=True)
    purpose: Mapped[str] = mapped_column(sa.String(20), comment="signed, sheet, preview")
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    file_sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(Moment)


class Register(Base):
    """A register of one organisation, name and year; `last` is the last serial given. Its row lock makes numbers gap-free."""

    __tablename__ = "register"
    __table_args__ = (sa.UniqueConstraint("organisation_id", "name", "year"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(sa.String(40))
    year: Mapped[int]
    mask: Mapped[str] = mapped_column(sa.String(60))
    last: Mapped[int] = mapped_column(default=0)


class ApprovalRow(Base):
    """A row of an approval sheet: who must approve, at which stage, which part of the text."""

    __tablename__ = "approval_row"
    __table_args__ = (sa.UniqueConstraint("document_id", "row"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"))
    row: Mapped[int]
    stage: Mapped[int]
    position_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"))
    position_lines: Mapped[list] = mapped_column(Json)
    scope: Mapped[str] = mapped_column(sa.String(40), default="document")
    compulsory: Mapped[bool] = mapped_column(default=True)
    legal: Mapped[bool] = mapped_column(default=False)
    days: Mapped[int] = mapped_column(default=3)
    dissent: Mapped[bool] = mapped_column(default=False, comment="refusal carried to the head as особое мнение")


class Signature(Base):
    """A simple electronic signature of the system (ПЭП) or the record of a qualified or paper one.

    `shown_sha256`: fingerprint of exactly what was shown. `fallen_at`: the scope's text changed afterwards.
    `stamp`: the lines printed, with the position and «за … на основании …» as they were at that moment.
    """

    __tablename__ = "signature"
    __table_args__ = (
        sa.CheckConstraint("purpose in ('approval','sign','acquaint')", name="purpose"),
        sa.CheckConstraint(
            "purpose <> 'approval' or conclusion in ('agreed','agreed_with_remarks','refused')", name="conclusion"
        ),
        sa.Index("ix_signature_document", "document_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"))
    approval_row_id: Mapped[int | None] = mapped_column(sa.ForeignKey("approval_row.id"))
    purpose: Mapped[str] = mapped_column(sa.String(10))
    conclusion: Mapped[str | None] = mapped_column(sa.String(24))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    position_id: Mapped[int] = mapped_column(sa.ForeignKey("position.id"))
    behalf_of: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    basis: Mapped[str | None] = mapped_column(sa.String(500))
    method: Mapped[str] = mapped_column(sa.String(10), default="pep")
    sign_id: Mapped[str] = mapped_column(sa.String(20), unique=True)
    edition: Mapped[int]
    scope: Mapped[str] = mapped_column(sa.String(40), default="all")
    shown_sha256: Mapped[str] = mapped_column(sa.String(64))
    stamp: Mapped[dict] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(Moment)
    fallen_at: Mapped[datetime | None] = mapped_column(Moment)
    fallen_reason: Mapped[str | None] = mapped_column(sa.String(255))


class Acquaintance(Base):
    """Who is to mark a document as read: somebody of an organisation, of a role in it, or one position there.

    A document without such rows asks the organisation that its case is about.
    """

    __tablename__ = "acquaintance"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    role: Mapped[str | None] = mapped_column(sa.String(40))
    position_id: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    signature_id: Mapped[int | None] = mapped_column(sa.ForeignKey("signature.id"))


class Publication(Base):
    """A place where a document was published: address, day, fingerprint of the page or file as seen."""

    __tablename__ = "publication"
    __table_args__ = (sa.UniqueConstraint("document_id", "place"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"))
    place: Mapped[str] = mapped_column(sa.String(60))
    url: Mapped[str] = mapped_column(sa.String(1000))
    day: Mapped[date] = mapped_column(sa.Date)
    file_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    recorded_by: Mapped[int | None] = mapped_column(sa.ForeignKey("position.id"))
    recorded_at: Mapped[datetime] = mapped_column(Moment)
