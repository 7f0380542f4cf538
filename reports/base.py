"""Requisites common to every document, as plain values.

A template sees nothing else: no database row, no clock, no region. What differs between regions — words, places of
requisites, order of points — arrives here as data. Requisites follow ГОСТ Р 7.0.97-2025.
"""

from __future__ import annotations

import math
from datetime import date as Date
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Lines = tuple[str, ...]
POST_SIGNS, NAME_SIGNS = 30, 17  # of 14 pt in 68 and 40 mm
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Model(BaseModel):
    """Frozen; an unknown field is an error, so that a misspelt name is not silently lost from a document."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Issuer(Model):
    """Who issues the document: `lines` of the name as they are broken on the sheet, the arms as monochrome SVG."""

    lines: Lines = Field(min_length=1)
    arms_svg: str | None = None
    arms_alt: str = ""

    @property
    def name(self) -> str:
        return " ".join(self.lines)


class Registration(Model):
    """Registration and origin of this document. A draft has no number and no date, and says «ПРОЕКТ»."""

    number: str | None = None
    date: Date | None = None
    place: str = ""
    title: str = Field(min_length=1)
    title_position: Literal["corner", "center"] = "corner"
    edition: int = Field(1, ge=1)
    edition_date: Date | None = None
    code: str | None = None
    verify_url: str | None = None
    case_code: str | None = None
    long_kept: bool = True
    draft: bool = False

    @model_validator(mode="after")
    def _registered_or_draft(self) -> Registration:
        if not self.draft and self.date is None:
            raise ValueError("a document that is not a draft needs its date")
        return self


class Journal(Model):
    """Head of the journal printed at the foot of every page: paper is the witness of the chain."""

    seq: int = Field(ge=1)
    hash: Sha256


class Certificate(Model):
    """A qualified certificate; `verified_at` is when its signature was checked: without a check there is no mark."""

    serial: str
    owner: str
    valid_from: Date
    valid_to: Date
    verified_at: AwareDatetime


class Mark(Model):
    """What stands where the handwriting would be.

    `pep` is a simple signature made in the system, `ukep` a qualified one (only with a checked certificate), `paper`
    leaves room for ink. `behalf_of` and `basis` print «за … на основании …»; `person` is who really signed.
    """

    kind: Literal["pep", "ukep", "paper"]
    person: str = ""
    position: str = ""
    at: AwareDatetime | None = None
    sign_id: str = ""
    fingerprint: str = ""
    behalf_of: str = ""
    basis: str = ""
    certificate: Certificate | None = None

    @model_validator(mode="after")
    def _has_its_parts(self) -> Mark:
        if self.kind == "pep" and not (self.person and self.at and self.sign_id):
            raise ValueError("a simple signature's mark needs person, at and sign_id")
        if self.kind == "ukep" and self.certificate is None:
            raise ValueError("a qualified signature's mark needs a checked certificate")
        if bool(self.behalf_of) != bool(self.basis):
            raise ValueError("signing for somebody needs both behalf_of and basis")
        return self


class Signer(Model):
    """A signature: `post` as lines, initials before the surname, and the mark once it exists."""

    post: Lines = Field(min_length=1)
    name: str
    mark: Mark | None = None

    @property
    def layout(self) -> str:
        """Classes of the row: `ink` has no mark beside the post; a wider name from 18 signs on, a wider post from five
        lines on (measured at 14 pt)."""
        ink = self.mark is None or self.mark.kind == "paper"
        lines = sum(math.ceil(len(line) / POST_SIGNS) for line in self.post)
        if len(self.name) > NAME_SIGNS:
            return "ink long-name" if ink else "long-name"
        if ink:
            return "ink"
        return "long-post" if lines > 4 else ""


class Drafter(Model):
    name: str
    position: str = ""
    phone: str = ""


class Paper(Model):
    """What every document has. A kind adds its own fields."""

    doc: Registration
    issuer: Issuer
    kind_word: str
    signers: tuple[Signer, ...] = ()
    drafter: Drafter | None = None
    restriction: Lines = ()
    journal: Journal | None = None

    @property
    def heading(self) -> str:
        """Title of the file: «Приказ от 26.09.2025 № 01-21/1437 «Об …»», «Протокол встречи … от 12.09.2025 № 4»."""
        title = self.doc.title
        continues = title[0].islower()
        parts = ["Проект:" if self.doc.draft else "", self.kind_word, title if continues else ""]
        if self.doc.date:
            parts.append(f"от {self.doc.date:%d.%m.%Y}")
        if self.doc.number:
            parts.append(f"№ {self.doc.number}")
        if not continues:
            parts.append(f"«{title}»")
        return " ".join(part for part in parts if part)


class Point(Model):
    """A point of an act. The number is text, not a counter: it is quoted in law and must survive copying."""

    text: str
    number: str = ""
    children: tuple[Point, ...] = ()


class Column(Model):
    """A column of a table: `width` in millimetres; without it the column takes the rest."""

    title: str
    width: float | None = Field(None, gt=0)
    align: Literal["text", "number", "term"] = "text"


class Table(Model):
    """Plain table; every row has as many cells as there are columns."""

    columns: tuple[Column, ...] = Field(min_length=1)
    rows: tuple[tuple[str, ...], ...] = ()
    caption: str = ""

    @model_validator(mode="after")
    def _rectangular(self) -> Table:
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} has {len(row)} cells instead of {len(self.columns)}")
        return self


def moment_of(doc: Registration) -> datetime:
    """The day that goes into the file's metadata: never the clock, or the bytes would differ each time."""
    day = doc.date or doc.edition_date or Date(2000, 1, 1)
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the zone is set by the writer
