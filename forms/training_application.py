"""Forms of a municipality's half-year application for courses and internships."""

from __future__ import annotations

from forms.base import (
    CaseForm,
    ChoiceField,
    DecisionForm,
    IntegerField,
    LongText,
    ReferenceField,
    RowForm,
    RowsField,
    TextField,
    YesNoField,
    signing,
)

KIND = (("course", "курс повышения квалификации"), ("internship", "стажировка"))


class WantedRow(RowForm):
    topic = TextField("Тема или программа", required=True, missing="Назовите тему")
    kind = ChoiceField("Вид", choices=KIND, required=True)
    audience = ChoiceField(
        "Для кого",
        choices=(("heads", "руководители"), ("teams", "команды"), ("teachers", "учителя")),
        required=True,
    )
    subject = ChoiceField("Предмет", dictionary="subject")
    school = ReferenceField("Школа", of="school", required=True)
    people = IntegerField("Человек", least=1, most=400, required=True)
    gap_kind = ChoiceField("Дефицит", dictionary="gap_kind")
    month = ChoiceField("Месяц", dictionary="month")
    priority = IntegerField("Приоритет", least=1, most=3, required=True, hint="1 – важнее всего")


class TappCollect(CaseForm):
    key = "tapp_collect"
    title = "Собрать потребность"
    lead = "Строки собраны из потребностей школ. Удалите лишнее, добавьте то, чего не хватает."
    submit_label = "Отправить на подпись"
    rows = RowsField(WantedRow, "Потребность", required=True, most=300)


class TappSend(DecisionForm):
    key = "tapp_send"
    title = "Подписать заявку"
    lead = "Подписанная заявка получит номер и уйдёт в ЦНППМ."
    routes = ("tapp_send_outcome",)
    outcome = signing()


class QuotaRow(RowForm):
    wanted = TextField("Строка заявки")
    people = IntegerField("Просят")
    quota = IntegerField("Выделено", least=0, most=400, required=True)
    training = ReferenceField("Поток", of="training")
    reason = TextField("Причина")

    def check(self) -> None:
        asked, given = self.people.data, self.quota.data
        if asked is None or given is None or self.quota.errors:
            return
        if given > asked:
            self.fail("quota", f"Не больше, чем просят: {asked}")
        elif given < asked and self.reason.empty():
            self.fail("reason", "Мест меньше, чем просят: назовите причину")
        if given and self.training.empty() and not self.training.errors:
            self.fail("training", "Выберите поток, в котором выделены места")


class TappQuota(CaseForm):
    key = "tapp_quota"
    title = "Выделить места"
    lead = "Ответ с квотой уйдёт муниципалитету. Места занимаются, когда он назовёт слушателей."
    submit_label = "Отправить квоту"
    routes = ("tapp_quota_outcome",)
    stops = ("outcome", "return")
    outcome = ChoiceField(
        "Решение",
        choices=(
            ("full", "выделить полностью"),
            ("partly", "выделить частично"),
            ("return", "вернуть заявку"),
        ),
        required=True,
    )
    why = LongText("Почему возвращается", hint="заполняется, если заявка возвращается")
    rows = RowsField(QuotaRow, "Строки", closed=True, locked=("wanted", "people"), most=300)

    def check(self) -> None:
        rows = [entry.form for entry in self.rows.filled]
        less = any((row.quota.data or 0) < (row.people.data or 0) for row in rows)
        if self.outcome.data == "full" and less:
            self.fail("outcome", "По части строк мест меньше, чем просят: выберите «выделить частично»")
        if self.outcome.data == "partly" and rows and not less:
            self.fail("outcome", "По всем строкам места выделены: выберите «выделить полностью»")


class NamedRow(RowForm):
    place = ReferenceField("Место", of="place", required=True)
    teacher = ReferenceField("Педагог", of="teacher", required=True)
    agrees = YesNoField("Педагог согласен", required=True)
    reason = TextField("Почему без дефицита", hint="если диагностика дефицита не показала")

    def check(self) -> None:
        if self.agrees.data is False:
            self.fail("agrees", "Без согласия педагога записать нельзя: выберите другого")
        if self.teacher.data is None or self.teacher.errors or not self.reason.empty():
            return
        if self.teacher.data in self.teacher.root.facts.get("without_gap", ()):
            self.fail("reason", "Дефицит не выявлен: объясните, зачем педагогу это обучение")


class TappNames(CaseForm):
    key = "tapp_names"
    title = "Назвать слушателей"
    lead = "Каждый педагог занимает одно место. Если места в потоке кончились, он попадёт в резерв."
    submit_label = "Записать слушателей"
    names = RowsField(NamedRow, "Слушатели", most=400, unique=("place", "teacher"), row_label="Слушатель")

    def check(self) -> None:
        limits = {str(key): limit for key, limit in self.facts.get("limits", {}).items()}
        taken: dict[str, int] = {}
        for entry in self.names.filled:
            place = str(entry.form.place.data)
            taken[place] = taken.get(place, 0) + 1
            if place in limits and taken[place] > limits[place]:
                entry.form.fail("place", f"Выделено мест: {limits[place]}, больше записать нельзя")


class TappResult(CaseForm):
    key = "tapp_result"
    title = "Подвести итог полугодия"
    lead = "Числа посчитаны по группам."
    submit_label = "Закрыть полугодие"
    conclusion = LongText("Вывод", required=True, missing="Напишите вывод")


FORMS = {form.key: form for form in (TappCollect, TappSend, TappQuota, TappNames, TappResult)}
