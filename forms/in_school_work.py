"""Forms of work inside a school: mechanisms against a risk, micro-groups, mutual visits, training, adopted practices."""

from __future__ import annotations

from forms.base import (
    CaseForm,
    ChoiceField,
    DateField,
    DecisionForm,
    FilesField,
    IntegerField,
    LongText,
    ReferenceField,
    ReferencesField,
    RowForm,
    RowsField,
    TextField,
    TickField,
    UrlField,
    YesNoField,
    accepting,
    no_pupils,
    signing,
    when_fact,
)

KINDS = (
    ("mechanism", "внутришкольный механизм"),
    ("micro_group", "микрогруппа"),
    ("mutual_visits", "взаимопосещение уроков"),
    ("inhouse_training", "внутрикорпоративное обучение"),
    ("adoption", "внедрение практики"),
)
PERIODS = (("week", "раз в неделю"), ("fortnight", "раз в две недели"), ("month", "раз в месяц"), ("once", "один раз"))
HELD = ("more", "finish")


class StepRow(RowForm):
    text = TextField("Что делаем", required=True, longest=1000)
    who = TextField("Кто", required=True)
    when = TextField("Когда", required=True, hint="день, неделя, событие")


class WorkCard(CaseForm):
    key = "work_card"
    title = "Составить карточку работы"
    lead = "После подписи директора карточка станет регламентом механизма или планом работы."
    submit_label = "Отправить директору"
    routes = ("kind", "acquaint")
    kind = ChoiceField("Вид работы", choices=KINDS, required=True)
    name = TextField("Название", required=True)
    factor = ChoiceField("Против какого риска", dictionary="risk_factor")
    gap = ChoiceField("Какой дефицит закрывает", dictionary="gap_kind", hint="если работа не о риске, а о дефиците")
    goal = LongText("Цель", required=True, missing="Напишите цель")
    responsible = ReferenceField("Ответственный", of="position", required=True)
    members = ReferencesField("Участники", of="position", required=True)
    guests = TextField(
        "Участники из других школ", longest=1000, hint="для межшкольной группы: имя, школа; через точку с запятой"
    )
    steps = RowsField(StepRow, "Порядок работы", ordered=True, required=True, most=40, row_label="Шаг")
    regulation = FilesField("Файл положения", only_when=("kind", "mechanism"))
    no_pupil_data = TickField(
        "Файлы не содержат персональных данных обучающихся",
        only_when=("kind", "mechanism"),
        required_when=lambda form: bool(form["regulation"].data),
        missing="Проверьте файлы и подтвердите, что в них нет персональных данных обучающихся",
    )
    practice = TextField(
        "Практика", longest=500, required=True, only_when=("kind", "adoption"), missing="Назовите практику"
    )
    practice_url = UrlField("Ссылка на практику", only_when=("kind", "adoption"))
    starts_on = DateField("Начало", required=True)
    ends_on = DateField("Окончание", required=True)
    period = ChoiceField("Встречи", choices=PERIODS, required=True)
    acquaint = YesNoField("Ознакомить коллектив", required=True)

    def check(self) -> None:
        """A reason, people enough, days in order."""
        if not self.factor.data and not self.gap.data and not (self.factor.errors or self.gap.errors):
            self.fail("factor", "Назовите риск или дефицит, против которого работа")
        alone = self.kind.data == "mechanism" or bool(self.guests.data)
        people = {*self.members.data, self.responsible.data} - {None}
        if self.members.data and len(people) < 2 and not alone:
            self.fail("members", "Нужны хотя бы двое: добавьте коллегу или участника из другой школы")
        if self.starts_on.data and self.ends_on.data and self.ends_on.data < self.starts_on.data:
            self.fail("ends_on", "Окончание раньше начала")


class WorkHead(DecisionForm):
    key = "work_head"
    title = "Утвердить работу"
    lead = "Подпись ставит на документ гриф «УТВЕРЖДАЮ»."
    routes = ("work_head_outcome",)
    outcome = signing("утвердить")


class LessonRow(RowForm):
    teacher = ReferenceField("Кто провёл урок", of="member", required=True)
    visitor = ReferenceField("Кто посетил", of="member", required=True)
    subject = ChoiceField("Предмет", dictionary="subject", required=True)
    grade = TextField("Класс", required=True, longest=20)
    topic = TextField("Тема урока", required=True)
    good = LongText("Удалось", required=True)
    advice = LongText("Предложение", required=True)
    agreed = LongText("Договорились", required=True)

    def check(self) -> None:
        if self.teacher.data is not None and self.teacher.data == self.visitor.data:
            self.fail("visitor", "Урок посещает другой участник")


class WorkLog(CaseForm):
    key = "work_log"
    title = "Записать встречу"
    lead = "Если встреча не состоялась, отметьте это и назначьте новый день."
    submit_label = "Записать встречу"
    routes = ("work_log_outcome",)
    outcome = ChoiceField(
        "Как прошло",
        choices=(
            ("more", "встреча прошла, будут ещё"),
            ("finish", "встреча прошла, она последняя"),
            ("missed", "встреча не состоялась"),
        ),
        required=True,
    )
    day = DateField("Дата", required=True, only_when=("outcome", HELD), not_after="today")
    present = ReferencesField("Кто был", of="member", required=True, only_when=("outcome", HELD))
    topic = TextField("Тема", required=True, only_when=("outcome", HELD))
    lessons = RowsField(
        LessonRow,
        "Листы взаимопосещения",
        only_when=when_fact("visits"),
        most=20,
        hint="видят только эти двое и руководитель объединения",
        row_label="Урок",
    )
    decision = LongText("Что решили", only_when=("outcome", HELD))
    files = FilesField("Файлы", only_when=("outcome", HELD))
    no_pupil_data = no_pupils("files")
    reason = LongText("Почему не состоялась", required=True, only_when=("outcome", "missed"))
    next_on = DateField(
        "Следующая встреча", only_when=("outcome", ("more", "missed")), not_before="today", hint="пусто – по расписанию"
    )

    def check(self) -> None:
        if self.facts.get("visits") and self.outcome.data in HELD and not self.lessons.filled:
            self.fail("lessons", "Добавьте лист хотя бы одного урока")


class WorkAsk(CaseForm):
    key = "work_ask"
    title = "Решить, продолжать ли работу"
    lead = "Последняя встреча была больше 60 дней назад."
    submit_label = "Записать решение"
    routes = ("work_ask_outcome",)
    outcome = ChoiceField(
        "Решение", choices=(("continue", "продолжать"), ("close", "закрыть без итога")), required=True
    )
    next_on = DateField("Следующая встреча", required=True, only_when=("outcome", "continue"), not_before="today")
    reason = LongText("Причина", required=True, only_when=("outcome", "close"), missing="Назовите причину")


class WorkResult(CaseForm):
    key = "work_result"
    title = "Подвести итог работы"
    lead = "Итог прочитают директор и куратор школы."
    submit_label = "Отправить итог"
    changed = LongText("Что изменилось", required=True, shortest=30, missing="Напишите, что изменилось и по чему видно")
    score = IntegerField("Самооценка результата", least=0, most=3, required=True, hint="0 – нет, 3 – результат есть")
    library = YesNoField("Есть чем поделиться с другими школами", required=True)


class WorkAdoptConfirm(DecisionForm):
    key = "work_adopt_confirm"
    title = "Подтвердить внедрение практики"
    lead = "Подтверждённое внедрение попадёт в счёт практики."
    routes = ("work_adopt_confirm_outcome",)
    outcome = ChoiceField("Решение", choices=(("confirm", "подтверждаю"), ("return", "вернуть")), required=True)
    where = TextField(
        "В каких классах, по каким предметам", required=True, only_when=("outcome", "confirm"), longest=500
    )
    result = LongText("Что дало", required=True, only_when=("outcome", "confirm"), missing="Напишите результат")


class WorkCheck(DecisionForm):
    key = "work_check"
    title = "Принять итог работы"
    routes = ("work_check_outcome",)
    outcome = accepting()


FORMS = {form.key: form for form in (WorkCard, WorkHead, WorkLog, WorkAsk, WorkResult, WorkAdoptConfirm, WorkCheck)}
