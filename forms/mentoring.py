"""Forms of a school's accompaniment: candidate, consent, plan with the contact log, review, report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from forms.base import (
    CaseForm,
    ChoiceField,
    DateField,
    DecisionForm,
    FilesField,
    IntegerField,
    LongText,
    ReferenceField,
    RowForm,
    RowsField,
    TextField,
    TickField,
    YesNoField,
    accepting,
    when_fact,
)

LONGEST_TERM = timedelta(days=366)
VISIT_FORMS = (("onsite", "очно"), ("online", "онлайн"))
CONTACT_FORMS = (("call", "звонок"), ("meeting", "встреча"), ("mail", "переписка"), ("video", "видеосвязь"))


def _chosen(form: Any, fact: str) -> Any:
    """What is known of the chosen candidate; facts keep candidates by the text of their id."""
    return form.facts.get(fact, {}).get(str(form.candidate.data))


class MentoringCandidate(CaseForm):
    """`facts.failed`: {candidate: [{"code", "text", "absolute"}]}; `facts.elsewhere`: {candidate: его муниципалитет}."""

    key = "mentoring_candidate"
    title = "Предложить кандидата"
    lead = "Показатель результатов, нагрузка и своя школа проверены. Исключение обосновывает руководитель органа."
    submit_label = "Направить кандидату"
    candidate = ReferenceField("Кандидат", of="candidate", required=True, missing="Выберите кандидата")
    starts_on = DateField("С какого дня", required=True, not_before="today")
    ends_on = DateField("По какой день", required=True, not_after="latest")
    kinship = YesNoField(
        "Известно ли о родстве или ином конфликте интересов кандидата и руководства школы", required=True
    )
    neighbour_agrees = TickField(
        "Муниципальный орган кандидата согласен",
        required_when=lambda form: _chosen(form, "elsewhere") is not None,
        missing="Кандидат работает в другом муниципалитете: нужно согласие его муниципального органа",
        hint="Нужно, если кандидат работает в другом муниципалитете",
    )
    neighbour_paper = FilesField(
        "Письмо муниципального органа кандидата",
        required_when=lambda form: _chosen(form, "elsewhere") is not None,
        missing="Приложите письмо муниципального органа кандидата",
    )
    reason = LongText(
        "Обоснование исключения",
        required_when=lambda form: bool(_chosen(form, "failed")),
        shortest=20,
        missing="Кандидат не проходит проверку: обоснуйте исключение или выберите другого",
        hint="Нужно, если кандидат не проходит проверку",
    )

    def check(self) -> None:
        failed = _chosen(self, "failed") or []
        for one in failed:
            if one["absolute"]:
                self.fail("candidate", one["text"])
        if failed and not self.candidate.errors and not self.facts.get("head"):
            names = "; ".join(one["text"] for one in failed)
            self.fail("candidate", f"{names}. Исключение обосновывает только руководитель органа")
        if self.kinship.data:
            self.fail("kinship", "При конфликте интересов куратора не назначают. Выберите другого кандидата")
        first, last = self.starts_on.data, self.ends_on.data
        if first and last and last <= first:
            self.fail("ends_on", "Последний день раньше первого")
        elif first and last and last - first > LONGEST_TERM:
            self.fail("ends_on", "Срок – не больше года: на следующий год назначают заново")


class MentoringConsent(CaseForm):
    key = "mentoring_consent"
    title = "Дать согласие на сопровождение школы"
    lead = "Текст согласия показан ниже. Без вашего согласия приказа не будет."
    submit_label = "Отправить ответ"
    routes = ("mentoring_consent_outcome",)
    outcome = ChoiceField("Ответ", choices=(("yes", "согласен"), ("no", "не согласен")), required=True)
    conditions = LongText("Условия", only_when=("outcome", "yes"), hint="Например, в какие дни вы готовы приезжать")
    payment = TextField("Условия оплаты по соглашению", only_when=when_fact("payment"))
    no_conflict = TickField(
        "Родства и иного конфликта интересов с руководством школы нет",
        required_when=("outcome", "yes"),
        missing="Подтвердите, что конфликта интересов нет, или откажитесь",
    )
    contacts = TickField("Мои рабочие контакты можно разместить на сайтах школы и органа")
    reason = LongText("Причина отказа", required=True, only_when=("outcome", "no"), missing="Назовите причину отказа")


class PlannedVisitRow(RowForm):
    on = DateField("День или месяц посещения", required=True, not_before="today", not_after="year_end")
    aim = LongText("Цель", required=True, missing="Напишите цель посещения")
    form = ChoiceField("Форма", choices=VISIT_FORMS, required=True)


class TopicRow(RowForm):
    topic = TextField("Тема", required=True, missing="Назовите тему")


class ContactRow(RowForm):
    day = DateField("Дата", required=True, not_before="year_start", not_after="today")
    form = ChoiceField("Форма", choices=CONTACT_FORMS, required=True)
    whom = TextField("С кем", required=True, hint="должность", missing="Назовите, с кем говорили")
    about = LongText("О чём", required=True, missing="Напишите, о чём говорили")
    minutes = IntegerField("Минут", least=1, most=600)


class MentoringPlan(CaseForm):
    """`facts.open_visits`: how many visits of this school are planned already; they count for the least number."""

    key = "mentoring_plan"
    title = "Составить план сопровождения"
    lead = "По каждой строке откроется посещение. Журнал контактов можно дополнять весь год."
    submit_label = "Утвердить план"
    least_visits = 2
    visits = RowsField(PlannedVisitRow, "Посещения", most=12, hint="Не меньше двух в год, вместе с уже открытыми")
    topics = RowsField(TopicRow, "Темы консультаций", most=20)
    contacts = RowsField(ContactRow, "Журнал контактов", most=100)

    def check(self) -> None:
        count = len(self.visits.filled) + int(self.facts.get("open_visits", 0))
        if count < self.least_visits:
            self.fail("visits", f"Запланируйте не меньше {self.least_visits} посещений, сейчас {count}")


class MentoringReview(CaseForm):
    """`facts.alert`: why the review came before its time, if it did."""

    key = "mentoring_review"
    title = "Пересмотреть сопровождение"
    lead = "При замене прежний куратор работает до приказа о новом, если он не выбыл."
    submit_label = "Записать решение"
    routes = ("mentoring_review_outcome",)
    outcome = ChoiceField(
        "Решение",
        choices=(("continue", "продолжать"), ("replace", "заменить"), ("end", "закончить")),
        required=True,
    )
    rating = IntegerField("Отзыв школы, от 1 до 5", least=1, most=5, hint="Спросите директора школы")
    reason = LongText(
        "Причина", required=True, only_when=("outcome", ("replace", "end")), missing="Напишите, почему так решили"
    )

    def check(self) -> None:
        if self.outcome.data == "continue" and self.facts.get("left"):
            self.fail("outcome", "Куратор выбыл: замените его или закончите сопровождение")


class MentoringReport(CaseForm):
    key = "mentoring_report"
    title = "Составить отчёт о сопровождении"
    lead = "Посещения и контакты войдут в отчёт из дела. После отправки прочитайте его и подпишите."
    submit_label = "Собрать отчёт"
    done = LongText("Что сделано", required=True, shortest=30, missing="Напишите, что сделано")
    changes = LongText("Что изменилось в школе", required=True, shortest=30, missing="Напишите, что изменилось")
    advice = LongText("Рекомендации школе", required=True, missing="Напишите рекомендации")


class MentoringSign(CaseForm):
    key = "mentoring_sign"
    title = "Подписать отчёт о сопровождении"
    lead = "После подписи отчёт уйдёт назначившему органу."
    submit_label = "Отправить решение"
    routes = ("mentoring_sign_outcome",)
    outcome = ChoiceField("Решение", choices=(("sign", "подписать"), ("return", "вернуться к тексту")), required=True)


class MentoringAccept(DecisionForm):
    key = "mentoring_accept"
    title = "Принять отчёт о сопровождении"
    routes = ("mentoring_accept_outcome",)
    outcome = accepting()


class ContactNote(CaseForm):
    """A contact written beside the tasks, the whole year round."""

    key = "contact_note"
    title = "Записать контакт"
    lead = "Контакт войдёт в отчёт куратора и в сведения об оказанной школе помощи."
    submit_label = "Записать контакт"
    day = DateField("Дата", required=True, not_before="year_start", not_after="today")
    form = ChoiceField("Форма", choices=CONTACT_FORMS, required=True)
    whom = TextField("С кем", required=True, hint="должность", missing="Назовите, с кем говорили")
    about = LongText("О чём", required=True, missing="Напишите, о чём говорили")
    minutes = IntegerField("Минут", least=1, most=600)


class ReleaseNote(CaseForm):
    """An appointed person who works no longer."""

    key = "release_note"
    title = "Сообщить, что куратор выбыл"
    lead = "Открытые посещения и задачи сразу перейдут к методической службе, до приказа о преемнике."
    submit_label = "Сообщить о выбытии"
    last_day = DateField("Последний день работы", required=True, not_after="today")
    reason = LongText("Причина", required=True, missing="Напишите причину")


FORMS = {
    form.key: form
    for form in (
        MentoringCandidate,
        MentoringConsent,
        MentoringPlan,
        MentoringReview,
        MentoringReport,
        MentoringSign,
        MentoringAccept,
    )
}
