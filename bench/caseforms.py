"""The workload's forms: ten fields a task, by the product's own fields."""

from __future__ import annotations

import forms
from bench import workload
from forms.base import CaseForm, ChoiceField, DateField, IntegerField, LongText, NumberField, TextField, TickField

LEVELS = (("high", "высокий"), ("medium", "средний"), ("low", "низкий"))


def _form(key: str) -> type[CaseForm]:
    fields = {
        "name": TextField("Наименование", required=True, longest=120),
        "summary": LongText("Содержание", longest=2000),
        "contact": TextField("Контакт", longest=120),
        "code": TextField("Код", longest=40),
        "pupils": IntegerField("Обучающихся", least=0),
        "teachers": IntegerField("Учителей", least=0),
        "score": NumberField("Показатель"),
        "agreed": TickField("Согласовано"),
        "level": ChoiceField("Уровень", choices=LEVELS),
        "due": DateField("Срок"),
    }
    own = {f"{key}_{name}": field for name, field in fields.items()}
    routes = (f"{key}_agreed",) if key == workload.LAST else ()
    return type(f"Bench_{key}", (CaseForm,), {"key": f"bench_{key}", "title": f"Задача {key}", "routes": routes, **own})


FORMS = {f"bench_{key}": _form(key) for key in workload.KEYS}


def install() -> None:
    """Let this process know the workload's forms beside the product's."""
    forms._FORMS.update(FORMS)
