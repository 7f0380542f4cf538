"""Forms of each kind of field, shaped as the product's: rows, files, references, dates as people write them."""

from __future__ import annotations

from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import SelectChoice as Choice
from wtforms.validators import InputRequired, Optional

RISKS = [Choice("2", "Дефицит педагогических кадров"), Choice("11", "Доля учеников с рисками неуспешности")]


class RowsField(FieldList):
    row_label = "Мероприятие"


class FilesField(StringField):
    files = [{"id": "f1", "name": "Протокол.pdf", "size": 180_000, "url": "/files/f1"}]


class Measure(Form):
    key = HiddenField(default="m")
    risk = SelectField("Риск", choices=RISKS)
    title = TextAreaField("Мероприятие", [InputRequired("Впишите мероприятие")])
    due = DateField("Срок", format=["%d.%m.%Y"], invalid_value_message="Такой даты нет")
    who = StringField("Ответственный", [Optional()])
    now = StringField("Сейчас")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.now.fixed = True
        self.now.source = {"text": "ВПР 2026, строка 121", "url": "/source"}


class RoadMap(Form):
    title = "Дополнить дорожную карту"
    submit_label = "Отправить куратору"
    secret = HiddenField(default="x")
    measures = RowsField(FormField(Measure), label="Мероприятия", min_entries=1)
    council = DateField(
        "Дата заседания",
        description="Например, 20.11.2026",
        format=["%d.%m.%Y"],
        invalid_value_message="31 ноября не бывает. Проверьте число по протоколу.",
    )
    protocol = IntegerField("Номер протокола", [Optional()], invalid_value_message="Номер пишется цифрами.")
    decision = RadioField("Решение совета", choices=[Choice("yes", "Поддержана"), Choice("no", "Не поддержана")])
    helpers = SelectMultipleField(
        "Кто поможет", choices=[Choice("iro", "Центр развития образования"), Choice("mms", "Методическая служба")]
    )
    school = SelectField(
        "Школа-партнёр", choices=[Choice("1", "Лицей", optgroup="Район"), Choice("2", "Гимназия", optgroup="Город")]
    )
    agree = BooleanField("Карта размещена на сайте школы")
    answer = TextAreaField("Что изменили по замечаниям", description="Куратор увидит ответ рядом со своим замечанием.")
    papers = FilesField("Подтверждения", [Optional()], description="PDF или фотография, до 10 МБ.")

    def __init__(self, formdata=None, data=None, **kwargs):
        super().__init__(formdata, data=data, **kwargs)
        self.protocol.source = "журнал протоколов школы, следующий номер"
        self.protocol.width = 5

    def validate_answer(self, field):
        if not field.data:
            raise ValidationError("Напишите, что изменили")
