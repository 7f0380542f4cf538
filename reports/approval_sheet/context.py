"""Context of an approval sheet (OM, «лист согласования»): visas of the final edition, remarks of all rounds."""

from __future__ import annotations

from datetime import date as Date
from typing import Literal

from pydantic import Field, model_validator

from reports.base import Mark, Model, Paper, Sha256

CONCLUSIONS = {
    "agreed": "согласовано",
    "agreed_with_remarks": "согласовано с замечаниями",
    "refused": "не согласовано",
}
ANSWERS = {
    "accepted": "Учтено",
    "partly": "Учтено частично",
    "declined": "Отклонено",
    "planned": "Принято к исполнению",
}


class Visa(Model):
    """A row of the sheet. Without a conclusion the approver has not answered yet: the cells stay empty.

    `scope` names the part that was asked for («приложение № 2»), empty for the whole document.
    """

    position: str
    name: str
    scope: str = ""
    conclusion: Literal["agreed", "agreed_with_remarks", "refused"] | None = None
    remark_numbers: tuple[int, ...] = ()
    mark: Mark | None = None

    @model_validator(mode="after")
    def _signed(self) -> Visa:
        if self.mark and self.conclusion is None:
            raise ValueError("a signed visa needs its conclusion")
        return self

    @property
    def conclusion_word(self) -> str:
        return CONCLUSIONS[self.conclusion] if self.conclusion else ""


class Remark(Model):
    """A remark with the drafter's answer; it keeps the edition it was made to."""

    n: int = Field(ge=1)
    author: str
    behalf_of: str = ""
    at: Date
    edition: int = Field(ge=1)
    place: str = ""
    required: bool = True
    text: str
    answer_kind: Literal["accepted", "partly", "declined", "planned"] | None = None
    answer: str = ""
    answered_at: Date | None = None

    @property
    def answer_word(self) -> str:
        return ANSWERS[self.answer_kind] if self.answer_kind else ""


class FallenVisa(Model):
    """A visa under an earlier edition that lost its force when the text it was given for changed."""

    name: str
    behalf_of: str = ""
    edition: int = Field(ge=1)
    conclusion: Literal["agreed", "agreed_with_remarks", "refused"]
    at: Date
    reason: str

    @property
    def conclusion_word(self) -> str:
        return CONCLUSIONS[self.conclusion]


class Edition(Model):
    number: int = Field(ge=1)
    date: Date
    fingerprint: Sha256


class Context(Paper):
    """`subject`: «проекта распоряжения Министерства …», `doc.title`: the draft's own title, `signers`: the drafter.

    `dissent` tells how refusals that remained were settled (особое мнение).
    """

    kind_word: str = "Лист согласования"
    subject: str
    sheet_edition: Edition
    visas: tuple[Visa, ...] = Field(min_length=1)
    remarks: tuple[Remark, ...] = ()
    fallen: tuple[FallenVisa, ...] = ()
    dissent: str = ""

    @model_validator(mode="after")
    def _remarks_exist(self) -> Context:
        known = {remark.n for remark in self.remarks}
        for visa in self.visas:
            if unknown := set(visa.remark_numbers) - known:
                raise ValueError(f"the visa of {visa.name} names remarks that are not listed: {sorted(unknown)}")
        return self
