"""Forms of a request for resources."""

from __future__ import annotations

from forms.base import (
    CaseForm,
    ChoiceField,
    DateField,
    FilesField,
    LongText,
    NumberField,
    ReferenceField,
    ReferencesField,
    RowForm,
    RowsField,
    TextField,
    YesNoField,
    no_pupils,
)

URGENCY = (("before_year", "до начала учебного года"), ("this_year", "в течение года"), ("later", "перспектива"))
FUNDS = (
    ("local", "местный бюджет"),
    ("region", "региональный бюджет"),
    ("federal", "федеральный проект"),
    ("own", "внебюджетные средства"),
    ("free", "без затрат"),
)


class NeedRow(RowForm):
    kind = ChoiceField("Вид", dictionary="resource", required=True, missing="Выберите вид")
    what = TextField("Что нужно", required=True, missing="Напишите, что нужно", longest=500)
    quantity = NumberField("Количество", required=True)
    unit = TextField("Единица", required=True, missing="Впишите единицу", longest=40)
    price = NumberField("Оценка, руб.", least=0, most=10**10)
    urgency = ChoiceField("Срочность", choices=URGENCY, required=True, missing="Выберите срочность")
    factor = ChoiceField("Риск", dictionary="risk_factor", required=True, missing="Выберите риск")
    plan_row = ReferenceField("Строка программы", of="plan_row")

    def check(self) -> None:
        if self.quantity.data is not None and self.quantity.data <= 0:
            self.fail("quantity", "Количество больше нуля")


class ResourceForm(CaseForm):
    key = "resource_form"
    title = "Составить заявку"
    lead = "Каждая строка – одна потребность. Строки можно вставить из Excel."
    submit_label = "Отправить в муниципалитет"
    needs = RowsField(NeedRow, "Потребности", required=True, most=30, unique=("kind", "what"), row_label="Потребность")
    grounds = LongText("Обоснование", required=True, missing="Напишите, чему мешает нехватка")
    files = FilesField("Документы")
    no_pupil_data = no_pupils("files")


class ResourceMunicipal(CaseForm):
    key = "resource_municipal"
    title = "Рассмотреть заявку"
    lead = "Решение одно на всю заявку. Строки с другим ответом отделите: по ним откроется своя заявка."
    submit_label = "Отправить решение"
    routes = ("resource_municipal_outcome",)
    outcome = ChoiceField(
        "Решение",
        choices=(
            ("meet", "удовлетворить"),
            ("network", "закрыть через сеть"),
            ("up", "передать в регион"),
            ("refuse", "отказать"),
            ("return", "уточнить у школы"),
        ),
        required=True,
    )
    apart = ReferencesField("Отделить в другую заявку", of="apart")
    partner = TextField(
        "Чьи ресурсы", only_when=("outcome", "network"), required_when=("outcome", "network"),
        missing="Назовите организацию, которая делится ресурсом",
    )  # fmt: skip
    reason = LongText(
        "Причина", required_when=("outcome", ("refuse", "return")), missing="Назовите причину: её прочитает школа"
    )

    def check(self) -> None:
        if self.apart.data and len(self.apart.data) == len(self.apart.choices):
            self.fail("apart", "Хотя бы одна строка остаётся в этой заявке")
        if self.apart.data and self.outcome.data == "return":
            self.fail("apart", "Отделите строки после уточнения")


class ResourceRegion(CaseForm):
    key = "resource_region"
    title = "Рассмотреть переданную заявку"
    lead = "Муниципалитет передал заявку: своих средств у него нет."
    submit_label = "Отправить решение"
    routes = ("resource_region_outcome",)
    outcome = ChoiceField("Решение", choices=(("meet", "удовлетворить"), ("refuse", "отказать")), required=True)
    programme = TextField("Программа или проект", only_when=("outcome", "meet"))
    reason = LongText(
        "Причина", only_when=("outcome", "refuse"), required_when=("outcome", "refuse"), missing="Назовите причину"
    )


class ResourceAllocate(CaseForm):
    key = "resource_allocate"
    title = "Выделить ресурсы"
    lead = "Срок передачи увидит школа."
    submit_label = "Записать условия"
    routes = ("deliver_by",)
    funds = ChoiceField("Источник средств", choices=FUNDS, required=True)
    amount = NumberField("Сумма, руб.", least=0, most=10**10, required_when=lambda form: form.funds.data != "free")
    deliver_by = DateField("Передать до", required=True, not_before="today")


class ResourceDeliver(CaseForm):
    key = "resource_deliver"
    title = "Передать школе"
    lead = "Школа проверит полученное и ответит, всё ли на месте."
    submit_label = "Записать передачу"
    delivered = NumberField("Передано, единиц", least=0, required=True)
    day = DateField("День передачи", required=True, not_after="today")
    files = FilesField("Акт передачи", required=True, missing="Приложите акт передачи")
    no_pupil_data = no_pupils("files")


class ResourceConfirm(CaseForm):
    key = "resource_confirm"
    title = "Подтвердить получение"
    lead = "Если получено не всё, заявка вернётся в муниципалитет."
    submit_label = "Отправить ответ"
    routes = ("resource_confirm_outcome",)
    outcome = ChoiceField(
        "Получено", choices=(("received", "всё"), ("partly", "не всё"), ("no", "ничего")), required=True
    )
    note = LongText(
        "Чего не хватает", only_when=("outcome", ("partly", "no")), required_when=("outcome", ("partly", "no")),
        missing="Напишите, чего не хватает",
    )  # fmt: skip


class ResourceEffect(CaseForm):
    key = "resource_effect"
    title = "Сообщить о пользе"
    lead = "По ответам судят, какие ресурсы помогают школам."
    submit_label = "Отправить отзыв"
    used = YesNoField("Используется", required=True)
    changed = LongText("Что изменилось", required=True, missing="Напишите, что изменилось")


FORMS = {
    form.key: form
    for form in (
        ResourceForm,
        ResourceMunicipal,
        ResourceRegion,
        ResourceAllocate,
        ResourceDeliver,
        ResourceConfirm,
        ResourceEffect,
    )
}
