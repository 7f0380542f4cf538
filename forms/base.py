"""The form of a task: what it asks, what it refuses and in which words, what it hands on.

A form never queries. All it offers and shows comes in `context`:

    choices  {list name: {id: label} or pairs}   people, schools, rules…; also replaces a dictionary by its name
    rows     {field: [{"row": number, …}]}       prepared rows of a table
    files    {id: {"name", "size"}}              stored files the sender may attach
    facts    {name: value}                       what is known: shown, compared with, never taken from the sender
    dates    {"today", "year_start", "year_end", …}   ISO dates that bound others
    values   {field: value}                      prefilled; `sources` {field: text} says from where
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from wtforms import Field

from forms.choices import EVIDENCE, ChoiceField, ChoicesField, FilesField, ReferenceField, ReferencesField
from forms.fields import (
    Asked,
    DateField,
    IntegerField,
    LongText,
    MomentField,
    NumberField,
    TextField,
    TickField,
    UrlField,
    YesNoField,
    when_fact,
)
from forms.part import Part
from forms.rows import RowForm, RowsField
from forms.values import as_formdata, lower_first, plural

_PUPIL = re.compile(
    r"(?i:\b(?:учени[кцч]\w*|обучающ\w+|школьни[кц]\w*|выпускни[кц]\w*)\b)[^.!?\n]{0,40}?"
    r"\b[А-ЯЁ][а-яё]+\s+[А-ЯЁ](?:[а-яё]+\b|\.)"
)


@dataclass(frozen=True)
class Issue:
    """One line of the error summary: the id of the field to go to, and what is wrong where."""

    field: str
    text: str


class CaseForm(Part):
    """Base of all task forms. `key` is the form key of the diagrams; `routes` names what gateways read."""

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    lead: ClassVar[str] = ""
    submit_label: ClassVar[str] = "Отправить"
    routes: ClassVar[tuple[str, ...]] = ()
    stops: ClassVar[tuple[str, str] | None] = None  # (field, value): with this answer nothing else is asked

    def __init__(
        self,
        formdata: Any = None,
        data: Mapping[str, Any] | None = None,
        *,
        context: Mapping[str, Any] | None = None,
        prefix: str = "",
    ) -> None:
        """`formdata`: a sent form (multi-dict) or JSON answers; `data`: stored answers, over the prefilled values."""
        self.context: Mapping[str, Any] = context or {}
        self._lists: dict[int, tuple[Any, dict[str, tuple[Any, str]]]] = {}
        sent = None if formdata is None else as_formdata(formdata)
        super().__init__(sent, prefix=prefix, data={**self.context.get("values", {}), **(data or {})})

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.context.get("facts", {})

    def laid_out(self, source: Any) -> dict[str, tuple[Any, str]]:
        """A list of values, {code: label} or pairs, as code in text → (code, label); the same list only once."""
        if id(source) not in self._lists:
            pairs = source.items() if isinstance(source, Mapping) else source
            self._lists[id(source)] = source, {str(code): (code, str(label)) for code, label in pairs}
        return self._lists[id(source)][1]

    def stopped_by(self, field: Any) -> bool:
        """Whether the decision taken makes this field pointless."""
        if self.stops is None or field is self[self.stops[0]]:
            return False
        return self[self.stops[0]].data == self.stops[1]

    def routing(self) -> dict[str, Any]:
        """Values for the scope of the case: a field of that name, or `outcome` for `<form key>_outcome`."""
        own = f"{self.key}_outcome"
        return {name: self["outcome" if name == own else name].answer() for name in self.routes}

    def issues(self) -> list[Issue]:
        """All that is wrong, in the order of the page."""
        found: list[Issue] = []
        for field in self:
            if isinstance(field, RowsField):
                found += [Issue(place, _join(field.title, text)) for place, text in field.problems()]
            else:
                found += [Issue(field.id, _join(field.title, e)) for e in field.errors]
        return found

    def warnings(self) -> list[Issue]:
        """What does not stop the form but should be looked at: a pupil's name in a text."""
        texts = [(f, f.title) for f in self if isinstance(f, TextField)]
        for table in (f for f in self if isinstance(f, RowsField)):
            for number, entry in table.numbered():
                texts += [
                    (c, f"{table.title}, строка {number}, «{c.title}»") for c in entry.form if isinstance(c, TextField)
                ]
        advice = "похоже, назван обучающийся. Уберите имя: достаточно класса и числа"
        return [Issue(f.id, f"{title}: {advice}") for f, title in texts if f.data and _PUPIL.search(f.data)]


class RemarkRow(RowForm):
    place = TextField("Место", hint="раздел, пункт, строка")
    text = LongText("Замечание", required=True, missing="Напишите замечание")
    weight = ChoiceField("Вид", choices=(("must", "обязательное"), ("advice", "рекомендательное")))


_LEAD = "{} или верните с замечаниями: автор увидит их рядом со своим текстом."
_WORDS = {"sign": "Подпишите", "accept": "Примите"}


class DecisionForm(CaseForm):
    """«Форма решения»: go on, or return with remarks. A decision in favour carries remarks only as advice."""

    title = "Принять решение"
    lead = _LEAD.format("Утвердите")
    submit_label = "Отправить решение"
    outcome = ChoiceField("Решение", choices=(("approve", "утвердить"), ("return", "вернуть")), required=True)
    remarks = RowsField(
        RemarkRow,
        "Замечания",
        required_when=("outcome", "return"),
        most=50,
        missing="Напишите, что исправить",
        row_label="Замечание",
    )

    def __init_subclass__(cls, **kw: Any) -> None:
        """The lead says what may be done here in the word of the decision, unless the form has more to say."""
        super().__init_subclass__(**kw)
        own = vars(cls)
        if "outcome" in own and "lead" not in own:
            cls.lead = _LEAD.format(_WORDS.get(own["outcome"].kwargs["choices"][0][0], "Утвердите"))

    def __iter__(self) -> Iterator[Field]:
        """The decision first, though a form that words it anew declares it after the remarks."""
        return iter(sorted(super().__iter__(), key=lambda field: field.short_name != "outcome"))


def signing(word: str = "подписать") -> ChoiceField:
    """The decision of who signs."""
    return ChoiceField("Решение", choices=(("sign", word), ("return", "вернуть")), required=True)


def accepting() -> ChoiceField:
    """The decision of who accepts."""
    return ChoiceField("Решение", choices=(("accept", "принять"), ("return", "вернуть")), required=True)


def no_pupils(*files: str) -> TickField:
    """The compulsory statement under attached files."""
    return TickField(
        "Файлы не содержат персональных данных обучающихся",
        required_when=lambda form: any(form[name].data for name in files),
        missing="Проверьте файлы и подтвердите, что в них нет персональных данных обучающихся",
    )


def _join(title: str, text: str) -> str:
    """«Позиции, строка 2…» or «Мотивировка: напишите…»."""
    return f"{title}, {text}" if text.startswith("строка ") else f"{title}: {lower_first(text)}"


__all__ = [
    "EVIDENCE",
    "Asked",
    "CaseForm",
    "ChoiceField",
    "ChoicesField",
    "DateField",
    "DecisionForm",
    "FilesField",
    "IntegerField",
    "Issue",
    "LongText",
    "MomentField",
    "NumberField",
    "ReferenceField",
    "ReferencesField",
    "RemarkRow",
    "RowForm",
    "RowsField",
    "TextField",
    "TickField",
    "UrlField",
    "YesNoField",
    "accepting",
    "no_pupils",
    "plural",
    "signing",
    "when_fact",
]
