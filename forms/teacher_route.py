"""Forms of an individual route: drawn by the tutor, agreed by the teacher, gone step by step."""

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
    RowForm,
    RowsField,
    TextField,
    UrlField,
    YesNoField,
    no_pupils,
)


class StepRow(RowForm):
    gap = ReferenceField("Дефицит", of="gap", required=True)
    kind = ChoiceField("Вид", dictionary="step_kind", required=True)
    text = LongText("Что сделать", required=True, longest=1000, missing="Напишите, что сделает педагог")
    hours = IntegerField("Часов", least=1, most=500)
    url = UrlField("Ссылка")
    training = ReferenceField("Группа", of="training")
    due_on = DateField("Срок", required=True, not_before="today", not_after="year_end")
    evidence = ChoiceField("Чем подтвердит", dictionary="evidence_kind", required=True)
    mentor = YesNoField("Нужен наставник")

    def check(self) -> None:
        if self.training.data is not None and self.kind.data not in ("course", "internship", None):
            self.fail("training", "Группу выбирают для курса или стажировки")


class RouteDraft(CaseForm):
    key = "route_draft"
    title = "Составить маршрут"
    lead = "Дефициты – из последней диагностики. Каждый из них должен закрываться хотя бы одним шагом."
    submit_label = "Отправить педагогу"
    goal = LongText("Цель", required=True, longest=1000, missing="Напишите цель маршрута")
    steps = RowsField(StepRow, "Шаги", required=True, most=20, row_label="Шаг")
    uncovered = LongText(
        "Почему часть дефицитов без шагов", hint="если какой-то дефицит в этот маршрут не входит", longest=1000
    )

    def check(self) -> None:
        covered = {str(key) for key in self.facts.get("covered", ())}
        taken = covered | {str(entry.form.gap.data) for entry in self.steps.filled}
        left = [
            label for code, label in self.context.get("choices", {}).get("gap", {}).items() if str(code) not in taken
        ]
        if left and self.uncovered.empty() and not self.uncovered.errors and self.steps.filled:
            self.fail("uncovered", f"Нет шагов для дефицита: {'; '.join(left)}. Добавьте шаг или объясните")


class RouteAgree(CaseForm):
    key = "route_agree"
    title = "Согласовать маршрут"
    lead = "Цель и шаги показаны ниже. Согласие подписывается вашим паролем; передумать можно, пока маршрут идёт."
    submit_label = "Отправить ответ"
    routes = ("route_agree_outcome",)
    outcome = ChoiceField(
        "Ответ",
        choices=(("agree", "согласен"), ("change", "прошу изменить"), ("refuse", "отказываюсь")),
        required=True,
    )
    wishes = LongText("Что изменить", required=True, only_when=("outcome", "change"), missing="Напишите, что изменить")
    show_head = YesNoField(
        "Показать директору результаты диагностики",
        only_when=("outcome", "agree"),
        hint="По умолчанию – нет: директор увидит только то, что маршрут есть, и его сроки. Решение можно отменить",
    )


class RouteRefusal(CaseForm):
    key = "route_refusal"
    title = "Записать причину отказа"
    lead = "Причину увидят педагог, тьютор и ЦНППМ."
    submit_label = "Записать и закрыть"
    reason = LongText("Причина отказа", required=True, missing="Напишите причину")


class DoneRow(RowForm):
    step = TextField("Шаг")
    due = TextField("Срок")
    result = ChoiceField("Результат", dictionary="result")
    fact = LongText("Что сделано", required=True, only_when=("result", ("done", "partly")), longest=2000)
    url = UrlField("Ссылка")
    files = FilesField("Файлы")

    def check(self) -> None:
        bare = self.url.empty() and self.files.empty() and not (self.url.errors or self.files.errors)
        if self.result.data == "done" and bare:
            self.fail("url", "Приложите файл или впишите ссылку: без подтверждения шаг не примут")


class RouteSteps(CaseForm):
    key = "route_steps"
    title = "Отчитаться о шагах"
    lead = "Заполните строки, о которых готовы отчитаться; остальные оставьте пустыми и вернитесь к ним позже."
    submit_label = "Отправить тьютору"
    steps = RowsField(DoneRow, "Шаги", closed=True, locked=("step", "due"), row_label="Шаг")
    reflection = LongText("Рефлексия", hint="что получилось, что вызвало затруднения")
    no_pupil_data = no_pupils()

    def check(self) -> None:
        """The statement about files is asked when a row has one; something must be reported at all."""
        rows = [entry.form for entry in self.steps.filled]
        if any(row.files.data for row in rows) and self.no_pupil_data.empty():
            self.fail("no_pupil_data", self.no_pupil_data.missing)
        if rows and all(row.result.empty() for row in rows) and not any(row.result.errors for row in rows):
            self.fail("steps", "Отметьте результат хотя бы одного шага")


class CheckRow(RowForm):
    step = TextField("Шаг")
    said = TextField("Отчёт педагога")
    mark = ChoiceField("Отметка", choices=(("accepted", "принято"), ("returned", "вернуть")), required=True)
    comment = TextField("Комментарий", required=True, only_when=("mark", "returned"), longest=1000)


class RouteCheck(CaseForm):
    key = "route_check"
    title = "Принять шаги"
    lead = "Возвращённые шаги педагог увидит с вашим комментарием."
    submit_label = "Отправить решение"
    routes = ("route_check_outcome",)
    steps = RowsField(CheckRow, "Отчёты", closed=True, locked=("step", "said"), row_label="Шаг")
    outcome = ChoiceField(
        "Дальше",
        choices=(
            ("more", "ждать остальные шаги"),
            ("replan", "перестроить маршрут"),
            ("all_done", "все шаги сделаны, провести итоговую диагностику"),
        ),
        required=True,
    )

    def check(self) -> None:
        returned = [entry for entry in self.steps.filled if entry.form.mark.data == "returned"]
        left = int(self.facts.get("left", 0)) + len(returned)
        if self.outcome.data == "all_done" and left:
            self.fail("outcome", f"Не принято шагов: {left}. Дождитесь их или перестройте маршрут")


class ExitRow(RowForm):
    kind = TextField("Вид дефицита")
    entry = TextField("Входная диагностика")
    day = DateField("Дата", required=True, not_before="year_start", not_after="today")
    percent = NumberField("Итог, %", least=0, most=100, required=True)
    note = TextField("Что осталось")


class RouteExit(CaseForm):
    key = "route_exit"
    title = "Внести итоговую диагностику"
    lead = "По каждому виду, с которого начинался маршрут. Уровень и изменение посчитаются."
    submit_label = "Записать результаты"
    results = RowsField(ExitRow, "Результаты", closed=True, locked=("kind", "entry"), row_label="Вид")


class RouteReflection(CaseForm):
    key = "route_reflection"
    title = "Подвести итог"
    lead = "Ответ увидят тьютор и ЦНППМ."
    submit_label = "Отправить итог"
    changed = LongText("Что изменилось в практике", required=True, missing="Напишите, что изменилось")
    shares = YesNoField("Готовы поделиться опытом", required=True)


class RouteClose(CaseForm):
    key = "route_close"
    title = "Закрыть маршрут"
    lead = "Вывод войдёт в маршрут, который подписываете вы."
    submit_label = "Подписать вывод"
    routes = ("route_close_outcome",)
    outcome = ChoiceField("Решение", choices=(("closed", "закрыть"), ("prolong", "продлить")), required=True)
    conclusion = LongText("Вывод", required=True, missing="Напишите вывод")
    until = DateField(
        "Продлить до",
        required=True,
        only_when=("outcome", "prolong"),
        not_before="today",
        missing="Впишите день, до которого продлеваете",
    )


FORMS = {
    form.key: form
    for form in (
        RouteDraft,
        RouteAgree,
        RouteRefusal,
        RouteSteps,
        RouteCheck,
        RouteExit,
        RouteReflection,
        RouteClose,
    )
}
