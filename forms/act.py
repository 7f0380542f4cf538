"""Forms of an act: order, directive, regulation."""

from __future__ import annotations

import re
from typing import Any

from forms.base import (
    CaseForm,
    ChoiceField,
    DateField,
    FilesField,
    LongText,
    ReferenceField,
    RemarkRow,
    RowForm,
    RowsField,
    TextField,
    TickField,
    UrlField,
    YesNoField,
    no_pupils,
)

_ABOUT = re.compile(r"(О|Об|Обо)\s+\S")
_SIGNATURES, _SCANS = ("sig", "p7s", "sgn"), ("pdf", "jpg", "jpeg", "png")


class PointRow(RowForm):
    text = LongText("Текст пункта", required=True, missing="Напишите пункт")
    executor = ReferenceField(
        "Исполнитель", of="executor", required_when=lambda row: row.due.data is not None or row.controlled.data
    )
    due = DateField("Срок", not_before="today")
    controlled = TickField("На контроль")


class ActDraft(CaseForm):
    key = "act_draft"
    title = "Подготовить проект"
    lead = "Пункты с исполнителем и сроком станут поручениями, когда акт вступит в силу."
    submit_label = "Отправить проект"
    routes = ("act_draft_outcome", "level", "publish")
    stops = ("outcome", "withdraw")
    outcome = ChoiceField(
        "Что с проектом", choices=(("send", "отправить на согласование"), ("withdraw", "снять проект")), required=True
    )
    act_kind = ChoiceField("Вид", dictionary="act_kind", required=True)
    level = ChoiceField("Уровень", dictionary="level", required=True)
    heading = LongText(
        "Заголовок", longest=500, required=True, missing="Впишите заголовок", hint="начинается с «О» или «Об»"
    )
    basis = TextField("Основание", required=True, missing="Назовите норму", hint="пункт и документ")
    preamble = LongText("Преамбула", required=True)
    points = RowsField(PointRow, "Пункты", ordered=True, required=True, most=50)
    control = ReferenceField("Контроль возложить на", of="position", required=True)
    annexes = FilesField("Приложения")
    no_pupil_data = no_pupils("annexes")
    relation = ChoiceField(
        "Связь с другими актами",
        choices=(("new", "новый"), ("amends", "изменяет"), ("repeals", "отменяет")),
        required=True,
    )
    related = ReferenceField("Какой акт", of="document", required=True, only_when=("relation", ("amends", "repeals")))
    prolongs_to = DateField(
        "Новый срок действия изменяемого акта", hint="если он меняется", only_when=("relation", "amends")
    )
    effective = ChoiceField(
        "Действует",
        choices=(("signing", "с подписания"), ("date", "с даты"), ("publication", "после размещения")),
        required=True,
    )
    effective_on = DateField("С какой даты", required=True, only_when=("effective", "date"))
    valid_to = DateField("Действует по", hint="если есть", not_before="today")
    publish = YesNoField("Размещать на сайтах", required=True)
    binding = TickField("Обязательный для муниципалитета")

    def __init__(self, *args: Any, **kw: Any) -> None:
        """The level is the kind's own: it decides whether the act goes round for visas."""
        super().__init__(*args, **kw)
        if self.facts.get("level"):
            self.level.lock(self.facts["level"])

    def check(self) -> None:
        if self.stopped_by(self.heading):
            return
        if self.heading.data and not self.heading.errors and not _ABOUT.match(self.heading.data):
            self.fail("heading", "Заголовок начинается с «О» или «Об»: «Об утверждении перечня…»")
        if self.effective.data == "publication" and self.publish.data is False:
            self.fail("publish", "Акт действует после размещения: его нужно разместить")
        start, end = self.effective_on.data, self.valid_to.data
        if start and end and end <= start:
            self.fail("valid_to", f"Срок кончается раньше, чем акт начинает действовать, {start:%d.%m.%Y}")


class ActSign(CaseForm):
    key = "act_sign"
    title = "Подписать акт"
    lead = "Показан тот самый текст, под которым собраны визы. Отпечаток текста напечатан под ним."
    submit_label = "Отправить решение"
    routes = ("act_sign_outcome",)
    outcome = ChoiceField(
        "Решение", choices=(("sign", "подписать"), ("return", "вернуть"), ("refuse", "отказать")), required=True
    )
    method = ChoiceField(
        "Способ подписи",
        choices=(
            ("qualified", "файл усиленной квалифицированной подписи"),
            ("paper", "бумага, приложен скан"),
            ("simple", "простая электронная подпись"),
        ),
        required=True,
        only_when=("outcome", "sign"),
    )
    files = FilesField(
        "Файл подписи или скан",
        extensions=_SIGNATURES + _SCANS,
        most=5,
        required=True,
        only_when=lambda form: form.outcome.data == "sign" and form.method.data in ("qualified", "paper"),
    )
    remarks = RowsField(
        RemarkRow, "Замечания", required_when=("outcome", "return"), most=50, missing="Напишите, что исправить"
    )
    reason = LongText("Причина отказа", required=True, only_when=("outcome", "refuse"), missing="Назовите причину")

    def check(self) -> None:
        if self.method.data == "simple" and self.facts.get("level") != "school":
            self.fail("method", "Простой подписью подписывают только приказы школы")
        fit = {"qualified": _SIGNATURES, "paper": _SCANS}.get(self.method.data or "", ())
        for key in self.files.data if fit and not self.files.errors else ():
            name = str(self.context["files"][key]["name"])
            if name.rpartition(".")[2].casefold() not in fit:
                self.fail(
                    "files", f"Файл «{name}» не подходит к способу подписи. Нужен {', '.join(e.upper() for e in fit)}"
                )


def _numbers_kept(form: Any) -> bool:
    """Are there numbers put aside? Nothing of them is asked otherwise."""
    return bool(form.reserved.choices)


_numbers_kept.settled = True  # type: ignore[attr-defined]


class ActRegister(CaseForm):
    key = "act_register"
    title = "Зарегистрировать акт"
    lead = "Подписанный акт получит дату и место в журнале регистрации."
    submit_label = "Зарегистрировать акт"
    date = DateField("Дата", required=True, not_before="signed", not_after="today")
    reserved = ReferenceField("Зарезервированный номер", of="reserved_number", hint="если номер отложен заранее")
    reason = LongText(
        "Почему взят зарезервированный номер",
        only_when=_numbers_kept,
        required_when=lambda form: form.reserved.data is not None,
        missing="Объясните, почему номер взят не по порядку",
    )


class PlacementRow(RowForm):
    resource = ChoiceField("Ресурс", dictionary="publication_place", required=True)
    url = UrlField("Ссылка", required=True, missing="Впишите адрес страницы")
    date = DateField("Дата размещения", required=True, not_before="registered", not_after="today")
    snapshot = FilesField("Снимок страницы", extensions=("pdf", "png", "jpg", "jpeg"), most=1)


class ActPublish(CaseForm):
    key = "act_publish"
    title = "Разместить на сайтах"
    lead = "Акт, который действует после размещения, вступит в силу в день последнего из них."
    submit_label = "Записать размещения"
    placements = RowsField(PlacementRow, "Размещения", required=True, most=3, unique=("resource",))

    def check(self) -> None:
        """Every place the region's rule names is needed: `facts.required_places`, codes."""
        placed = {entry.form.resource.data for entry in self.placements.filled}
        labels = dict(self.placements.blank().form.resource.choices)
        for code in self.facts.get("required_places", ()):
            if code not in placed:
                self.fail("placements", f"Не размещено: {labels.get(code, code)}. Без этого акт не вступит в силу")


class ActExpire(CaseForm):
    key = "act_expire"
    title = "Решить, что дальше"
    lead = "Срок действия акта кончается. Без преемника он перестанет действовать."
    submit_label = "Записать решение"
    routes = ("act_expire_outcome",)
    outcome = ChoiceField(
        "Решение",
        choices=(("prolong", "продлить"), ("replace", "заменить преемником"), ("lapse", "прекратить")),
        required=True,
    )
    successor = ReferenceField(
        "Преемник, если уже издан", of="document", hint="пусто, если его ещё готовить", only_when=("outcome", "replace")
    )
    prolong_to = DateField("Продлить до", required=True, not_before="after", only_when=("outcome", "prolong"))


FORMS = {form.key: form for form in (ActDraft, ActSign, ActRegister, ActPublish, ActExpire)}
