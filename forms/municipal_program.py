"""Forms of a municipal programme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forms.base import (
    CaseForm,
    ChoiceField,
    ChoicesField,
    DateField,
    DecisionForm,
    LongText,
    NumberField,
    ReferenceField,
    ReferencesField,
    RowForm,
    RowsField,
    TextField,
    accepting,
    when_fact,
)

LARGEST_SUM = 1_000_000_000  # roubles; anything above is a slip of the hand
MEASURES = (
    ("money", "финансовая"),
    ("staff", "кадровая"),
    ("method", "методическая"),
    ("management", "организационная"),
)
FUNDS = (
    ("local", "местный бюджет"),
    ("subsidy", "субсидия"),
    ("other", "внебюджетные средства"),
    ("none", "без затрат"),
)
COURSE = (("plan", "по плану"), ("behind", "отстаёт"), ("risk", "под угрозой"))


class TaskRow(RowForm):
    text = TextField("Задача", required=True, longest=1000)


class TargetRow(RowForm):
    indicator = ChoiceField("Показатель", dictionary="programme_indicator", required=True)
    base = NumberField("Сейчас", required=True)
    target = NumberField("Цель", required=True)


class MeasureRow(RowForm):
    """A measure of the municipality. Without a school it is for all schools of the programme."""

    kind = ChoiceField("Вид", choices=MEASURES, required=True)
    text = LongText("Мера", required=True, longest=1000, missing="Напишите меру")
    school = ReferenceField("Школа", of="school", hint="пусто – все школы программы")
    resource = ChoiceField("Ресурс", dictionary="resource")
    amount = NumberField("Сумма, руб.", least=0, most=LARGEST_SUM)
    source = ChoiceField("Источник средств", choices=FUNDS, required=True)
    starts_on = DateField("Начало", required=True)
    ends_on = DateField("Срок", required=True)
    responsible = ReferenceField("Ответственный", of="person", required=True)
    result = TextField("Результат", required=True, longest=500)
    evidence = ChoiceField("Подтверждение", dictionary="evidence_kind", required=True)

    def check(self) -> None:
        """Money and its source agree; the measure ends after it begins."""
        if self.source.data == "none" and self.amount.data:
            self.fail("amount", "Мера без затрат: уберите сумму или назовите источник")
        if self.source.data not in (None, "none") and not self.amount.data:
            self.fail("amount", "Впишите сумму или выберите «без затрат»")
        if self.starts_on.data and self.ends_on.data and self.ends_on.data < self.starts_on.data:
            self.fail("ends_on", "Срок раньше начала")


class OtherSchoolRow(RowForm):
    school = ReferenceField("Школа", of="school", required=True)


class ProposalRow(RowForm):
    """A proposal that came as a request and waits for this decision."""

    author = TextField("Кто предлагает")
    text = LongText("Предложение")
    decision = ChoiceField(
        "Решение",
        choices=(("accepted", "принято"), ("partly", "принято частично"), ("declined", "отклонено")),
        required=True,
    )
    reply = LongText("Ответ", required_when=("decision", ("partly", "declined")), missing="Объясните решение")


class MpDraft(CaseForm):
    key = "mp_draft"
    title = "Составить программу"
    lead = "Мероприятия программ школ войдут в муниципальную программу сами. Здесь – меры муниципалитета."
    submit_label = "Отправить оператору"
    name = TextField("Наименование", required=True, longest=500)
    starts_on = DateField("Действует с", required=True)
    ends_on = DateField("По", required=True)
    goal = LongText("Цель", required=True, missing="Напишите цель")
    tasks = RowsField(TaskRow, "Задачи", ordered=True, required=True, most=20, row_label="Задача")
    schools = ReferencesField("Школы из перечня", of="listed")
    others = RowsField(
        OtherSchoolRow, "Другие школы", most=200, unique=("school",), hint="если программа и для них", row_label="Школа"
    )
    risks = ChoicesField("Риски и факторы", dictionary="risk_factor")
    targets = RowsField(
        TargetRow, "Показатели", ordered=True, required=True, most=30, unique=("indicator",), row_label="Показатель"
    )
    measures = RowsField(
        MeasureRow,
        "Меры",
        required=True,
        ordered=True,
        least=3,
        most=200,
        row_label="Мера",
        render_kw={"class": "op-rows--measure"},
    )
    proposals = RowsField(
        ProposalRow,
        "Поступившие предложения",
        only_when=when_fact("proposed"),
        closed=True,
        locked=("author", "text"),
        row_label="Предложение",
    )

    def check(self) -> None:
        """`facts.listed` {school id: name}: every listed school stands in the programme; measures lie in its term."""
        chosen = {str(school) for school in self.all_schools()}
        missing = [name for school, name in self.facts.get("listed", {}).items() if str(school) not in chosen]
        if missing and not self.schools.errors:
            self.fail("schools", f"В программе нет школ из перечня: {'; '.join(missing)}")
        if not chosen and not (self.schools.errors or self.others.errors):
            self.fail("others", "Назовите хотя бы одну школу")
        first, last = self.starts_on.data, self.ends_on.data
        if first and last and last < first:
            self.fail("ends_on", "Программа кончается раньше, чем начинается")
        for entry in self.measures.filled:
            self._measure_fits(entry.form, chosen, first, last)

    def all_schools(self) -> list[Any]:
        """Ids of the listed schools chosen and of the others."""
        more = [entry.form.school.data for entry in self.others.filled if entry.form.school.data is not None]
        return list(dict.fromkeys([*(self.schools.data or ()), *more]))

    def _measure_fits(self, row: Any, chosen: set[str], first: Any, last: Any) -> None:
        if row.school.data is not None and str(row.school.data) not in chosen:
            row.fail("school", "Этой школы нет среди школ программы")
        for name in ("starts_on", "ends_on"):
            day = row[name].data
            if day and first and last and first <= last and not first <= day <= last:
                row.fail(name, f"Вне срока программы: {first:%d.%m.%Y} – {last:%d.%m.%Y}")


class MpOperator(DecisionForm):
    key = "mp_operator"
    title = "Дать отзыв о программе"
    lead = "Рекомендация печатается в акте об утверждении. С замечаниями программа вернётся к муниципалитету."
    submit_label = "Отправить отзыв"
    outcome = ChoiceField(
        "Отзыв", choices=(("recommend", "рекомендовать к утверждению"), ("return", "вернуть")), required=True
    )


class CourseRow(RowForm):
    measure = TextField("Мера", longest=1000)
    due = TextField("Срок")
    state = TextField("Исполнение")
    course = ChoiceField("Ход", choices=COURSE, required=True)
    remark = TextField(
        "Замечание", longest=1000, required_when=("course", ("behind", "risk")), missing="Объясните отставание"
    )


class MpMonitor(CaseForm):
    key = "mp_monitor"
    title = "Проверить ход программы"
    lead = "Исполнение взято из поручений. Отметьте, что идёт не по плану, и решите, что дальше."
    submit_label = "Записать проверку"
    routes = ("mp_monitor_outcome",)
    rows = RowsField(
        CourseRow, "Меры программы", closed=True, locked=("measure", "due", "state"), most=200, row_label="Мера"
    )
    outcome = ChoiceField(
        "Что дальше",
        choices=(("continue", "продолжать"), ("amend", "изменить программу"), ("close", "завершить")),
        required=True,
    )
    reason = LongText(
        "Почему", required=True, only_when=("outcome", ("amend", "close")), missing="Объясните, почему план меняется"
    )


class ReachedRow(RowForm):
    indicator = TextField("Показатель", longest=500)
    base = TextField("Было")
    target = TextField("Цель")
    fact = NumberField("Достигнуто", required=True)


class MpReport(CaseForm):
    key = "mp_report"
    title = "Отчитаться о программе"
    lead = "Исполнение мер и программ школ посчитано по делам и войдёт в отчёт само."
    submit_label = "Отправить отчёт"
    targets = RowsField(
        ReachedRow, "Показатели", closed=True, locked=("indicator", "base", "target"), most=30, row_label="Показатель"
    )
    conclusion = LongText("Вывод", required=True, shortest=50, missing="Напишите вывод")
    lessons = LongText("Что продолжить в следующем году")


class MpAccept(DecisionForm):
    key = "mp_accept"
    title = "Принять отчёт о программе"
    routes = ("mp_accept_outcome",)
    outcome = accepting()


def _fields() -> Iterator[type[CaseForm]]:
    yield from (MpDraft, MpOperator, MpMonitor, MpReport, MpAccept)


FORMS = {form.key: form for form in _fields()}
