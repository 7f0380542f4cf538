"""Context of the minutes. A focus group names groups («педагоги», «родители»), never pupils or parents by name."""

from __future__ import annotations

from datetime import date as Date

from pydantic import Field

from reports.base import Model, Paper


class Participant(Model):
    name: str
    post: str = ""


class Decision(Model):
    """A decision; with a term and a responsible person it becomes an assignment."""

    text: str
    responsible: str = ""
    due: Date | None = None


class Question(Model):
    text: str
    heard: str = ""
    speakers: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = Field(min_length=1)


class Finding(Model):
    topic: str
    text: str


class Context(Paper):
    """`doc.title` continues the kind: «встречи с руководителями …»; `absent_note`: who was invited and did not come."""

    kind_word: str = "Протокол"
    chair: Participant
    secretary: Participant | None = None
    participants: tuple[Participant, ...] = ()
    groups: tuple[str, ...] = ()
    absent_note: str = ""
    questions: tuple[Question, ...] = Field(min_length=1)
    findings: tuple[Finding, ...] = ()
    files: tuple[str, ...] = ()
    year_word: str = "г."
