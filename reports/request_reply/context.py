"""Context of an answer to a request: what was asked, what is answered, who prepared it."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Paper


class Context(Paper):
    """`kind_of`: «консультация», «замечание с открытой страницы». `decision`: «принято частично», empty where none is due."""

    kind_word: str = "Ответ на обращение"
    addressee: str = ""
    kind_of: str
    topic: str
    filed: Date
    text: str
    decision: str = ""
    answer: str = Field(min_length=1)
    link: str = ""
    executor: str = ""
