"""Context of an assignment given by hand."""

from __future__ import annotations

from datetime import date as Date

from reports.base import Paper

CONTROL = {"none": "без контроля", "usual": "обычный контроль", "special": "особый контроль"}


class Context(Paper):
    """`executor`: name and post; `subject`: the organisation that the assignment is about."""

    kind_word: str = "Поручение"
    text: str
    basis: str
    executor: str
    others: tuple[str, ...] = ()
    subject: str = ""
    due_on: Date
    expected: str
    control: str = "none"

    @property
    def control_word(self) -> str:
        return CONTROL[self.control]
