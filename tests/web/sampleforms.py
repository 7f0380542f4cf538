"""A form of the product with each kind of field, and a plain one as the administration uses."""

from __future__ import annotations

from wtforms import BooleanField, DateField, FieldList, Form, FormField, HiddenField, IntegerField, StringField
from wtforms import PasswordField as Password
from wtforms.validators import InputRequired, Optional

from forms.base import (
    CaseForm,
    ChoiceField,
    ChoicesField,
    FilesField,
    LongText,
    ReferenceField,
    RowForm,
    RowsField,
    TextField,
    TickField,
    YesNoField,
)
from forms.base import DateField as Day
from forms.base import IntegerField as Whole

RISKS = (("2", "Дефицит педагогических кадров"), ("11", "Доля учеников с рисками неуспешности"))


class MeasureRow(RowForm):
    risk = ChoiceField("Риск", choices=RISKS, required=True)
    title = LongText("Мероприятие", required=True, missing="Впишите мероприятие")
    due = Day("Срок", required=True)
    who = TextField("Ответственный")
    now = TextField("Сейчас")
    public = YesNoField("Открыто")
    done = TickField("Готово")
    proof = FilesField("Файл")
    ways = ChoicesField("Пути", choices=(("a", "курсы"), ("b", "уроки")))


class RoadMap(CaseForm):
    key = "sample_road_map"
    title = "Дополнить дорожную карту"
    lead = "На каждый риск — хотя бы одно мероприятие."
    submit_label = "Отправить куратору"
    measures = RowsField(MeasureRow, "Мероприятия", required=True, ordered=True, locked=("now",))
    council = Day("Дата заседания", hint="Например, 20.11.2026", required=True)
    protocol = Whole("Номер протокола")
    agrees = YesNoField("Согласны с замечаниями", required=True)
    remark = LongText("С чем не согласны", required=True, only_when=("agrees", False))
    helpers = ChoicesField("Кто поможет", choices=tuple((str(n), f"Организация {n}") for n in range(14)))
    school = ReferenceField("Школа-партнёр", of="school")
    published = TickField("Карта размещена на сайте школы", required=True)
    answer = LongText("Что изменили по замечаниям", hint="Куратор увидит ответ рядом с замечанием.", required=True)
    papers = FilesField("Подтверждения", hint="PDF или фотография, до 20 МБ.")


CONTEXT = {
    "choices": {"school": {"1": "Лицей", "2": "Гимназия"}},
    "files": {"f1": {"name": "Протокол.pdf", "size": 180_000, "url": "/files/f1"}},
    "rows": {"measures": [{"row": 1, "risk": "11", "now": "36,5 %", "compulsory": True}]},
    "sources": {"protocol": {"text": "журнал протоколов школы", "url": "/source"}},
}


class MemberRow(Form):
    key = HiddenField(default="m")
    name = StringField("Кто", [InputRequired("Впишите фамилию")])


class PlainForm(Form):
    """What a page of the administration may use."""

    title = "Назначить замещающего"
    submit_label = "Назначить"
    since = DateField("С какого дня", format=["%d.%m.%Y"], invalid_value_message="Впишите дату так: 20.11.2026")
    days = IntegerField("Дней", [Optional()], invalid_value_message="Впишите число")
    password = Password("Новый пароль", [InputRequired("Впишите пароль")])
    mail = BooleanField("Сообщить письмом")
    members = FieldList(FormField(MemberRow), label="Кто ещё")
