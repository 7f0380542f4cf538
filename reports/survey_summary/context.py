"""Context of a survey's summary. Counts below five never arrive here: they are None."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field, model_validator

from reports.base import Model, Paper

LEAST = 5


class Cell(Model):
    """An answer and how many gave it; None when it is hidden."""

    label: str
    count: int | None = Field(None, ge=0)


class Question(Model):
    """`points` 0…100, the more the stronger the risk; `texts` are free answers with names and phones hidden."""

    text: str
    answered: int | None = Field(None, ge=0)
    cells: tuple[Cell, ...] = ()
    mean: str = ""
    points: int | None = Field(None, ge=0, le=100)
    texts: tuple[str, ...] = ()


class Context(Paper):
    """`named`: one sheet of the school itself, nothing of it is hidden."""

    kind_word: str = "Сводка анкетирования"
    school_code: str
    school_name: str
    school_year: str
    questionnaire: str
    version: str
    audience: str
    opened: Date | None = None
    closed: Date | None = None
    invited: int = Field(ge=0)
    answered: int | None = Field(None, ge=0)
    named: bool = False
    note: str = ""
    remarks: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()

    @model_validator(mode="after")
    def _nobody_is_shown(self) -> Context:
        if self.named:
            return self
        small = [c for q in self.questions for c in q.cells if c.count is not None and 0 < c.count < LEAST]
        if small or (self.answered is not None and self.answered < LEAST):
            raise ValueError(f"counts below {LEAST} must not be printed")
        return self
