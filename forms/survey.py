"""Forms of a survey: opening and closing its window, the sheet of answers, the check of what was collected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wtforms import Field

from forms import questions
from forms.base import (
    CaseForm,
    ChoiceField,
    ChoicesField,
    DateField,
    DecisionForm,
    IntegerField,
    LongText,
    RowForm,
    RowsField,
    TextField,
    TickField,
    accepting,
    when_fact,
)

ENOUGH_PERCENT = 70
WAYS = (
    ("link", "по ссылке или QR-коду"),
    ("class_room", "в компьютерном классе"),
    ("paper", "на бумаге, ответы вводит школа"),
)


class GroupRow(RowForm):
    group = TextField("Кто", required=True, missing="Напишите, от кого ждёте ответов", hint="классы, группа")
    expected = IntegerField("Сколько человек", least=1, most=5000, required=True)


class SurveyOpen(CaseForm):
    key = "survey_open"
    title = "Открыть анкетирование"
    lead = (
        "Имён и списков не нужно: только сколько человек вы приглашаете. По этому числу считают, достаточно ли ответов."
    )
    submit_label = "Открыть анкетирование"
    routes = ("window_to",)
    groups = RowsField(GroupRow, "От кого ждём ответов", required=True, most=30, unique=("group",), row_label="Группа")
    opens_on = DateField("Отвечать можно с", required=True, not_before="today", not_after="latest")
    window_to = DateField("Отвечать можно по", required=True, not_before="today", not_after="latest")
    ways = ChoicesField("Как будут отвечать", choices=WAYS, required=True)
    informed = TickField(
        "Родители предупреждены об анонимном анкетировании; дети, чьи родители против, не участвуют",
        only_when=when_fact("children"),
        required_when=when_fact("children"),
        missing="Подтвердите, что родители предупреждены: без этого детей не опрашивают",
    )

    def check(self) -> None:
        first, last = self.opens_on.data, self.window_to.data
        if first and last and last < first and not self.window_to.errors:
            self.fail("window_to", f"Окно кончается раньше, чем начинается. Поставьте дату не раньше {first:%d.%m.%Y}")


class AnswerSheet(CaseForm):
    """A sheet whose fields are the questions of the instrument that the context gives: `questions` [question, …]."""

    submit_label = "Отправить ответы"

    def __init__(
        self, formdata: Any = None, data: Mapping[str, Any] | None = None, *, context: Mapping[str, Any] | None = None
    ) -> None:
        asked = questions.fields_of((context or {}).get("questions", ()))
        self._unbound_fields = [*(getattr(type(self), "_unbound_fields", None) or _own(type(self))), *asked]
        super().__init__(formdata, data, context=context)

    def sheet(self) -> dict[str, Any]:
        """Answers by the code of the question, without those that were not given."""
        start = len(questions.NAME)
        found = {
            name[start:]: field.answer() for name, field in self._fields.items() if name.startswith(questions.NAME)
        }
        return {code: answer for code, answer in found.items() if answer not in (None, "", [])}


def _own(form: type[CaseForm]) -> list[tuple[str, Any]]:
    """Declared fields in their order; the form's class works them out when it is first called."""
    declared = [(name, getattr(form, name)) for name in form.names()]
    return sorted(declared, key=lambda pair: (pair[1].creation_counter, pair[0]))


class SurveyFill(AnswerSheet):
    key = "survey_fill"
    title = "Ответить на вопросы анкеты"
    lead = "Отвечает школа, а не отдельный сотрудник. Имена не нужны: только числа и описания."
    correct = TickField(
        "Сведения верны",
        required=True,
        missing="Подтвердите сведения: по ним считают рисковый профиль",
    )

    def __iter__(self) -> Iterator[Field]:
        """What is confirmed comes after the questions, which are not declared."""
        return iter(sorted(super().__iter__(), key=lambda field: field.short_name == "correct"))


class SurveyClose(CaseForm):
    key = "survey_close"
    title = "Закрыть анкетирование"
    lead = "Имена ответивших никому не видны. Группы, где меньше пяти ответов, в сводку не попадут."
    submit_label = "Закрыть анкетирование"
    reason = LongText(
        "Почему ответили не все",
        required_when=lambda form: form.facts.get("percent", 100) < ENOUGH_PERCENT,
        shortest=10,
        missing="Ответили меньше 70 % приглашённых. Напишите, почему",
        hint="нужно, если ответили меньше 70 % приглашённых",
    )
    correct = TickField("Сведения верны", required=True, missing="Подтвердите, что анкетирование прошло как описано")


class SurveyExtend(CaseForm):
    key = "survey_extend"
    title = "Продлить или принять как есть"
    lead = "Окно продлевают один раз. Факторы, по которым ответов мало, оценят куратор и эксперт."
    submit_label = "Записать решение"
    routes = ("survey_extend_outcome", "window_to")
    outcome = ChoiceField(
        "Решение", choices=(("extend", "продлить окно"), ("accept", "принять то, что есть")), required=True
    )
    window_to = DateField(
        "Продлить по", required=True, only_when=("outcome", "extend"), not_before="tomorrow", not_after="latest"
    )
    reason = LongText("Причина", required=True, missing="Напишите причину: её увидит школа")


class SurveyCheck(DecisionForm):
    key = "survey_check"
    title = "Проверить сведения"
    lead = "В замечании назовите номер вопроса и что не сходится: школа увидит это рядом с анкетой."
    routes = ("survey_check_outcome",)
    outcome = accepting()


FORMS = {form.key: form for form in (SurveyOpen, SurveyFill, SurveyClose, SurveyExtend, SurveyCheck)}
