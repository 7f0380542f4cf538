"""Forms of the annual evaluation of a school.

The grid of criteria, what is known of the year and the rule's answer come in the context; facts: `rule` (exit, continue,
watch, insufficient), `roadmap_percent`.
"""

from __future__ import annotations

from forms.base import (
    CaseForm,
    ChoiceField,
    DecisionForm,
    FilesField,
    LongText,
    RowForm,
    RowsField,
    TextField,
    no_pupils,
    signing,
)

SCORES = (("0", "0 – нет"), ("1", "1 – формально"), ("2", "2 – достаточно"), ("3", "3 – результативно"))
WISHES = (("exit", "исключить из перечня"), ("continue", "продолжить поддержку"), ("strengthen", "усилить поддержку"))
EXPLAINED = 50
"""Least length of the reasons for a decision that the rule does not give by itself."""


class SelfRow(RowForm):
    criterion = TextField("Критерий")
    score = ChoiceField("Оценка", choices=SCORES, required=True, missing="Поставьте оценку")
    evidence = LongText(
        "Чем подтверждается", required=True, missing="Назовите доказательство: документ, данные, ссылку"
    )


class CuratorRow(RowForm):
    criterion = TextField("Критерий")
    own = TextField("Самооценка")
    evidence = TextField("Чем подтверждает школа")
    score = ChoiceField("Ваша оценка", choices=SCORES, required=True, missing="Поставьте оценку")
    note = LongText("Пояснение", missing="Объясните, почему оценка расходится с самооценкой на 2 и более")

    def check(self) -> None:
        own, given = (self.own.data or "")[:1], self.score.data or ""
        if own.isdecimal() and given.isdecimal() and abs(int(own) - int(given)) > 1 and self.note.empty():
            self.fail("note", self.note.missing)


class EvalSchool(CaseForm):
    key = "eval_school"
    title = "Провести самооценку"
    lead = "Оценки увидят куратор, муниципалитет и министерство. Рядом с ними встанут другие оценки, ваши не изменятся."
    submit_label = "Отправить самооценку"
    scores = RowsField(SelfRow, "Самооценка по критериям", closed=True, locked=("criterion",))
    files = FilesField("Подтверждающие документы")
    no_pupil_data = no_pupils("files")
    wish = ChoiceField("Просим", choices=WISHES, required=True)
    text = LongText("Почему", required=True, missing="Объясните просьбу: что изменилось за год и что ещё нужно")


class EvalCurator(CaseForm):
    key = "eval_curator"
    title = "Оценить год школы"
    lead = "Самооценка школы показана рядом. Расхождение на 2 и более поясните: его прочитает школа."
    submit_label = "Отправить оценку"
    scores = RowsField(CuratorRow, "Оценка по критериям", closed=True, locked=("criterion", "own", "evidence"))
    measures = LongText(
        "Качество и результативность мер", required=True, missing="Напишите, какие меры сработали, какие нет"
    )
    opinion = ChoiceField("Мнение", choices=WISHES, required=True)


class EvalMunicipal(CaseForm):
    key = "eval_municipal"
    title = "Дать мнение муниципалитета"
    lead = "Мнение печатается в листе оценки рядом с самооценкой школы и оценкой куратора."
    submit_label = "Отправить мнение"
    opinion = ChoiceField("Мнение", choices=WISHES, required=True)
    text = LongText("Обоснование", required=True, missing="Обоснуйте мнение")
    resources = LongText("Чем обеспечен следующий год", hint="кадры, средства, помещения, сеть")


class EvalProposal(CaseForm):
    key = "eval_proposal"
    title = "Предложить решение"
    lead = "Правило региона посчитано по таблицам результатов. Предложение, которое с ним расходится, мотивируйте."
    submit_label = "Передать на подпись"
    proposal = ChoiceField("Предложение", choices=WISHES, required=True)
    motive = LongText(
        "Мотивировка",
        hint="печатается в листе оценки",
        missing="Предложение расходится с правилом: напишите мотивировку",
    )

    def check(self) -> None:
        if _differs(self.proposal.data, self.facts.get("rule")) and len(self.motive.data or "") < EXPLAINED:
            self.fail("motive", f"{self.motive.missing}, не короче {EXPLAINED} знаков")


class EvalHead(DecisionForm):
    key = "eval_head"
    title = "Подписать лист оценки"
    lead = "После подписи лист получит номер и уйдёт школе для ознакомления."
    routes = ("eval_head_outcome",)
    outcome = signing()


class EvalDecide(CaseForm):
    key = "eval_decide"
    title = "Принять решение"
    lead = "Решение войдёт в приказ. Основание печатается в приложении к нему."
    submit_label = "Записать решение"
    routes = ("decision",)
    decision = ChoiceField("Решение", choices=(*WISHES, ("return", "вернуть предложение оператору")), required=True)
    grounds = LongText("Основание", required=True, missing="Напишите основание решения")

    def check(self) -> None:
        chosen, rule = self.decision.data, self.facts.get("rule")
        if chosen == "exit" and rule != "exit" and len(self.grounds.data or "") < EXPLAINED:
            why = "данных недостаточно" if rule == "insufficient" else "правило исключения не выполнено"
            self.fail("grounds", f"Для исключения {why}: обоснуйте решение подробно, не короче {EXPLAINED} знаков")


def _differs(proposal: str | None, rule: str | None) -> bool:
    """Strengthening goes on, only more so: the rule never speaks against it, unless it lets the school go."""
    return proposal is not None and (proposal == "exit") != (rule == "exit")


FORMS = {form.key: form for form in (EvalSchool, EvalCurator, EvalMunicipal, EvalProposal, EvalHead, EvalDecide)}
