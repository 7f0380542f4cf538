"""Forms of a data pack: what the recipient answers."""

from __future__ import annotations

from forms.base import CaseForm, ChoiceField, LongText, ReferenceField, RowForm, RowsField


class SchoolRemarkRow(RowForm):
    school = ReferenceField("Школа", of="school", required=True)
    text = LongText("Замечание", required=True, missing="Напишите, что не так")


class PackAnswer(CaseForm):
    key = "pack_answer"
    title = "Проверить предварительный перечень"
    lead = "Показано только ваше. Если не ответить в срок, в справке будет: «не возразила»."
    submit_label = "Отправить ответ"
    outcome = ChoiceField("Ответ", choices=(("confirm", "подтверждаем"), ("remarks", "есть замечания")), required=True)
    remarks = RowsField(
        SchoolRemarkRow, "Замечания по школам", required_when=("outcome", "remarks"), most=300, row_label="Замечание"
    )

    def check(self) -> None:
        if self.outcome.data == "confirm" and self.remarks.filled:
            self.fail("remarks", "Записаны замечания: выберите «есть замечания» или уберите строки")


class PackWatch(CaseForm):
    key = "pack_watch"
    title = "Ознакомиться с данными о рисках"
    lead = "Останется ли школа под наблюдением, решит следующий расчёт."
    submit_label = "Отправить отметку"
    outcome = ChoiceField("Отметка", choices=(("ack", "ознакомлены"), ("remarks", "есть замечания")), required=True)
    text = LongText(
        "Замечания", required=True, only_when=("outcome", "remarks"), missing="Напишите, с чем школа не согласна"
    )


FORMS = {form.key: form for form in (PackAnswer, PackWatch)}
