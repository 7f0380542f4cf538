"""Forms of a school's reorganisation."""

from __future__ import annotations

import re
from typing import Any

from forms.base import (
    CaseForm,
    ChoiceField,
    DateField,
    DecisionForm,
    FilesField,
    LongText,
    ReferenceField,
    RowForm,
    RowsField,
    TextField,
    YesNoField,
    no_pupils,
    signing,
    when_fact,
)

_WITH_SUCCESSOR = ("merge", "split", "branch")
_SCHOOL_KINDS = (("full", "средняя (СОШ)"), ("basic", "основная (ООШ)"), ("primary", "начальная (НОШ)"))
_CODES = {
    "oo": (re.compile(r"\d{4,12}"), "Код ОО – от 4 до 12 цифр"),
    "fis_oko": (re.compile(r"[a-z]{2,6}\d{4,12}", re.IGNORECASE), "Логин ФИС ОКО – буквы и цифры, например edu560001"),
    "egrul": (re.compile(r"\d{13}"), "ОГРН – 13 цифр"),
}


class CodeRow(RowForm):
    system = ChoiceField(
        "Система", choices=(("oo", "Код ОО"), ("fis_oko", "ФИС ОКО"), ("egrul", "ЕГРЮЛ (ОГРН)")), required=True
    )
    code = TextField("Код", required=True, longest=40, missing="Впишите код")

    def check(self) -> None:
        fits = _CODES.get(self.system.data)
        if fits and self.code.data and not fits[0].fullmatch(self.code.data):
            self.fail("code", fits[1])


class SchoolRow(RowForm):
    school = ReferenceField("Школа", of="school", required=True, missing="Выберите школу")


class ReorgRegister(CaseForm):
    """`facts`: name and code of the school the case is about."""

    key = "reorg_register"
    title = "Зарегистрировать реорганизацию"
    lead = "Реестр изменится в день по акту, после сверки и подписи оператора. Изданные документы останутся как есть."
    submit_label = "Отправить на сверку"
    routes = ("reorg_day",)
    kind = ChoiceField(
        "Вид",
        dictionary="reorganisation_kind",
        choices=(
            ("rename", "переименование"),
            ("merge", "слияние, присоединение"),
            ("split", "разделение, выделение"),
            ("branch", "преобразование в филиал"),
            ("close", "ликвидация"),
            ("founder", "смена учредителя"),
            ("kind", "изменение вида"),
        ),
        required=True,
    )
    others = RowsField(
        SchoolRow,
        "Вместе с ней присоединяются",
        most=9,
        only_when=("kind", "merge"),
        unique=("school",),
        hint="если школ несколько",
        row_label="Школа",
    )
    successor = ReferenceField(
        "Правопреемник",
        of="heir",
        required=True,
        only_when=("kind", _WITH_SUCCESSOR),
        missing="Выберите правопреемника",
        hint="выбирайте по коду: названия школ могут совпадать",
    )
    continues = YesNoField("Школа продолжает работать после выделения", required=True, only_when=("kind", "split"))
    new_name = TextField(
        "Полное название новой школы",
        longest=1024,
        required=True,
        only_when=("successor", "new"),
        missing="Впишите его",
    )
    new_short_name = TextField(
        "Краткое название новой школы", required=True, only_when=("successor", "new"), missing="Впишите его"
    )
    new_kind = ChoiceField("Вид новой школы", choices=_SCHOOL_KINDS, required=True, only_when=("successor", "new"))
    name = TextField(
        "Новое полное название", longest=1024, required=True, only_when=("kind", "rename"), missing="Впишите его"
    )
    short_name = TextField("Новое краткое название", required=True, only_when=("kind", "rename"), missing="Впишите его")
    founder = ChoiceField(
        "Новый учредитель",
        choices=(("municipal", "муниципальный"), ("state", "государственный"), ("private", "частный")),
        required=True,
        only_when=("kind", "founder"),
    )
    municipality = ReferenceField(
        "Новый муниципалитет", of="municipality", only_when=("kind", "founder"), hint="если он меняется"
    )
    school_kind = ChoiceField("Новый вид школы", choices=_SCHOOL_KINDS, required=True, only_when=("kind", "kind"))
    day = DateField("Дата реорганизации", required=True, hint="по акту учредителя; может быть в прошлом")
    act = TextField(
        "Акт учредителя", longest=500, required=True, missing="Назовите вид, дату и номер акта", hint="вид, дата, номер"
    )
    document = ReferenceField("Акт в системе", of="document", hint="если он здесь издан")
    files = FilesField(
        "Файл акта",
        required_when=lambda form: form.document.empty() and not form.document.errors,
        missing="Приложите файл акта или выберите акт в системе",
    )
    no_pupil_data = no_pupils("files")
    codes = RowsField(
        CodeRow, "Новые коды", most=3, unique=("system",), hint="только те, что меняются", row_label="Код"
    )

    def check(self) -> None:
        if self.successor.data in {entry.form.school.data for entry in self.others.filled}:
            self.fail("successor", "Правопреемник не может быть среди присоединяемых школ")
        if self.successor.data == "new" and "oo" not in self._systems():
            self.fail("codes", "Новой школе нужен Код ОО: добавьте строку")
        if self.kind.data == "rename" and self.name.data and self.name.data == self.facts.get("name"):
            self.fail("name", "Это прежнее название")
        if self.kind.data == "kind" and self.school_kind.data and self.school_kind.data == self.facts.get("kind"):
            self.fail("school_kind", "Школа уже этого вида")

    def _systems(self) -> set[Any]:
        return {entry.form.system.data for entry in self.codes.filled}

    def routing(self) -> dict[str, Any]:
        """The first moment of the day: the registry changes with it, be it a day off."""
        return {"reorg_day": f"{self.day.data.isoformat()}T00:00" if self.day.data else None}


class ReorgVerify(CaseForm):
    """`facts.joins`: the schools' results may be taken together from now on."""

    key = "reorg_verify"
    title = "Сверить с реестром"
    lead = "Ниже – что изменится в реестре. Верните на исправление, если акт говорит другое."
    submit_label = "Отправить решение"
    routes = ("reorg_verify_outcome",)
    outcome = ChoiceField(
        "Сведения",
        choices=(("ok", "верны"), ("return", "вернуть на исправление"), ("reject", "отклонить")),
        required=True,
    )
    note = LongText("Сверка с реестром", required=True, missing="Напишите, с чем сверили и что нашли")
    merge_results = YesNoField(
        "Объединять результаты школ",
        required=True,
        only_when=when_fact("joins"),
        hint="тогда правопреемника оценивают и по прежним результатам присоединённой школы",
    )


class FateRow(RowForm):
    title = TextField("Дело")
    fate = ChoiceField(
        "Решение",
        choices=(("transfer", "передать правопреемнику"), ("merge", "объединить"), ("close", "закрыть")),
        required=True,
    )
    reason = TextField("Причина", required=True, missing="Назовите причину")
    curator = ChoiceField("Куратор", choices=(("keep", "остаётся"), ("change", "сменить")))
    terms = ChoiceField("Сроки", choices=(("keep", "сохранить"), ("pause", "пауза")))
    pause_until = DateField("Пауза до", not_before="today", required_when=("terms", "pause"))

    def check(self) -> None:
        twins = self.root_facts.get("twins", ())
        if self.fate.data == "merge" and self.row.data not in twins:
            self.fail("fate", "У правопреемника нет такого открытого дела: объединять не с чем")
        if self.fate.data == "transfer" and self.row.data in twins:
            self.fail("fate", "У правопреемника такое дело уже открыто: объедините их или закройте это")

    @property
    def root_facts(self) -> Any:
        return self.row.root.facts


class ReorgCases(CaseForm):
    """`facts.twins`: ids of the cases whose like the successor has open."""

    key = "reorg_cases"
    title = "Решить судьбу открытых дел"
    lead = "История каждого дела сохраняется при любом решении. Вложенные дела идут за своим делом."
    submit_label = "Записать решения"
    cases = RowsField(FateRow, "Открытые дела", closed=True, locked=("title",), row_label="Дело")


class ReorgApprove(DecisionForm):
    key = "reorg_approve"
    title = "Утвердить реорганизацию"
    lead = "После подписи карточка получит номер, а реестр и дела изменятся в день реорганизации."
    routes = ("reorg_approve_outcome",)
    outcome = signing()


FORMS = {form.key: form for form in (ReorgRegister, ReorgVerify, ReorgCases, ReorgApprove)}
