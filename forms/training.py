"""Forms of a group of a course or of an internship."""

from __future__ import annotations

from forms.base import (
    CaseForm,
    ChoiceField,
    ChoicesField,
    DateField,
    DecisionForm,
    FilesField,
    IntegerField,
    LongText,
    ReferenceField,
    RowForm,
    RowsField,
    TextField,
    UrlField,
    accepting,
    no_pupils,
)
from forms.choices import ReferencesField


class TeacherOfGroup(RowForm):
    name = TextField("Фамилия, имя, отчество", required=True, missing="Впишите преподавателя")
    post = TextField("Должность")


class TrainingCard(CaseForm):
    key = "training_card"
    title = "Описать группу"
    lead = "Группу увидят муниципалитеты, когда она будет утверждена."
    submit_label = "Отправить на утверждение"
    routes = ("training_kind", "starts_on", "ends_on")
    training_kind = ChoiceField(
        "Вид", choices=(("course", "курс повышения квалификации"), ("internship", "стажировка")), required=True
    )
    name = TextField("Название", required=True, missing="Назовите группу")
    programme = FilesField("Программа")
    audience = ChoiceField("Для кого", dictionary="audience", required=True)
    hours = IntegerField("Часов", least=6, most=1000, required=True)
    gap_kinds = ChoicesField("Какие дефициты закрывает", dictionary="gap_kind", required=True)
    subject = ChoiceField("Предмет", dictionary="subject")
    themes = ChoicesField("Направление", dictionary="training_theme")
    site = ReferenceField("Площадка", of="site", required=True, only_when=("training_kind", "internship"))
    infrastructure = ChoiceField("Инфраструктура", dictionary="infrastructure")
    form = ChoiceField(
        "Форма", choices=(("onsite", "очно"), ("remote", "заочно"), ("mixed", "смешанно")), required=True
    )
    starts_on = DateField("Начало", required=True, not_before="today")
    ends_on = DateField("Конец", required=True)
    seats = IntegerField("Мест", least=1, most=200, required=True)
    teachers = RowsField(TeacherOfGroup, "Преподаватели", most=30, row_label="Преподаватель")
    url = UrlField("Внешний курс", hint="ссылка на площадке, если занятия идут там")

    def check(self) -> None:
        start, end, hours = self.starts_on.data, self.ends_on.data, self.hours.data
        if start and end and end < start:
            self.fail("ends_on", "Конец раньше начала")
        limits = self.facts.get("hours", {}).get(self.training_kind.data)
        if hours is not None and limits and not self.hours.errors:
            least, most = limits
            if hours < least:
                self.fail("hours", f"Не меньше {least}")
            elif most and hours > most:
                self.fail("hours", f"Не больше {most}")


class TrainingApprove(DecisionForm):
    key = "training_approve"
    title = "Утвердить группу"
    lead = "Утверждённую группу увидят муниципалитеты и тьюторы."
    routes = ("training_approve_outcome",)


class EnrolRow(RowForm):
    trainee = ReferenceField("Слушатель", of="teacher", required=True)
    source = TextField("Откуда")
    outcome = ChoiceField(
        "Решение",
        choices=(("enrolled", "зачислен"), ("reserve", "резерв"), ("declined", "отказ")),
        required=True,
    )


class TrainingEnrol(CaseForm):
    key = "training_enrol"
    title = "Зачислить слушателей"
    lead = "Записанные из заявок уже в списке. Добавить можно и тех, у кого выявлен этот дефицит."
    submit_label = "Отправить решение"
    routes = ("training_enrol_outcome", "starts_on", "ends_on")
    trainees = RowsField(
        EnrolRow, "Слушатели", most=400, locked=("trainee", "source"), unique=("trainee",), row_label="Слушатель"
    )
    outcome = ChoiceField(
        "Группа",
        choices=(("start", "начать"), ("postpone", "перенести"), ("cancel", "снять")),
        required=True,
    )
    reason = LongText("Причина", required=True, only_when=("outcome", ("postpone", "cancel")))
    starts_on = DateField("Начало", required=True)
    ends_on = DateField("Конец", required=True)

    def check(self) -> None:
        seats = int(self.facts.get("seats", 0))
        enrolled = [e for e in self.trainees.filled if e.form.outcome.data == "enrolled"]
        if seats and len(enrolled) > seats:
            self.fail("trainees", f"Мест {seats}, зачислено {len(enrolled)}: переведите лишних в резерв")
        if self.outcome.data == "start" and not enrolled and not self.trainees.errors:
            self.fail("trainees", "Начать можно, когда зачислен хотя бы один слушатель")
        if self.starts_on.data and self.ends_on.data and self.ends_on.data < self.starts_on.data:
            self.fail("ends_on", "Конец раньше начала")
        before = self.facts.get("starts_on")
        if self.outcome.data == "postpone" and self.starts_on.data and self.starts_on.answer() == before:
            self.fail("starts_on", "Впишите новую дату начала")


class SessionRow(RowForm):
    day = DateField("Дата", required=True, not_before="starts_on", not_after="today")
    topic = TextField("Тема", required=True, missing="Назовите тему")
    hours = IntegerField("Часов", least=1, most=12, required=True)
    absent = ReferencesField("Кого не было", of="trainee")


class TrainingJournal(CaseForm):
    key = "training_journal"
    title = "Вести журнал занятий"
    lead = "Отметьте, кого не было: остальные считаются присутствовавшими. Черновик можно вести с первого занятия."
    submit_label = "Закрыть журнал"
    sessions = RowsField(SessionRow, "Занятия", required=True, most=200, row_label="Занятие")


class TraineeResult(RowForm):
    trainee = TextField("Слушатель")
    hours = IntegerField("Часов")
    result = ChoiceField(
        "Аттестация",
        choices=(("passed", "зачёт"), ("failed", "незачёт"), ("expelled", "отчислен")),
        required=True,
    )
    reason = TextField(
        "Причина", required=True, only_when=("result", "expelled"), missing="Назовите причину отчисления"
    )

    def check(self) -> None:
        least, kind = self.result.root.facts.get("hours", 0), self.result.root.facts.get("training_kind")
        if kind == "course" and self.result.data == "passed" and (self.hours.data or 0) < least:
            self.fail("result", f"По журналу {self.hours.data or 0} ч из {least}: удостоверение не выдаётся")


class TrainingResult(CaseForm):
    key = "training_result"
    title = "Подвести итог группы"
    lead = "Часы посчитаны по журналу. Тем, у кого зачёт, будут выданы удостоверения."
    submit_label = "Записать итог"
    trainees = RowsField(TraineeResult, "Слушатели", closed=True, locked=("trainee", "hours"), row_label="Слушатель")


class InternshipReport(CaseForm):
    key = "internship_report"
    title = "Отчитаться о стажировке"
    lead = "Отчёт увидят площадка и ЦНППМ."
    submit_label = "Отправить отчёт"
    learned = LongText("Что освоено", required=True, missing="Напишите, что освоили")
    plans = LongText("Что внедрю у себя", required=True, missing="Напишите, что внедрите")
    files = FilesField("Разработки")
    no_pupil_data = no_pupils("files")


class MarkRow(RowForm):
    trainee = TextField("Слушатель")
    said = TextField("Отчёт")
    mark = ChoiceField(
        "Отметка площадки",
        choices=(("done", "выполнено"), ("partly", "выполнено частично"), ("returned", "вернуть")),
        required=True,
    )
    comment = TextField("Пояснение", required=True, only_when=("mark", "returned"), longest=1000)


class InternshipMark(CaseForm):
    key = "internship_mark"
    title = "Принять отчёты"
    lead = "Возвращённый отчёт слушатель увидит с пояснением."
    submit_label = "Отправить отметки"
    routes = ("internship_mark_outcome",)
    reports = RowsField(MarkRow, "Отчёты", closed=True, locked=("trainee", "said"), row_label="Отчёт")
    outcome = accepting()

    def check(self) -> None:
        returned = any(entry.form.mark.data == "returned" for entry in self.reports.filled)
        if returned != (self.outcome.data == "return") and self.outcome.data:
            words = (
                "Есть возвращённые отчёты: выберите «вернуть»" if returned else "Все отчёты приняты: выберите «принять»"
            )
            self.fail("outcome", words)


class TrainingClose(CaseForm):
    key = "training_close"
    title = "Закрыть группу"
    lead = "Итоги и отзывы показаны ниже."
    submit_label = "Закрыть группу"
    feedback = LongText("Отзывы слушателей", hint="коротко, без имён")
    conclusion = LongText("Вывод", required=True, missing="Напишите вывод")


FORMS = {
    form.key: form
    for form in (
        TrainingCard,
        TrainingApprove,
        TrainingEnrol,
        TrainingJournal,
        TrainingResult,
        InternshipReport,
        InternshipMark,
        TrainingClose,
    )
}
