"""Forms of a school's objection."""

from __future__ import annotations

from typing import Any

from forms.base import (
    CaseForm,
    ChoiceField,
    DecisionForm,
    FilesField,
    IntegerField,
    LongText,
    RowForm,
    RowsField,
    TextField,
    YesNoField,
    no_pupils,
    signing,
    when_fact,
)

_DECIDED = ("accept", "partly", "reject")


class PositionRow(RowForm):
    procedure = ChoiceField("Процедура", dictionary="procedure", required=True)
    year = IntegerField("Учебный год", least=2000, most=2100, required=True, hint="год начала: 2025 для 2025/26")
    n = IntegerField("Участников по данным школы", least=1, required=True)
    low = IntegerField("Из них не справились", least=0, required=True)
    source = TextField("Источник", required=True, missing="Назовите источник", hint="протокол, ведомость, приказ")

    def check(self) -> None:
        if self.n.data is not None and self.low.data is not None and self.low.data > self.n.data:
            self.fail("low", f"Не может быть больше числа участников, {self.n.data}")


class ObjectionSubmit(CaseForm):
    key = "objection_submit"
    title = "Подать возражение"
    lead = "Рядом с вашими числами рассмотрят те, что учтены в расчёте. Ответ придёт с мотивировкой."
    submit_label = "Подать возражение"
    subject = ChoiceField(
        "Предмет",
        choices=(
            ("participants", "число участников"),
            ("marks", "отметки или баллы"),
            ("resits", "учтены пересдачи"),
            ("other_graduates", "учтены выпускники прошлых лет или ГВЭ"),
            ("not_held", "процедура не проводилась"),
            ("reorganisation", "реорганизация"),
            ("code", "ошибка кода школы"),
            ("other", "иное"),
        ),
        required=True,
    )
    positions = RowsField(PositionRow, "Позиции", required=True, most=20, unique=("procedure", "year"))
    grounds = LongText("Обоснование", required=True, missing="Напишите, с чем школа не согласна и почему")
    request = ChoiceField(
        "Просим",
        choices=(
            ("exclude", "исключить из перечня"),
            ("correct", "исправить данные"),
            ("include", "включить в перечень"),
        ),
        required=True,
    )
    files = FilesField("Подтверждающие документы", required=True)
    no_pupil_data = no_pupils("files")
    late_reason = LongText(
        "Почему возражение подано после срока",
        required=True,
        only_when=when_fact("late"),
        missing="Срок прошёл: назовите причину пропуска",
    )

    def answers(self) -> dict[str, Any]:
        """With what the calculation used beside each position: `facts.system` {"<procedure>:<year>": {"n", "low"}}."""
        found = super().answers()
        used = self.facts.get("system", {})
        for position in found["positions"]:
            position["system"] = used.get(f"{position['procedure']}:{position['year']}")
        return found


class ObjectionOpinion(CaseForm):
    key = "objection_opinion"
    title = "Дать заключение по возражению"
    lead = "Заключение увидят оператор и школа. Без ответа в срок возражение рассмотрят без него."
    submit_label = "Отправить заключение"
    opinion = ChoiceField(
        "Мнение",
        choices=(("support", "поддерживаем"), ("against", "не поддерживаем"), ("partly", "поддерживаем частично")),
        required=True,
    )
    text = LongText("Заключение", required=True, missing="Объясните мнение")


class CheckedRow(RowForm):
    position = TextField("Позиция")
    confirmed = YesNoField("Подтверждено")
    evidence = TextField("Чем", missing="Назовите источник")


class ObjectionReview(CaseForm):
    key = "objection_review"
    title = "Рассмотреть возражение"
    lead = "Мотивировку прочитает школа: назовите, что подтвердилось и чем."
    submit_label = "Записать решение"
    routes = ("decision",)
    checks = RowsField(CheckedRow, "Сверка", closed=True, locked=("position",))
    decision = ChoiceField(
        "Решение",
        choices=(
            ("accept", "удовлетворить"),
            ("partly", "удовлетворить частично"),
            ("reject", "отклонить"),
            ("need_data", "запросить данные"),
            ("need_expert", "уточнить с экспертом"),
        ),
        required=True,
    )
    motive = LongText("Мотивировка", required=True, shortest=50, missing="Напишите мотивировку")
    verdict = ChoiceField(
        "Новый вывод", dictionary="verdict", required=True, only_when=("decision", ("accept", "partly"))
    )

    def check(self) -> None:
        """Positions must be compared before a decision, not before a question."""
        for entry in self.checks.filled if self.decision.data in _DECIDED else ():
            row = entry.form
            if row.confirmed.empty() and not row.confirmed.errors:
                row.fail("confirmed", row.confirmed.missing)
            if row.evidence.empty():
                row.fail("evidence", row.evidence.missing)


class ObjectionSupplement(CaseForm):
    key = "objection_supplement"
    title = "Дополнить возражение"
    lead = "Вопрос оператора показан ниже. Без ответа в срок решение примут по тому, что есть."
    submit_label = "Отправить ответ"
    answer_text = LongText("Ответ", required=True, missing="Ответьте на вопрос")
    files = FilesField("Документы")
    no_pupil_data = no_pupils("files")


class ObjectionSign(DecisionForm):
    key = "objection_sign"
    title = "Подписать решение по возражению"
    lead = "После подписи решение уйдёт школе, а вывод, если он изменён, – в перечень."
    routes = ("objection_sign_outcome",)
    outcome = signing()


FORMS = {
    form.key: form for form in (ObjectionSubmit, ObjectionOpinion, ObjectionReview, ObjectionSupplement, ObjectionSign)
}
