"""Forms of a request: a question, a call for help, a proposal, a remark of the public."""

from __future__ import annotations

from forms.base import (
    CaseForm,
    ChoiceField,
    FilesField,
    IntegerField,
    LongText,
    MomentField,
    ReferenceField,
    TextField,
    TickField,
    UrlField,
    no_pupils,
    when_fact,
)

KINDS = (
    ("consultation", "консультация"),
    ("help", "помощь"),
    ("proposal", "предложение к плану"),
    ("question", "вопрос"),
)


class RequestForm(CaseForm):
    key = "request_form"
    title = "Написать обращение"
    lead = "Не называйте обучающихся по имени: достаточно класса и числа."
    submit_label = "Отправить обращение"
    kind = ChoiceField("Что нужно", choices=KINDS, required=True)
    topic = TextField("Тема", required=True, missing="Назовите тему")
    subject = ChoiceField("Предмет", dictionary="subject")
    factor = ChoiceField("Риск школы", dictionary="risk_factor")
    text = LongText("Обращение", required=True, missing="Опишите, что нужно")
    form = ChoiceField("Желаемая форма", dictionary="help_form", only_when=("kind", ("consultation", "help")))
    slots = TextField("Удобное время", only_when=("kind", ("consultation", "help")), hint="дни и часы")
    plan = ReferenceField("К какой программе", of="plan", only_when=("kind", "proposal"))
    complaint = TickField("Это жалоба на действия сотрудника", hint="её рассмотрит руководитель организации")
    files = FilesField("Файлы")
    no_pupil_data = no_pupils("files")


class RequestTake(CaseForm):
    key = "request_take"
    title = "Принять обращение"
    lead = "Передать обращение дальше можно не больше трёх раз."
    submit_label = "Записать решение"
    routes = ("request_take_outcome",)
    outcome = ChoiceField(
        "Решение",
        choices=(
            ("take", "взять в работу"),
            ("slot", "назначить время"),
            ("forward", "передать"),
            ("decline", "отказать"),
        ),
        required=True,
    )
    executor = ReferenceField("Исполнитель", of="executor", required=True, only_when=("outcome", ("take", "slot")))
    slot = MomentField("Время консультации", required=True, only_when=("outcome", "slot"))
    to = ReferenceField("Кому передать", of="office", required=True, only_when=("outcome", "forward"))
    reason = LongText(
        "Причина", required=True, only_when=("outcome", ("forward", "decline")), missing="Назовите причину"
    )

    def check(self) -> None:
        """`facts.forwards` of `facts.most_forwards`: a request is not handed on for ever."""
        if self.outcome.data == "forward" and self.facts.get("forwards", 0) >= self.facts.get("most_forwards", 3):
            self.fail("outcome", "Обращение уже передавали трижды: ответьте на него или откажите с причиной")


class RequestReply(CaseForm):
    key = "request_reply"
    title = "Ответить на обращение"
    lead = "Ответ прочитает заявитель."
    submit_label = "Отправить ответ"
    routes = ("request_reply_outcome",)
    outcome = ChoiceField(
        "Что сейчас", choices=(("answered", "ответ готов"), ("need_info", "нужны сведения")), required=True
    )
    answer = LongText("Текст", required=True, missing="Напишите ответ или вопрос", hint="ответ или вопрос заявителю")
    decision = ChoiceField(
        "Предложение",
        choices=(("accepted", "принято"), ("partly", "принято частично"), ("declined", "отклонено")),
        only_when=when_fact("decides"),
    )
    reason = LongText("Почему отклонено", required=True, only_when=("decision", "declined"))
    link = UrlField("Ссылка на материал")
    help_kind = ChoiceField("Вид помощи", dictionary="help_kind", only_when=when_fact("helps"))
    minutes = IntegerField("Затрачено минут", least=0, most=6000)
    files = FilesField("Файлы")
    no_pupil_data = no_pupils("files")

    def check(self) -> None:
        """An answer to a proposal says whether it is accepted; a citizen without an account cannot be asked back."""
        answered = self.outcome.data == "answered"
        if answered and self.facts.get("decides") and not self.decision.data:
            self.fail("decision", "Скажите, принято ли предложение")
        if answered and self.facts.get("helps") and not self.help_kind.data:
            self.fail("help_kind", "Назовите вид помощи")
        if self.outcome.data == "need_info" and self.facts.get("public"):
            self.fail("outcome", "Заявителя с открытой страницы спросить нельзя: ответьте по тому, что написано")


class RequestMore(CaseForm):
    key = "request_more"
    title = "Дополнить обращение"
    lead = "Вопрос исполнителя показан ниже."
    submit_label = "Отправить дополнение"
    text = LongText("Ответ", required=True, missing="Ответьте на вопрос")
    files = FilesField("Файлы")
    no_pupil_data = no_pupils("files")


class RequestRate(CaseForm):
    key = "request_rate"
    title = "Оценить помощь"
    lead = "Оценка нужна, чтобы помощь становилась лучше."
    submit_label = "Отправить оценку"
    score = IntegerField("Помогло ли", least=1, most=5, required=True, hint="1 – нет, 5 – полностью")
    text = LongText("Что добавить")


FORMS = {form.key: form for form in (RequestForm, RequestTake, RequestReply, RequestMore, RequestRate)}
