"""Forms of signing off."""

from __future__ import annotations

from forms.base import (
    CaseForm,
    ChoiceField,
    IntegerField,
    LongText,
    ReferenceField,
    RowForm,
    RowsField,
    TextField,
    YesNoField,
    when_fact,
)


class StageRow(RowForm):
    stage = IntegerField("Этап", least=1, most=20, required=True)
    position = ReferenceField("Кто согласует", of="position", required=True)
    scope = ChoiceField("Что визирует", choices=(("whole", "весь документ"), ("sections", "часть")), required=True)
    sections = ReferenceField(
        "Часть", of="part", required=True, only_when=("scope", "sections"), missing="Выберите часть документа"
    )
    days = IntegerField("Срок, рабочих дней", least=1, most=10, default=3, required=True)


class SignOffRoute(CaseForm):
    key = "sign_off_route"
    title = "Составить лист согласования"
    lead = "Этапы идут по очереди, внутри этапа визируют одновременно. Обязательные строки убрать нельзя."
    submit_label = "Отправить на согласование"
    stages = RowsField(
        StageRow,
        "Лист согласования",
        required_when=lambda form: not form.facts.get("free"),
        most=40,
        locked=("stage", "position"),
        unique=("position",),
    )


class VisaRemarkRow(RowForm):
    place = TextField("Место", required=True, missing="Назовите место: раздел, пункт")
    text = LongText("Замечание", required=True, missing="Напишите замечание")
    mandatory = YesNoField("Обязательное", required=True)


class SignOffVisa(CaseForm):
    key = "sign_off_visa"
    title = "Поставить визу"
    lead = "Виза относится к показанному тексту. Если его изменят, вашу визу спросят снова."
    submit_label = "Поставить визу"
    conclusion = ChoiceField(
        "Заключение",
        choices=(
            ("agreed", "согласовано"),
            ("agreed_with_remarks", "согласовано с замечаниями"),
            ("refused", "не согласовано"),
        ),
        required=True,
    )
    remarks = RowsField(
        VisaRemarkRow,
        "Замечания",
        required_when=("conclusion", ("agreed_with_remarks", "refused")),
        most=100,
        missing="Напишите замечания к тексту",
    )

    def check(self) -> None:
        if self.conclusion.data == "agreed" and self.remarks.filled:
            self.fail("remarks", "Есть замечания: выберите «согласовано с замечаниями» или уберите строки")


class AnswerRow(RowForm):
    author = TextField("Кто")
    place = TextField("Место")
    remark = LongText("Замечание")
    resolution = ChoiceField(
        "Решение",
        choices=(("accepted", "учтено"), ("partly", "учтено частично"), ("declined", "отклонено")),
        required=True,
    )
    reply = LongText("Ответ", required=True, missing="Объясните решение")


class TextRow(RowForm):
    text = LongText("Текст пункта", required=True, missing="Напишите пункт")


class SignOffAnswer(CaseForm):
    key = "sign_off_answer"
    title = "Ответить на замечания"
    lead = "Визы под неизменённым текстом останутся в силе. Изменился ли текст, система видит сама."
    submit_label = "Отправить ответы"
    remarks = RowsField(AnswerRow, "Замечания", closed=True, locked=("author", "place", "remark"), most=1000)
    preamble = LongText("Преамбула", only_when=when_fact("has_text"), hint="правьте здесь, если текст меняется")
    points = RowsField(TextRow, "Пункты", only_when=when_fact("has_text"), most=100)
    note = LongText("Что изменено")


class SignOffDispute(CaseForm):
    key = "sign_off_dispute"
    title = "Решить судьбу разногласия"
    lead = "Особое мнение печатается в листе согласования. Следующие этапы визируют и после него."
    submit_label = "Записать решение"
    routes = ("sign_off_dispute_outcome",)
    outcome = ChoiceField(
        "Решение",
        choices=(("to_head", "вынести на подпись с особым мнением"), ("withdraw", "снять с согласования")),
        required=True,
    )
    reason = LongText("Обоснование", required=True, missing="Обоснуйте решение")


FORMS = {form.key: form for form in (SignOffRoute, SignOffVisa, SignOffAnswer, SignOffDispute)}
