"""Forms of a school's case."""

from __future__ import annotations

from forms.base import (
    CaseForm,
    ChoiceField,
    ChoicesField,
    DateField,
    FilesField,
    LongText,
    ReferenceField,
    RowForm,
    RowsField,
    UrlField,
    YesNoField,
    no_pupils,
)


class MemberRow(RowForm):
    person = ReferenceField("Кто", of="person", required=True)
    role = ChoiceField(
        "Роль в группе",
        choices=(("head", "руководитель"), ("member", "член группы"), ("secretary", "секретарь")),
        required=True,
    )


class SupportStart(CaseForm):
    key = "support_start"
    title = "Назначить ответственных и рабочую группу"
    lead = "Стартовый профиль школы показан с источниками. Если с ним не согласны, так и напишите."
    submit_label = "Начать работу"
    responsible = ReferenceField("Ответственный", of="person", required=True)
    group = RowsField(MemberRow, "Рабочая группа", required=True, least=2, most=15, unique=("person",))
    order = ReferenceField("Приказ школы", of="document", hint="если он есть в системе")
    order_files = FilesField("Файл приказа школы")
    no_pupil_data = no_pupils("order_files")
    site = UrlField("Сайт школы", required=True, missing="Впишите адрес сайта")
    agrees = YesNoField("Согласны с данными профиля", required=True)
    remark = LongText("С чем не согласны", required=True, only_when=("agrees", False), missing="Напишите, что не так")

    def check(self) -> None:
        if self.order.empty() and self.order_files.empty() and not (self.order.errors or self.order_files.errors):
            self.fail("order_files", "Выберите приказ школы или приложите файл")
        heads = [k for k, e in enumerate(self.group.entries, 1) if e.form.role.data == "head"]
        if len(heads) != 1 and len(self.group.filled) > 1:
            found = f", сейчас в строках {', '.join(map(str, heads))}" if heads else ""
            self.fail("group", f"В группе должен быть один руководитель{found}")


class SupportYear(CaseForm):
    key = "support_year"
    title = "Уточнить план года"
    lead = "Поддержка продолжается. Отметьте, что в новом году пересмотреть."
    submit_label = "Начать год"
    routes = ("review",)
    review = ChoicesField(
        "Что пересмотреть",
        choices=(
            ("diagnosis", "диагностика полностью"),
            ("factors", "только факторы"),
            ("roadmap", "программа школы"),
            ("curator", "куратор"),
        ),
    )
    comment = LongText("Комментарий")


class SupportStrengthen(CaseForm):
    key = "support_strengthen"
    title = "Усилить поддержку"
    lead = "Прежней поддержки школе не хватило: решено её усилить."
    submit_label = "Записать меры"
    measures = ChoicesField(
        "Меры",
        choices=(
            ("second_curator", "второй куратор"),
            ("tutor", "тьютор"),
            ("expert_visit", "выезд экспертов"),
            ("resources", "ресурсы"),
            ("municipal_decision", "решение муниципального органа управления образованием"),
        ),
        required=True,
    )
    grounds = LongText("Обоснование", required=True, missing="Обоснуйте меры")


class SupportExit(CaseForm):
    key = "support_exit"
    title = "Закрепить результат"
    lead = "Школа вышла из перечня. Запишите, как удержать результат и чем школа может поделиться."
    submit_label = "Записать план"
    plan = LongText("План закрепления", required=True, missing="Напишите план")
    practice = ReferenceField("Практика для библиотеки", of="material", hint="если есть")


class QuestionRow(RowForm):
    text = LongText("Вопрос", required=True)


class SupportClose(CaseForm):
    key = "support_close"
    title = "Закрыть дело"
    lead = "Дело уходит в архив целиком: решения, документы, лента событий."
    submit_label = "Закрыть дело"
    summary = LongText("Итог сопровождения", required=True, missing="Напишите итог")
    open_questions = RowsField(QuestionRow, "Незакрытые вопросы", most=30)
    archive = YesNoField("Сдать дело в архив", required=True)


class SupportTransfer(CaseForm):
    key = "support_transfer"
    title = "Перенести дело преемнику"
    lead = "Школа реорганизована. История дела сохраняется при любом решении."
    submit_label = "Записать решение"
    fate = ChoiceField(
        "Судьба дела",
        choices=(("transfer", "передать правопреемнику"), ("merge", "объединить с его делом"), ("close", "закрыть")),
        required=True,
    )
    successor = ReferenceField("Правопреемник", of="school", required=True, only_when=("fate", ("transfer", "merge")))
    reason = LongText("Причина", required=True, missing="Назовите причину")
    curator = ChoiceField("Куратор", choices=(("keep", "остаётся"), ("change", "сменить")), required=True)
    terms = ChoiceField("Сроки", choices=(("keep", "сохранить"), ("pause", "пауза")), required=True)
    pause_until = DateField("Пауза до", required=True, only_when=("terms", "pause"), not_before="today")
    merge_results = YesNoField("Объединять результаты школ", required=True)


FORMS = {
    form.key: form
    for form in (SupportStart, SupportYear, SupportStrengthen, SupportExit, SupportClose, SupportTransfer)
}
