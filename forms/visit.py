"""Forms of a visit: plan, the school's word about the day, the report from the place, acknowledgement."""

from __future__ import annotations

from datetime import date
from typing import Any

from forms.base import (
    CaseForm,
    ChoiceField,
    ChoicesField,
    DateField,
    FilesField,
    Issue,
    LongText,
    MomentField,
    ReferenceField,
    ReferencesField,
    RowForm,
    RowsField,
    TextField,
    TickField,
    when_fact,
)
from forms.mentoring import VISIT_FORMS

LOOKS = (
    ("lessons", "уроки"),
    ("documents", "документы"),
    ("team", "беседа с управленческой командой"),
    ("teachers", "беседа с педагогами"),
    ("environment", "школьная среда"),
    ("parents", "встреча с родителями"),
)
MARKS = (("0", "0 – нет"), ("1", "1 – отдельные приёмы"), ("2", "2 – в основном"), ("3", "3 – в полной мере"))
PHOTO = ("jpg", "jpeg", "png")


class PlannedLessonRow(RowForm):
    subject = ChoiceField("Предмет", dictionary="subject", required=True)
    grade = TextField("Класс", required=True, longest=20, missing="Назовите класс")
    teacher = TextField("Педагог", hint="если это важно для плана")


class VisitPlan(CaseForm):
    """`facts.day_off`: days of the coming year that are not working, ISO; a visit on one is warned of, not refused."""

    key = "visit_plan"
    title = "Спланировать посещение"
    lead = "Школа подтвердит день или предложит другой. Молчание три рабочих дня считается согласием."
    submit_label = "Предложить школе"
    at = MomentField("День и время", required=True)
    form = ChoiceField("Форма", choices=VISIT_FORMS, required=True)
    aim = LongText("Цель", required=True, missing="Напишите цель посещения")
    looks = ChoicesField("Что посмотреть", choices=LOOKS, required=True, missing="Выберите, что хотите посмотреть")
    lessons = RowsField(PlannedLessonRow, "Уроки", most=12, hint="Если собираетесь на уроки")

    def check(self) -> None:
        today = self.context.get("dates", {}).get("today")
        if self.at.data and today and self.at.data.date() < date.fromisoformat(today):
            self.fail("at", "Этот день прошёл. Назначьте день не раньше сегодняшнего")
        last = self.context.get("dates", {}).get("year_end")
        if self.at.data and last and self.at.data.date() > date.fromisoformat(last):
            self.fail("at", "Посещение планируют внутри учебного года")

    def warnings(self) -> list[Issue]:
        found = super().warnings()
        if self.at.data and self.at.data.date().isoformat() in self.facts.get("days_off", ()):
            found.append(Issue("at", "День и время: это нерабочий день. Проверьте, примет ли вас школа"))
        return found


class VisitConfirm(CaseForm):
    """The context leaves out «другой день» once the school has moved the visit as often as it may."""

    key = "visit_confirm"
    title = "Подтвердить день посещения"
    lead = "Кто едет, когда и зачем, показано ниже. Без ответа день считается согласованным."
    submit_label = "Отправить ответ"
    outcome = ChoiceField("Ответ", choices=(("ok", "подтверждаем"), ("other", "просим другой день")), required=True)
    at = MomentField("Другой день и время", required=True, only_when=("outcome", "other"))
    reason = LongText("Причина", required=True, only_when=("outcome", "other"), missing="Напишите, чем неудобен день")

    def check(self) -> None:
        today = self.context.get("dates", {}).get("today")
        if self.at.data and today and self.at.data.date() < date.fromisoformat(today):
            self.fail("at", "Этот день прошёл. Предложите день не раньше сегодняшнего")


class ParticipantRow(RowForm):
    role = TextField("Роль", required=True, hint="должность", missing="Назовите должность или роль")
    name = TextField("Фамилия и инициалы")


class LessonRow(RowForm):
    subject = ChoiceField("Предмет", dictionary="subject", required=True)
    grade = TextField("Класс", required=True, longest=20, missing="Назовите класс")
    topic = TextField("Тема")
    goal = ChoiceField("Целеполагание", choices=MARKS, required=True)
    activity = ChoiceField("Активность", choices=MARKS, required=True)
    feedback = ChoiceField("Обратная связь", choices=MARKS, required=True)
    discipline = ChoiceField("Дисциплина", choices=MARKS, required=True)
    difference = ChoiceField("Дифференциация", choices=MARKS, required=True)
    conclusion = LongText("Наблюдение", hint="об уроке, не о педагоге")


class DocumentRow(RowForm):
    name = TextField("Документ", required=True, missing="Назовите документ")
    state = TextField("Состояние", longest=60)
    remark = LongText("Замечание")


class BlockRow(RowForm):
    position = TextField("Позиция")
    mark = ChoiceField("Балл", choices=MARKS)
    remark = LongText("Замечание")


class AdviceRow(RowForm):
    text = LongText("Рекомендация", required=True, missing="Напишите рекомендацию")
    responsible = ReferenceField(
        "Ответственный",
        of="person",
        required_when=lambda row: row.due.data is not None,
        missing="Назовите, кто сделает",
    )
    due = DateField("Срок", not_before="visit")


class VisitReport(CaseForm):
    """`facts.checklist`: the kind of visit asks for the whole check-list. Rows of `blocks` come prepared."""

    key = "visit_report"
    offline = True  # filled in where there is no line
    title = "Составить отчёт о посещении"
    lead = "Введённое хранится и без связи. Имена обучающихся не пишите: достаточно класса и числа."
    submit_label = "Собрать отчёт"
    routes = ("held",)
    stops = ("held", "not_held")
    held = ChoiceField("Посещение", choices=(("held", "состоялось"), ("not_held", "не состоялось")), required=True)
    why_not = LongText(
        "Почему не состоялось", required=True, only_when=("held", "not_held"), missing="Напишите причину"
    )
    day = DateField("День посещения", required=True, not_before="year_start", not_after="today")
    hours = TextField("Время", longest=60, hint="например, с 8:50 до 15:30")
    participants = RowsField(ParticipantRow, "Участники", required=True, most=30)
    lessons = RowsField(LessonRow, "Уроки", most=12, row_label="Урок")
    documents = RowsField(DocumentRow, "Документы", most=30, row_label="Документ")
    blocks = RowsField(BlockRow, "Чек-лист", only_when=when_fact("checklist"), locked=("position",), closed=True)
    talks = LongText("Беседы")
    found = LongText("Выявлено", required=True, missing="Напишите, что выявлено")
    advice = RowsField(
        AdviceRow,
        "Рекомендации",
        most=15,
        row_label="Рекомендация",
        hint="рекомендация со сроком и ответственным станет поручением, его видно из дела о посещении",
    )
    next_on = DateField("Следующее посещение", not_before="tomorrow")
    files = FilesField("Фотографии и файлы")
    no_pupil_data = TickField(
        "Файлы не содержат персональных данных обучающихся",
        required_when=lambda form: bool(form.files.data),
        missing="Проверьте файлы и подтвердите, что в них нет персональных данных обучающихся",
    )
    no_faces = TickField(
        "На фотографиях нет лиц детей",
        required_when=lambda form: any(_photo(form, key) for key in form.files.data),
        missing="Проверьте фотографии: лиц детей на них быть не должно",
    )

    def stopped_by(self, field: Any) -> bool:
        """A visit that did not take place is asked for its reason and nothing else."""
        return field is not self.why_not and super().stopped_by(field)

    def check(self) -> None:
        for entry in self.blocks.filled if self.facts.get("checklist") and self.held.data == "held" else ():
            if entry.form.mark.empty() and not entry.form.mark.errors:
                entry.form.fail("mark", "Поставьте балл")


def _photo(form: Any, key: Any) -> bool:
    file = form.context.get("files", {}).get(key)
    return bool(file) and str(file["name"]).rpartition(".")[2].casefold() in PHOTO


class VisitSign(CaseForm):
    key = "visit_sign"
    title = "Подписать отчёт о посещении"
    lead = "После подписи отчёт увидит директор школы."
    submit_label = "Отправить решение"
    routes = ("visit_sign_outcome",)
    outcome = ChoiceField("Решение", choices=(("sign", "подписать"), ("return", "вернуться к форме")), required=True)


class VisitAck(CaseForm):
    key = "visit_ack"
    title = "Ознакомиться с отчётом о посещении"
    lead = "Подпись означает, что вы прочитали отчёт. С выводами можно не согласиться: напишите замечания."
    submit_label = "Подписать ознакомление"
    outcome = ChoiceField(
        "Ответ", choices=(("ack", "ознакомлен"), ("remarks", "ознакомлен, есть замечания")), required=True
    )
    text = LongText("Замечания", required=True, only_when=("outcome", "remarks"), missing="Напишите замечания")


class VisitAnswer(CaseForm):
    key = "visit_answer"
    title = "Ответить школе"
    lead = "Замечания школы показаны ниже. Ответ увидит директор, он войдёт в отчёт."
    submit_label = "Отправить ответ"
    text = LongText("Ответ", required=True, missing="Ответьте на замечания школы")


class PostponeNote(CaseForm):
    """An agreed day that does not suit any more."""

    key = "postpone_note"
    title = "Перенести посещение"
    lead = "Посещающий назначит другой день, школа подтвердит его. Причина останется в деле."
    submit_label = "Перенести посещение"
    reason = LongText("Причина", required=True, missing="Напишите причину")


class NewVisit(CaseForm):
    """A visit opened by hand."""

    key = "new_visit"
    title = "Открыть посещение"
    lead = "Дальше вы назначите день и цель, школа подтвердит. Выезд открывает посещение в каждой школе."
    submit_label = "Открыть посещение"
    kind = ChoiceField("Вид", required=True)
    schools = ReferencesField("Школы", of="school", required=True, missing="Выберите школу")


FORMS = {form.key: form for form in (VisitPlan, VisitConfirm, VisitReport, VisitSign, VisitAck, VisitAnswer)}
