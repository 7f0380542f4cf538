"""Forms of a school team's development: who works here, when they are diagnosed, what came out, what is needed."""

from __future__ import annotations

import re
from typing import Any

from wtforms.validators import ValidationError

from forms.base import (
    CaseForm,
    ChoiceField,
    DateField,
    DecisionForm,
    IntegerField,
    LongText,
    NumberField,
    ReferenceField,
    RowForm,
    RowsField,
    TextField,
    TickField,
    YesNoField,
    accepting,
)
from forms.choices import ChoicesField

GAP_KINDS = ("subject", "cross_subject", "psych_ped", "ict", "management")
_SEPARATOR = re.compile(r"[,;/]\s*")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NAME = re.compile(r"[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?(?: [А-ЯЁа-яё][а-яё]*(?:-[А-ЯЁа-яё]+)?){1,3}")


class SubjectsField(ChoicesField):
    """Several subjects typed or pasted in one cell: «математика, физика»."""

    kind = "text"
    missing = "Назовите предмет"

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([part for text in valuelist for part in _SEPARATOR.split(self._whole(text))])

    def _whole(self, text: str) -> str:
        """A label that itself has a comma («история, обществознание») is taken whole before the cell is cut."""
        for code, label in self.known.values():
            if "," in str(label):
                text = re.sub(re.escape(str(label)), str(code), text, flags=re.IGNORECASE)
        return text

    def show(self) -> str:
        return ", ".join(self.known.get(str(v), ("", str(v)))[1] for v in self.data or [])


class NameField(TextField):
    """Family name, given name, patronymic in full."""

    missing = "Впишите фамилию, имя, отчество"

    def read(self, text: str) -> str:
        return " ".join(text.split())

    def check(self, form: Any) -> None:
        super().check(form)
        if not _NAME.fullmatch(self.data):
            raise ValidationError("Впишите полностью: фамилия, имя, отчество")


class MailField(TextField):
    def check(self, form: Any) -> None:
        super().check(form)
        if not _MAIL.fullmatch(self.data):
            raise ValidationError("Адрес почты записан неверно")


class TeacherRow(RowForm):
    name = NameField("Фамилия, имя, отчество", required=True)
    post = TextField("Должность", required=True, missing="Назовите должность", hint="например, учитель математики")
    subjects = SubjectsField("Предметы", dictionary="subject", hint="через запятую")
    hours = NumberField("Часов в неделю", least=0, most=60)
    leader = YesNoField("Управленец", required=True)
    takes_part = YesNoField("Участвует", required=True)
    reason = ChoiceField(
        "Почему не участвует",
        choices=(
            ("leave", "декрет"),
            ("illness", "длительная болезнь"),
            ("part_time", "совместитель"),
            ("refusal", "отказ"),
            ("dismissal", "увольнение"),
        ),
        required=True,
        only_when=("takes_part", False),
        missing="Назовите причину",
    )
    elsewhere = YesNoField("Работает и в другой школе")
    email = MailField("Служебная почта")

    def check(self) -> None:
        if not self.subjects.data and self.leader.data is False and not self.subjects.errors:
            self.fail("subjects", "Назовите предмет: охват считается по предметам")


class RetrainingRoster(CaseForm):
    key = "retraining_roster"
    title = "Назвать педагогов"
    lead = (
        "Список нужен, чтобы никого не пропустить: охват считается от всех учителей и руководителей школы. "
        "Дат рождения, телефонов и адресов не нужно."
    )
    submit_label = "Отправить список"
    teachers = RowsField(
        TeacherRow,
        "Педагоги",
        required=True,
        most=400,
        locked=("name",),
        row_label="Педагог",
    )
    informed = TickField("Педагоги ознакомлены с целями диагностики и условиями обработки данных", required=True)

    def check(self) -> None:
        seen: dict[tuple[str, str | None], int] = {}
        for number, entry in enumerate(self.teachers.entries, 1):
            name, mail = entry.form.name.data, entry.form.email.data
            if entry.blank or not name:
                continue
            if (name, mail) in seen:
                entry.form.fail("name", f"уже есть в строке {seen[name, mail]}. У тёзок укажите разные адреса почты")
            seen.setdefault((name, mail), number)


class RetrainingSchedule(CaseForm):
    key = "retraining_schedule"
    title = "Назначить диагностику"
    lead = "Школа получит направление со списком педагогов, которые ещё не продиагностированы."
    submit_label = "Назначить диагностику"
    routes = ("session_on",)
    instrument = TextField("Инструмент", required=True, missing="Назовите инструмент", hint="название и версия")
    form = ChoiceField("Форма", choices=(("online", "онлайн"), ("onsite", "очно")), required=True)
    place = TextField("Адрес или место", required=True, missing="Напишите, где или по какой ссылке")
    session_on = DateField("День диагностики", required=True, not_before="today", not_after="year_end")
    responsible = ReferenceField("Ответственный", of="person", required=True)


class ResultRow(RowForm):
    teacher = TextField("Педагог")
    subject = TextField("Предмет")
    day = DateField("Дата", not_before="year_start", not_after="today")
    gap_subject = NumberField("Предмет\u00adные, %", least=0, most=100)
    gap_cross_subject = NumberField("Меж\u00adпредмет\u00adные, %", least=0, most=100)
    gap_psych_ped = NumberField("Психолого-педагоги\u00adческие, %", least=0, most=100)
    gap_ict = NumberField("ИКТ, %", least=0, most=100)
    gap_management = NumberField("Управлен\u00adческие, %", least=0, most=100)
    note = TextField("Затруд\u00adнения", hint="что именно")

    @property
    def percents(self) -> dict[str, float]:
        """Results that were given, by kind of gap."""
        found = {kind: self[f"gap_{kind}"].data for kind in GAP_KINDS}
        return {kind: value for kind, value in found.items() if value is not None}

    def check(self) -> None:
        if self.percents and self.day.empty() and not self.day.errors:
            self.fail("day", "Впишите день диагностики")
        if not self.percents and not self.day.empty():
            self.fail("gap_subject", "Впишите хотя бы один результат или уберите дату")


class _Results(CaseForm):
    results = RowsField(
        ResultRow,
        "Результаты",
        closed=True,
        locked=("teacher", "subject"),
        most=1000,
        row_label="Педагог",
        hint="Доля верно выполненных заданий по каждому виду. Уровень дефицита определится по шкале региона",
    )

    def check(self) -> None:
        if self.results.filled and not any(entry.form.percents for entry in self.results.filled):
            self.fail("results", "Нет ни одного результата: загрузите таблицу или впишите проценты")


class RetrainingResults(_Results):
    key = "retraining_results"
    title = "Внести результаты диагностики"
    lead = "Строки без результатов останутся непродиагностированными: для них можно назначить второй день."
    submit_label = "Записать результаты"


class RetrainingExit(_Results):
    key = "retraining_exit"
    title = "Внести итоговые результаты"
    lead = "Рядом с итогом посчитается изменение к входной диагностике. Строки без результатов останутся без итога."
    submit_label = "Записать итоговые результаты"


PROPOSALS = (
    ("route", "индивидуальный маршрут"),
    ("pair", "наставническая пара"),
    ("courses", "только курсы"),
    ("nothing", "не требуется"),
)


class ReviewRow(RowForm):
    teacher = TextField("Педагог")
    gaps = TextField("Дефициты")
    proposal = ChoiceField("Предложение", choices=PROPOSALS, required=True)
    tutor = ReferenceField("Тьютор", of="tutor", required=True, only_when=("proposal", "route"))
    topics = TextField("Темы")


class RetrainingReview(CaseForm):
    key = "retraining_review"
    title = "Решить, кому нужен маршрут"
    lead = "Здесь все, у кого выявлены дефициты. Маршрут откроется сразу после отправки формы."
    submit_label = "Записать решения"
    people = RowsField(ReviewRow, "Педагоги", closed=True, locked=("teacher", "gaps"), most=400, row_label="Педагог")


class NeedRow(RowForm):
    topic = TextField("Тема", required=True, missing="Назовите тему")
    kind = ChoiceField("Вид", choices=(("course", "курс"), ("internship", "стажировка")), required=True)
    gap_kind = ChoiceField("Вид дефицита", dictionary="gap_kind", required=True)
    subject = ChoiceField("Предмет", dictionary="subject")
    people = IntegerField("Человек", least=1, most=400, required=True)
    month = ChoiceField("Желаемый месяц", dictionary="month")
    common = YesNoField("Для всего коллектива")


class RetrainingNeeds(CaseForm):
    key = "retraining_needs"
    title = "Назвать потребность в обучении"
    lead = "Темы уже собраны из предложений тьютора, имён в них нет. Строки попадут в заявку муниципалитета."
    submit_label = "Отправить потребность"
    needs = RowsField(NeedRow, "Темы", most=50, row_label="Тема")


class RetrainingReport(CaseForm):
    key = "retraining_report"
    title = "Составить справку по школе"
    lead = "Справку прочитает директор: в ней числа по школе и ни одного имени."
    submit_label = "Отправить справку"
    conclusion = LongText("Вывод", required=True, shortest=30, missing="Напишите вывод")


class RetrainingAccept(DecisionForm):
    key = "retraining_accept"
    title = "Принять справку"
    lead = "Проверьте число педагогов и темы. Результаты отдельных педагогов в справку не входят."
    routes = ("retraining_accept_outcome",)
    outcome = accepting()


FORMS = {
    form.key: form
    for form in (
        RetrainingRoster,
        RetrainingSchedule,
        RetrainingResults,
        RetrainingReview,
        RetrainingNeeds,
        RetrainingReport,
        RetrainingAccept,
        RetrainingExit,
    )
}
