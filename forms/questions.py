"""Questions of an instrument as fields: what a questionnaire's data says becomes a form.

A question is a mapping: `code`, `type`, `text`; further by type `options` [[code, label], …], `least`, `most`, `hint`,
`required`, `columns` (questions of a table's row). The instrument's own numbers and points are no affair of the form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from forms.base import ChoiceField, ChoicesField, IntegerField, LongText, NumberField, RowForm, RowsField, YesNoField

Question = Mapping[str, Any]
LONGEST_TEXT = 1000
NAME = "q_"


def field_name(code: str) -> str:
    """The name of a question's field; a prefix keeps it apart from what a form has of its own."""
    return f"{NAME}{code}"


def fields_of(questions: Iterable[Question]) -> list[tuple[str, Any]]:
    """(name, unbound field) in the order of the questions."""
    return [(field_name(question["code"]), field_of(question)) for question in questions]


def field_of(question: Question) -> Any:
    """The unbound field of a question; KeyError for a type that does not exist."""
    return _MAKERS[question["type"]](question, {"required": bool(question.get("required"))})


def _one(question: Question, common: dict[str, Any]) -> Any:
    return ChoiceField(
        question["text"], choices=_pairs(question), hint=question.get("hint", ""), missing="Выберите ответ", **common
    )


def _several(question: Question, common: dict[str, Any]) -> Any:
    given = {"choices": _pairs(question), "alone": question.get("alone", ""), "most": question.get("most", 0)}
    return ChoicesField(question["text"], hint=question.get("hint", ""), **given, **common)


def _number(question: Question, common: dict[str, Any]) -> Any:
    kind = NumberField if question["type"] == "number" else IntegerField
    bounds = {"least": question.get("least", 0), "most": question.get("most")}
    return kind(question["text"], hint=question.get("hint", ""), **bounds, **common)


def _percent(question: Question, common: dict[str, Any]) -> Any:
    return NumberField(question["text"], least=0, most=100, hint=question.get("hint", ""), **common)


def _text(question: Question, common: dict[str, Any]) -> Any:
    return LongText(question["text"], longest=LONGEST_TEXT, hint=question.get("hint", ""), **common)


def _yes_no(question: Question, common: dict[str, Any]) -> Any:
    return YesNoField(question["text"], hint=question.get("hint", ""), **common)


def _table(question: Question, common: dict[str, Any]) -> Any:
    row = type("AnswerRow", (RowForm,), {column["code"]: field_of(column) for column in question["columns"]})
    most = question.get("most") or 100
    return RowsField(row, question["text"], hint=question.get("hint", ""), most=most, **common)


def _pairs(question: Question) -> tuple[tuple[str, str], ...]:
    return tuple((str(code), str(label)) for code, label, *_ in question["options"])


_MAKERS = {
    "one": _one,
    "scale": _one,
    "several": _several,
    "integer": _number,
    "number": _number,
    "percent": _percent,
    "text": _text,
    "yes_no": _yes_no,
    "table": _table,
}
TYPES = frozenset(_MAKERS)
