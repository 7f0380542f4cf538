"""Instruments as versioned data: questionnaires, the check-list, the guide of self-assessment.

The files beside this module are the newest versions. A survey keeps the version it began with in the database, found
by the hash of its content, so a changed or removed file changes no answer that was given before.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

import orjson
import sqlalchemy as sa
from pydantic import Field, model_validator
from sqlalchemy.orm import Session

from app.diagnostics.models import InstrumentVersion
from app.errors import NotFound
from app.regions.criteria import Data

DIRECTORY = Path(__file__).parent / "instruments"
CHOSEN = ("one", "scale", "several")
MEASURED = ("integer", "number", "percent")
Type = Literal["one", "scale", "several", "integer", "number", "percent", "text", "yes_no", "table"]


class Option(Data):
    """An answer to choose; `points` 0 no risk … 100 risk, None when it says nothing of it."""

    code: str
    label: str
    points: int | None = Field(None, ge=0, le=100)


class Question(Data):
    """A question; a measured one has its points between `floor` (0) and `ceiling` (100)."""

    code: str
    type: Type
    text: str
    hint: str = ""
    options: tuple[Option, ...] = ()
    alone: str = ""
    required: bool = False
    least: int | None = None
    most: int | None = None
    floor: float | None = None
    ceiling: float | None = None
    factor: str | None = None
    weight: int = Field(1, ge=1)
    columns: tuple[Question, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.type in CHOSEN) != bool(self.options):
            raise ValueError(f"{self.code}: options belong to questions with a choice, and to all of them")
        scored = any(option.points is not None for option in self.options) or self.floor is not None
        if self.factor and not scored:
            raise ValueError(f"{self.code}: a factor needs points")
        return self

    def points(self, answer: Any) -> float | None:
        """Points of an answer, None when it says nothing of the factor."""
        if self.type in CHOSEN:
            return next((o.points for o in self.options if o.code == answer), None)
        if self.type in MEASURED and self.floor is not None and self.ceiling is not None:
            share = (float(answer) - self.floor) / (self.ceiling - self.floor)
            return min(max(share, 0.0), 1.0) * 100
        return None

    def asked(self) -> dict[str, Any]:
        """The question as `forms.questions` takes it."""
        given = {name: getattr(self, name) for name in ("code", "type", "text", "hint", "required", "alone")}
        bounds = {name: getattr(self, name) for name in ("least", "most") if getattr(self, name) is not None}
        options = [[option.code, option.label] for option in self.options]
        return {**given, **bounds, "options": options, "columns": [column.asked() for column in self.columns]}


class Section(Data):
    title: str
    questions: tuple[Question, ...]


class Item(Data):
    """A position of the check-list."""

    code: str
    text: str
    factor: str | None = None


class Block(Data):
    code: str
    title: str
    items: tuple[Item, ...]


class Instrument(Data):
    """`mode`: `anonymous` by a link, `staff` after signing in, `named` one sheet of the school itself."""

    code: str
    version: str
    title: str
    audience: str
    audience_title: str
    mode: Literal["anonymous", "staff", "named"]
    enough_percent: int = Field(ge=1, le=100)
    least_answers: int | None = Field(None, ge=1)
    children: bool = False
    check: bool = False
    lead: str
    promise: str = ""
    skipping: str = ""
    thanks: str = ""
    sections: tuple[Section, ...] = ()
    blocks: tuple[Block, ...] = ()
    guides: Mapping[str, str] = Field(default_factory=dict)
    hash: str = ""

    @property
    def questions(self) -> Iterator[Question]:
        return (question for section in self.sections for question in section.questions)

    @property
    def items(self) -> Iterator[tuple[Block, Item]]:
        return ((block, item) for block in self.blocks for item in block.items)

    @model_validator(mode="after")
    def _codes_differ(self) -> Self:
        codes = [q.code for q in self.questions] + [i.code for _, i in self.items]
        doubled = sorted({code for code in codes if codes.count(code) > 1})
        if doubled:
            raise ValueError(f"codes stand twice: {', '.join(doubled)}")
        return self


def read(data: Mapping[str, Any]) -> Instrument:
    """An instrument from its data; scales named by questions are laid into them. ValueError for what does not fit."""
    scales = data.get("scales", {})
    plain = {key: value for key, value in data.items() if key not in ("scales", "hash")}
    plain["sections"] = [
        {**section, "questions": [_question(question, scales) for question in section["questions"]]}
        for section in data.get("sections", [])
    ]
    digest = hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Instrument.model_validate({**plain, "hash": digest})


def _question(question: Mapping[str, Any], scales: Mapping[str, Any]) -> dict[str, Any]:
    known = {key: value for key, value in question.items() if key != "scale"}
    pairs = scales[question["scale"]]["options"] if "scale" in question else question.get("options", [])
    if pairs:
        known["options"] = [_option(option) for option in pairs]
    return known


def _option(option: Any) -> Any:
    return option if isinstance(option, Mapping) else dict(zip(("code", "label", "points"), option, strict=False))


@cache
def newest(code: str) -> Instrument:
    """The newest version of an instrument; NotFound when there is no such file."""
    path = DIRECTORY / f"{code}.toml"
    if not path.is_file():
        raise NotFound(f"Анкеты «{code}» нет.")
    return read(tomllib.loads(path.read_text("utf-8")))


@cache
def codes() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in DIRECTORY.glob("*.toml")))


def publish(session: Session, instrument: Instrument, now: Any) -> str:
    """Keep this version, once; returns its hash."""
    if session.get(InstrumentVersion, instrument.hash) is None:
        facts = {"hash": instrument.hash, "code": instrument.code, "version": instrument.version}
        data = instrument.model_dump(mode="json", exclude={"hash"})
        session.add(InstrumentVersion(**facts, data=data, published_at=now))
        session.flush()
    return instrument.hash


_DATA = sa.select(InstrumentVersion.data).where(InstrumentVersion.hash == sa.bindparam("hash"))
_kept: dict[str, Instrument] = {}


def kept(session: Session, digest: str) -> Instrument:
    """The version a survey began with, as it was then: what a hash names never changes, it is read once a process."""
    if digest not in _kept:
        row = session.execute(_DATA, {"hash": digest}).scalar_one()
        _kept[digest] = Instrument.model_validate({**row, "hash": digest})
    return _kept[digest]
