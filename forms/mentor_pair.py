"""Forms of a mentor pair: proposal, two consents, programme, diary, stopping, final report."""

from __future__ import annotations

from forms.base import (
    CaseForm,
    ChoiceField,
    DateField,
    DecisionForm,
    FilesField,
    IntegerField,
    LongText,
    NumberField,
    ReferenceField,
    RowForm,
    RowsField,
    TextField,
    TickField,
    accepting,
    no_pupils,
    when_fact,
)

MEETING = (
    ("meeting", "встреча"),
    ("visit", "взаимопосещение"),
    ("analysis", "разбор урока"),
    ("joint_lesson", "совместный урок"),
)


class PairPropose(CaseForm):
    key = "pair_propose"
    title = "Предложить пару"
    lead = "Наставник прочтёт эти условия в тексте согласия и подпишет его. Без согласия приказа не будет."
    submit_label = "Отправить предложение"
    routes = ("pair_propose_outcome",)
    stops = ("outcome", "drop")
    outcome = ChoiceField(
        "Что с парой", choices=(("propose", "предложить"), ("drop", "отказаться от пары")), required=True
    )
    mentor = ReferenceField("Наставник", of="mentor", required=True)
    mentee = ReferenceField("Наставляемый", of="mentee", required=True)
    form = ChoiceField(
        "Форма", choices=(("teacher", "учитель – учитель"), ("leader", "руководитель – руководитель")), required=True
    )
    goal = LongText("Дефицит, который восполняем, цель", required=True, missing="Напишите, чему нужно научиться")
    starts_on = DateField("Начало", required=True, not_before="today")
    ends_on = DateField("Окончание", required=True)
    content = LongText(
        "Содержание работы наставника",
        required=True,
        missing="Напишите, что делает наставник",
        hint="войдёт в согласие",
    )
    work_form = LongText(
        "Форма выполнения работы", required=True, hint="когда и как: очно, дистанционно, сколько часов"
    )
    payment = ChoiceField(
        "Оплата", choices=(("paid", "доплата"), ("unpaid", "без оплаты"), ("other", "иное")), required=True
    )
    amount = NumberField("Доплата, рублей в месяц", least=1, most=999_999, required=True, only_when=("payment", "paid"))
    payment_text = LongText("Условия", required=True, only_when=("payment", "other"), missing="Напишите условия")
    school_agrees = TickField("Директор школы наставника согласен", hint="если наставник работает в другой школе")

    def check(self) -> None:
        if self.stopped_by(self.mentor):
            return
        start, end = self.starts_on.data, self.ends_on.data
        longest = int(self.facts.get("longest_days", 366))
        if start and end and end <= start:
            self.fail("ends_on", f"Поставьте дату позже начала, {start:%d.%m.%Y}")
        elif start and end and (end - start).days > longest:
            self.fail("ends_on", "Пара создаётся не больше чем на год")
        owners = self.facts.get("persons", {})
        mentor, mentee = str(self.mentor.data or ""), str(self.mentee.data or "")
        if mentor and mentee and owners.get(mentor, mentor) == owners.get(mentee, mentee):
            self.fail("mentee", "Наставник и наставляемый – разные люди")
        if mentor in self.facts.get("busy", ()):
            most = self.facts.get("most_pairs", 3)
            self.fail("mentor", f"У этого наставника уже {most} пары. Выберите другого")
        if mentor in self.facts.get("outsiders", ()) and not self.school_agrees.data:
            self.fail("school_agrees", "Наставник из другой школы: нужно согласие её директора")


class _Consent(CaseForm):
    submit_label = "Отправить ответ"
    outcome = ChoiceField("Ответ", choices=(("yes", "согласен"), ("no", "не согласен")), required=True)
    reason = LongText(
        "Что не подходит", required=True, only_when=("outcome", "no"), missing="Напишите, что не подходит"
    )


class PairMentorConsent(_Consent):
    key = "pair_mentor_consent"
    title = "Дать согласие на наставничество"
    lead = "Прочитайте текст согласия. Ответ «согласен» подписывает его; отказ последствий для вас не имеет."
    routes = ("pair_mentor_consent_outcome",)


class PairMenteeConsent(_Consent):
    key = "pair_mentee_consent"
    title = "Дать согласие на работу с наставником"
    lead = "Прочитайте текст согласия. Ответ «согласен» подписывает его."
    routes = ("pair_mentee_consent_outcome",)


class IndicatorRow(RowForm):
    name = TextField("Показатель", required=True, missing="Назовите показатель")
    base = TextField("Сейчас", required=True)
    target = TextField("Цель", required=True)


class MeetingRow(RowForm):
    topic = TextField("Тема", required=True, missing="Назовите тему")
    due_on = DateField("Срок", required=True, not_before="starts_on", not_after="ends_on")
    form = ChoiceField("Форма", choices=MEETING, required=True)


class PairProgram(CaseForm):
    key = "pair_program"
    title = "Составить программу наставничества"
    lead = "Цели, показатели и встречи. Программу утвердит директор."
    submit_label = "Отправить на утверждение"
    goals = LongText("Цели", required=True, missing="Напишите цели")
    indicators = RowsField(IndicatorRow, "Показатели", required=True, most=10, unique=("name",))
    meetings = RowsField(MeetingRow, "Встречи", required=True, least=3, most=40)


class PairProgramHead(DecisionForm):
    key = "pair_program_head"
    title = "Утвердить программу"
    routes = ("pair_program_head_outcome",)


class PairDiary(CaseForm):
    key = "pair_diary"
    title = "Записать встречу"
    lead = "Одна запись – одна встреча."
    submit_label = "Записать встречу"
    routes = ("pair_diary_outcome",)
    stops = ("outcome", "stop")
    outcome = ChoiceField(
        "Дальше",
        choices=(("more", "будут ещё встречи"), ("finish", "программа выполнена"), ("stop", "прекратить работу пары")),
        required=True,
    )
    meeting = ReferenceField("Встреча программы", of="meeting", hint="пусто, если встреча вне программы")
    held_on = DateField("Дата", required=True, not_before="starts_on", not_after="today")
    topic = TextField("Тема", required=True, missing="Назовите тему")
    form = ChoiceField("Форма", choices=MEETING, required=True)
    lesson = LongText(
        "Что увидели на уроке", required_when=("form", ("visit", "joint_lesson")), hint="без имён учеников"
    )
    agreed = LongText("О чём договорились", required=True, missing="Напишите, о чём договорились")
    files = FilesField("Материалы", most=5)
    no_pupil_data = no_pupils("files")
    marked = TickField("Наставляемый подтверждает встречу")


class PairStop(CaseForm):
    key = "pair_stop"
    title = "Прекратить работу пары"
    lead = "Другую сторону предупреждают письменно не позднее чем за три рабочих дня (статья 351.8 ТК РФ)."
    submit_label = "Отправить решение"
    routes = ("pair_stop_outcome",)
    stops = ("outcome", "go_on")
    outcome = ChoiceField(
        "Решение", choices=(("stop", "прекратить"), ("go_on", "не прекращать, продолжать встречи")), required=True
    )
    side = ChoiceField(
        "Кто прекращает",
        choices=(("mentor", "наставник"), ("mentee", "наставляемый"), ("school", "школа")),
        required=True,
    )
    dismissed = TickField("Наставник уволен", hint="пара прекращается в день увольнения", only_when=("side", "school"))
    reason = LongText("Причина", hint="можно не называть")
    stop_on = DateField("Прекратить с", required=True)

    def check(self) -> None:
        if self.stopped_by(self.stop_on) or self.stop_on.data is None:
            return
        first = self.facts.get("first_day")
        if first and not self.dismissed.data and self.stop_on.data.isoformat() < first:
            day = self.stop_on.from_json(first)
            self.fail("stop_on", f"Раньше {day:%d.%m.%Y} нельзя: нужно предупредить за три рабочих дня")


class ReachedRow(RowForm):
    name = TextField("Показатель", required=True)
    base = TextField("Было")
    target = TextField("Цель")
    reached = TextField("Достигнуто", required=True, missing="Напишите, что достигнуто")


class PairReport(CaseForm):
    key = "pair_report"
    title = "Составить итоговый отчёт"
    lead = "Показатели перенесены из программы."
    submit_label = "Отправить отчёт"
    indicators = RowsField(
        ReachedRow,
        "Показатели",
        required_when=when_fact("has_programme"),
        closed=True,
        locked=("name", "base", "target"),
    )
    conclusion = LongText("Вывод", required=True, missing="Напишите вывод")


class PairMenteeMark(CaseForm):
    key = "pair_mentee_mark"
    title = "Оценить пользу"
    lead = "Отчёт наставника и ваша оценка лягут рядом."
    submit_label = "Отправить оценку"
    mark = IntegerField("Польза, от 1 до 5", least=1, most=5, required=True)
    words = LongText("Отзыв")


class PairClose(DecisionForm):
    key = "pair_close"
    title = "Принять итоговый отчёт"
    routes = ("pair_close_outcome",)
    outcome = accepting()


FORMS = {
    form.key: form
    for form in (
        PairPropose,
        PairMentorConsent,
        PairMenteeConsent,
        PairProgram,
        PairProgramHead,
        PairDiary,
        PairStop,
        PairReport,
        PairMenteeMark,
        PairClose,
    )
}
