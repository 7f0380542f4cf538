"""Forms of an assignment: a row of any plan, a point of an act, an order of a head."""

from __future__ import annotations

from forms.base import (
    CaseForm,
    ChoiceField,
    DateField,
    FilesField,
    IntegerField,
    LongText,
    NumberField,
    ReferenceField,
    ReferencesField,
    RowForm,
    RowsField,
    TextField,
    UrlField,
    no_pupils,
)

CONTROL = (("none", "без контроля"), ("usual", "обычный"), ("special", "особый"))
RESULTS = (("done", "выполнено"), ("partly", "выполнено частично"), ("not_done", "не выполнено"))


class AssignmentIssue(CaseForm):
    key = "assignment_issue"
    title = "Дать поручение"
    lead = "Суть – одно действие с проверяемым результатом. Исполнитель увидит её дословно."
    submit_label = "Отправить исполнителю"
    routes = ("controlled", "due_on")
    text = LongText("Суть", required=True, missing="Напишите, что сделать")
    basis = TextField("Основание", required=True, missing="Назовите основание", hint="акт, решение, посещение")
    executor = ReferenceField("Исполнитель", of="executor", required=True, missing="Выберите исполнителя")
    others = ReferencesField("Соисполнители", of="executor")
    due_on = DateField("Срок", required=True, not_before="today")
    control = ChoiceField("Контроль", choices=CONTROL, required=True)
    expected = LongText("Ожидаемый результат", required=True, missing="Напишите, по чему будет видно исполнение")

    def routing(self) -> dict[str, object]:
        """`controlled`: the controller takes it off himself."""
        return {"controlled": self.control.data in ("usual", "special"), "due_on": self.due_on.answer()}


class AssignmentTake(CaseForm):
    key = "assignment_take"
    title = "Принять к исполнению"
    lead = "Возражение с причиной вернётся тому, кто поручил."
    submit_label = "Отправить ответ"
    routes = ("assignment_take_outcome",)
    outcome = ChoiceField("Ответ", choices=(("take", "принять к исполнению"), ("object", "возразить")), required=True)
    reason = LongText(
        "Причина", required_when=("outcome", "object"), only_when=("outcome", "object"), missing="Назовите причину"
    )
    given_to = ReferenceField("Передать сотруднику", of="colleague", only_when=("outcome", "take"))


_REPORTS = ("outcome", "report")
_ASKS = ("outcome", "ask_extension")


class AssignmentReport(CaseForm):
    key = "assignment_report"
    title = "Отчитаться об исполнении"
    lead = "Подтверждения обязательны, если выполнено: файл или ссылка на страницу."
    submit_label = "Отправить ответ"
    routes = ("assignment_report_outcome",)
    outcome = ChoiceField(
        "Действие", choices=(("report", "отчитаться"), ("ask_extension", "просить продлить срок")), required=True
    )
    result = ChoiceField("Результат", choices=RESULTS, required_when=_REPORTS, only_when=_REPORTS)
    done_text = LongText("Что сделано", required_when=_REPORTS, only_when=_REPORTS, missing="Напишите, что сделано")
    done_on = DateField("Когда сделано", required_when=_REPORTS, only_when=_REPORTS, not_after="today")
    people = IntegerField("Участников", least=0, most=100_000, only_when=_REPORTS)
    value = NumberField("Значение показателя", only_when=_REPORTS)
    files = FilesField("Подтверждения: файлы", only_when=_REPORTS)
    link = UrlField("Подтверждение: ссылка", only_when=_REPORTS)
    no_pupil_data = no_pupils("files")
    reason = LongText(
        "Что помешало", only_when=("result", ("partly", "not_done")), required_when=("result", ("partly", "not_done")),
        missing="Напишите, что помешало",
    )  # fmt: skip
    help_kind = ChoiceField("Вид оказанной помощи", dictionary="help_kind", only_when=_REPORTS)
    new_due = DateField("Новый срок", required_when=_ASKS, only_when=_ASKS, not_before="tomorrow")
    grounds = LongText("Почему не успеть", required_when=_ASKS, only_when=_ASKS, missing="Назовите причину переноса")

    def check(self) -> None:
        done = self.outcome.data == "report" and self.result.data == "done"
        if done and not self.files.data and not self.link.data:
            self.fail("files", "«Выполнено» без подтверждения не принимается: приложите файл или дайте ссылку")


class AssignmentExtend(CaseForm):
    key = "assignment_extend"
    title = "Решить о переносе срока"
    lead = "Доводы исполнителя – ниже. Решение с его основанием исполнитель получит сразу."
    submit_label = "Отправить решение"
    outcome = ChoiceField("Решение", choices=(("grant", "продлить"), ("deny", "отказать")), required=True)
    new_due = DateField(
        "Новый срок", required_when=("outcome", "grant"), only_when=("outcome", "grant"), not_before="today"
    )
    reason = LongText("Основание", required=True, missing="Назовите основание решения")


class EvidenceRow(RowForm):
    name = TextField("Подтверждение")
    accepted = ChoiceField("Решение", choices=(("accepted", "принято"), ("rejected", "не принято")))


class AssignmentCheck(CaseForm):
    key = "assignment_check"
    title = "Принять исполнение"
    lead = "Оценка: нет результата – 0, формально – 1, достаточно – 2, результативно – 3."
    submit_label = "Отправить решение"
    routes = ("assignment_check_outcome",)
    outcome = ChoiceField(
        "Решение", choices=(("accept", "принять"), ("return", "вернуть"), ("drop", "снять")), required=True
    )
    evidence = RowsField(EvidenceRow, "Подтверждения", closed=True, locked=("name",))
    quality = IntegerField("Оценка качества, 0–3", least=0, most=3, required=True)
    conclusion = LongText(
        "Вывод", required_when=("outcome", ("return", "drop")), missing="Напишите, чего не хватает или почему снято"
    )
    again_by = DateField(
        "Исправить до", only_when=("outcome", "return"), required_when=("outcome", "return"), not_before="today"
    )

    def check(self) -> None:
        if self.outcome.data != "accept":
            return
        for entry in self.evidence.filled:
            if entry.form.accepted.empty():
                entry.form.fail("accepted", "Решите по каждому подтверждению")
        rejected = [e for e in self.evidence.filled if e.form.accepted.data == "rejected"]
        if rejected and len(rejected) == len(self.evidence.filled):
            self.fail("outcome", "Ни одно подтверждение не принято: верните поручение")


class AssignmentControl(CaseForm):
    key = "assignment_control"
    title = "Снять с контроля"
    lead = "Исполнение принято. С контроля поручение снимаете вы."
    submit_label = "Отправить решение"
    routes = ("assignment_control_outcome",)
    outcome = ChoiceField("Решение", choices=(("off", "снять с контроля"), ("return", "вернуть")), required=True)
    reason = LongText(
        "Что исправить", only_when=("outcome", "return"), required_when=("outcome", "return"),
        missing="Напишите, что исправить",
    )  # fmt: skip


FORMS = {
    form.key: form
    for form in (
        AssignmentIssue,
        AssignmentTake,
        AssignmentReport,
        AssignmentExtend,
        AssignmentCheck,
        AssignmentControl,
    )
}
