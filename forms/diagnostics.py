"""Forms of the complex diagnosis: self-assessment, check-list, observations, analysis, agreement, confirmation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from forms.base import (
    CaseForm,
    ChoiceField,
    ChoicesField,
    DateField,
    DecisionForm,
    FilesField,
    LongText,
    RowForm,
    RowsField,
    TextField,
    TickField,
    no_pupils,
    signing,
    when_fact,
)

SCALE: tuple[tuple[Any, str], ...] = ((0, "0 – нет"), (1, "1 – слабо"), (2, "2 – заметно"), (3, "3 – остро"))
SEVERITY = (("high", "высокая"), ("medium", "средняя"), ("low", "низкая (незначимый)"))
SOURCES = (("lesson", "урок"), ("talk", "беседа"), ("document", "документ"), ("environment", "среда школы"))
MOST_FACTORS = 5


class SelfRow(RowForm):
    factor = ChoiceField("Фактор риска", dictionary="risk_factor")
    score = ChoiceField("Балл", choices=SCALE, required=True, missing="Поставьте балл")
    situation = LongText("Что есть сейчас", required=True, missing="Опишите, на чём основан балл")
    done = LongText("Что уже делается")


class TroubleRow(RowForm):
    subject = ChoiceField("Предмет", dictionary="subject", required=True)
    grade = TextField("Класс", longest=20)
    topic = TextField("Тема, умение", required=True, missing="Назовите тему или умение")


class DiagSelf(CaseForm):
    key = "diag_self"
    title = "Провести самооценку"
    lead = "Оценивайте условия, а не людей. Самооценка показывается рядом с расчётом и оценками куратора и эксперта."
    submit_label = "Отправить самооценку"
    factors = RowsField(SelfRow, "Факторы риска", closed=True, locked=("factor",), row_label="Фактор")
    troubles = RowsField(TroubleRow, "Предметные затруднения", most=60, row_label="Затруднение")


class CheckRow(RowForm):
    block = TextField("Блок")
    item = LongText("Позиция")
    score = ChoiceField("Оценка", choices=SCALE, required=True, missing="Поставьте оценку")
    document = TextField("Документ или ссылка", longest=500)
    remark = LongText("Что увидели")


class DiagDocs(CaseForm):
    key = "diag_docs"
    title = "Заполнить чек-лист"
    lead = "0 – всё в порядке, 3 – острая проблема. Оценку 2 или 3 подкрепите документом или увиденным."
    submit_label = "Отправить чек-лист"
    items = RowsField(
        CheckRow,
        "Чек-лист",
        closed=True,
        locked=("block", "item"),
        row_label="Позиция",
        hint="0 – в порядке, 3 – острая проблема",
    )
    files = FilesField("Документы, на которых основана оценка")
    no_pupil_data = no_pupils("files")

    def check(self) -> None:
        """A bad mark rests on something."""
        for entry in self.items.filled:
            row = entry.form
            if row.score.data in (2, 3) and row.document.empty() and row.remark.empty():
                row.fail("remark", "Назовите документ или опишите, что увидели: без этого оценку 2 и 3 не примут")


class SeenRow(RowForm):
    factor = ChoiceField("Фактор риска", dictionary="risk_factor", required=True)
    seen = LongText("Что видели", required=True, missing="Опишите, что видели")
    source = ChoiceField("Откуда", choices=SOURCES, required=True)
    score = ChoiceField("Балл", choices=SCALE, required=True, missing="Поставьте балл")


class DiagCurator(CaseForm):
    key = "diag_curator"
    title = "Записать наблюдения"
    lead = "Пишите о том, что видели сами: урок, беседа, документ, среда. Имена обучающихся не нужны."
    submit_label = "Отправить наблюдения"
    visited_on = DateField("Когда были в школе", not_after="today")
    seen = RowsField(SeenRow, "Наблюдения", required=True, most=60, row_label="Наблюдение")


class OpinionRow(RowForm):
    factor = ChoiceField("Фактор риска", dictionary="risk_factor", required=True)
    tool = ChoiceField("Метод", dictionary="tool", required=True)
    seen = LongText("Что наблюдали", required=True, missing="Опишите, что наблюдали")
    score = ChoiceField("Балл", choices=SCALE, required=True, missing="Поставьте балл")
    conclusion = LongText("Вывод", required=True, missing="Напишите вывод")


class DiagExpert(CaseForm):
    key = "diag_expert"
    title = "Оценить факторы"
    lead = "Оцените факторы риска школы и подпишите заключение."
    submit_label = "Подписать и отправить"
    opinions = RowsField(OpinionRow, "Оценка факторов", required=True, most=12, unique=("factor",), row_label="Фактор")
    independent = TickField(
        "Я не работаю в этой школе и не подчиняюсь её руководителю или учредителю",
        required=True,
        missing="Подтвердите, что конфликта интересов нет. Если он есть, передайте задачу другому эксперту",
    )


class AnalysisRow(RowForm):
    factor = ChoiceField("Фактор риска", dictionary="risk_factor")
    computed = TextField("По расчёту")
    significance = ChoiceField("Значимость", choices=SEVERITY, required=True, missing="Выберите значимость")
    reason = LongText("Почему не как в расчёте")
    conclusion = LongText("Вывод", required=True, missing="Напишите вывод")


class DiagAnalysis(CaseForm):
    """facts: `levels` {factor: computed level or None}; a decision that departs from it needs a reason."""

    key = "diag_analysis"
    title = "Проанализировать факторы"
    lead = "Расчёт и ваше решение сохраняются оба. Основания каждого балла открываются по ссылке у фактора."
    submit_label = "Отправить школе"
    factors = RowsField(AnalysisRow, "Факторы риска", closed=True, locked=("factor", "computed"), row_label="Фактор")

    def check(self) -> None:
        levels = self.facts.get("levels", {})
        for entry in self.factors.filled:
            row = entry.form
            computed = levels.get(row.factor.data)
            if row.significance.data and row.significance.data != computed and row.reason.empty():
                text = "Решение отличается от расчёта. Объясните, почему"
                row.fail("reason", text if computed else "Расчёта по фактору нет. Напишите, на чём основано решение")


class SchoolRemarkRow(RowForm):
    factor = ChoiceField("Фактор риска", dictionary="risk_factor")
    text = LongText("Замечание", required=True, missing="Напишите замечание")


def _settled(form: Any) -> bool:
    return form["outcome"].data in ("agree", "disagree")


def _none_significant(form: Any) -> bool:
    return not form.facts.get("significant")


_none_significant.settled = True  # type: ignore[attr-defined]


def _chosen(known: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda form: _settled(form) and known(form)


class DiagSchool(CaseForm):
    """facts: `significant` [factor] of high or medium significance, `high` [factor]."""

    key = "diag_school"
    title = "Рассмотреть профиль"
    lead = "Выберите факторы, с которыми школа будет работать в этом году: по каждому понадобятся мероприятия и показатели."
    submit_label = "Отправить решение"
    routes = ("diag_school_outcome",)
    outcome = ChoiceField(
        "Решение",
        choices=(
            ("agree", "согласиться"),
            ("remarks", "вернуть куратору с замечаниями"),
            ("disagree", "принять с особым мнением"),
        ),
        required=True,
        hint="особое мнение печатается в профиле",
    )
    remarks = RowsField(
        SchoolRemarkRow,
        "Замечания",
        only_when=("outcome", "remarks"),
        required_when=("outcome", "remarks"),
        most=40,
        row_label="Замечание",
        missing="Напишите, с чем не согласны",
    )
    opinion = LongText(
        "Особое мнение", required=True, only_when=("outcome", "disagree"), missing="Напишите особое мнение"
    )
    in_work = ChoicesField(
        "Факторы в работу",
        most=MOST_FACTORS,
        dictionary="significant",
        only_when=when_fact("significant"),
        required_when=_chosen(when_fact("significant")),
        missing="Выберите от одного до пяти факторов",
        hint="от одного до пяти, высокой или средней значимости",
    )
    left_out = LongText(
        "Почему фактор высокой значимости не взят",
        only_when=when_fact("high"),
        hint="нужно, если не выбран фактор высокой значимости",
    )
    basis = LongText(
        "На чём основать программу школы",
        only_when=_none_significant,
        required_when=_chosen(_none_significant),
        missing="Значимых факторов нет. Напишите, на каких результатах строить программу школы",
    )

    def check(self) -> None:
        if not _settled(self):
            return
        missing = [code for code in self.facts.get("high", ()) if code not in (self.in_work.data or ())]
        if missing and self.in_work.data and self.left_out.empty():
            names = dict(self.in_work.choices)
            words = "; ".join(names.get(code, code) for code in missing)
            self.fail("left_out", f"Объясните, почему не взяты: {words}")


class DiagConfirm(DecisionForm):
    key = "diag_confirm"
    title = "Подтвердить профиль"
    lead = "Подпись относится к показанному тексту: к расчёту, вашим решениям и выбору школы."
    routes = ("diag_confirm_outcome",)
    outcome = signing("подтвердить")


class DiagVerify(DecisionForm):
    key = "diag_verify"
    title = "Утвердить профиль"
    lead = "После утверждения профиль не меняется, школе открывается её программа."
    routes = ("diag_verify_outcome",)
    outcome = ChoiceField(
        "Решение",
        choices=(
            ("approve", "утвердить"),
            ("to_curator", "вернуть куратору"),
            ("to_school", "вернуть школе"),
        ),
        required=True,
    )
    remarks = RowsField(
        SchoolRemarkRow,
        "Замечания",
        required_when=("outcome", ("to_curator", "to_school")),
        most=40,
        row_label="Замечание",
        missing="Напишите, что исправить",
    )


class ReplyRow(RowForm):
    remark = LongText("Замечание")
    resolution = ChoiceField(
        "Решение",
        choices=(("accepted", "учтено"), ("partly", "учтено частично"), ("declined", "отклонено")),
        required=True,
    )
    reply = LongText("Ответ", required=True, missing="Ответьте на замечание")


class DiagCorrect(CaseForm):
    key = "diag_correct"
    title = "Ответить на замечания"
    lead = "Прежняя самооценка сохранится. Расчёт выполнится заново, профиль вернётся куратору."
    submit_label = "Отправить ответы"
    replies = RowsField(ReplyRow, "Замечания оператора", closed=True, locked=("remark",), row_label="Замечание")
    factors = RowsField(SelfRow, "Самооценка", closed=True, locked=("factor",), row_label="Фактор")


FORMS = {
    form.key: form
    for form in (
        DiagSelf,
        DiagDocs,
        DiagCurator,
        DiagExpert,
        DiagAnalysis,
        DiagSchool,
        DiagConfirm,
        DiagVerify,
        DiagCorrect,
    )
}
