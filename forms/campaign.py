"""Forms of the campaign of a school year."""

from __future__ import annotations

from forms.base import (
    CaseForm,
    ChoiceField,
    DateField,
    DecisionForm,
    FilesField,
    IntegerField,
    LongText,
    ReferenceField,
    ReferencesField,
    RowForm,
    RowsField,
    TextField,
    TickField,
    YesNoField,
    signing,
)

IMPORTED = ("xlsx", "xls", "ods", "csv", "txt", "xml", "zip", "pdf", "docx")
_HELD = (("yes", "да"), ("no", "нет"), ("moved", "перенесена"))
_GRADE = {"least": 1, "most": 11}


class ProcedureRow(RowForm):
    procedure = ChoiceField("Процедура", dictionary="procedure", required=True)
    year = IntegerField("Учебный год", least=2000, most=2100, required=True, hint="год начала: 2025 для 2025/26")
    held = ChoiceField("Проведена", choices=_HELD, required=True)
    grade = IntegerField("Класс программы", **_GRADE)
    actual_grade = IntegerField("Класс фактический", **_GRADE)
    held_on = DateField("Дата")


class SourceRow(RowForm):
    source = ChoiceField("Источник", dictionary="source_file", required=True)
    responsible = ReferenceField("Ответственный", of="person", required=True)
    due = DateField("Срок", in_year=True, required=True)


class CampaignPlan(CaseForm):
    key = "campaign_plan"
    title = "Спланировать кампанию"
    lead = "По этому плану собирают данные и считают перечень. Процедуры и источники подставлены по прошлому году."
    submit_label = "Утвердить план"
    routes = ("passport_needed", "window")
    school_year = IntegerField("Учебный год", least=2000, most=2100, required=True, hint="год начала: 2026 для 2026/27")
    rule = ReferenceField("Набор правил", of="rule_version", required=True)
    procedures = RowsField(ProcedureRow, "Процедуры", required=True, most=50, unique=("procedure", "year"))
    sources = RowsField(SourceRow, "Источники", required=True, most=20, unique=("source",))
    window = IntegerField("Окно проверки, рабочих дней", least=3, most=15, default=5, required=True)
    order_due = DateField("Срок приказа", in_year=True, required=True, hint="обычно 30.09")

    def check(self) -> None:
        due = self.order_due.data
        for entry in self.sources.filled if due else ():
            if entry.form.due.data and entry.form.due.data > due:
                entry.form.fail("due", f"Источник нужен до срока приказа, {due:%d.%m.%Y}")

    def routing(self) -> dict[str, object]:
        sources = {entry.form.source.data for entry in self.sources.filled}
        return {"passport_needed": "social_passport" in sources, "window": self.window.data}


class ImportSourceRow(RowForm):
    source = ChoiceField("Источник", dictionary="source_file")
    state = TextField("Состояние")
    absent = TickField("Источник отсутствует")
    reason = LongText("Причина", required_when=("absent", True), missing="Напишите, почему источника нет")


class CampaignImport(CaseForm):
    key = "campaign_import"
    title = "Загрузить источники"
    lead = "Вид файла определится по содержанию. Имена обучающихся при чтении отбрасываются и не хранятся."
    submit_label = "Записать источники"
    files = FilesField("Файлы", extensions=IMPORTED, megabytes=200, most=100)
    sources = RowsField(ImportSourceRow, "Источники плана", closed=True, locked=("source", "state"))

    def check(self) -> None:
        if not self.files.data and not self.files.errors and not any(e.form.absent.data for e in self.sources.filled):
            self.fail("files", "Приложите файлы или отметьте, каких источников нет")


class QualityRow(RowForm):
    school = TextField("Школа")
    problem = TextField("Что не так")
    resolution = ChoiceField(
        "Решение",
        choices=(
            ("fixed", "исправлено в источнике"),
            ("matched", "сопоставлено"),
            ("excluded", "исключить строку с причиной"),
            ("kept", "принять как есть"),
        ),
    )
    note = LongText("Пояснение", required_when=("resolution", "excluded"), missing="Напишите, почему строка исключена")


class CampaignQuality(CaseForm):
    key = "campaign_quality"
    title = "Проверить качество данных"
    lead = "Решите по каждому вопросу. Исключённые строки и причины войдут в справку."
    submit_label = "Завершить проверку"
    routes = ("data_state",)
    problems = RowsField(QualityRow, "Вопросы к данным", closed=True, locked=("school", "problem"), most=1000)
    data_state = ChoiceField("Вывод", choices=(("ok", "данные пригодны"), ("fix", "вернуть к загрузке")), required=True)

    def check(self) -> None:
        for entry in self.problems.filled if self.data_state.data == "ok" else ():
            if entry.form.resolution.empty() and not entry.form.resolution.errors:
                entry.form.fail("resolution", "Решите, что делать с этим вопросом")


class CampaignRun(CaseForm):
    key = "campaign_run"
    title = "Проверить расчёт"
    lead = "У каждого вывода видно, откуда он: процедура, участники, доля, порог, строка файла."
    submit_label = "Записать итог проверки"
    routes = ("run_state",)
    small_sample_note = LongText(
        "Примечание к малой выборке",
        required_when=lambda form: form.facts.get("small_samples", 0) > 0 and form.run_state.data == "ok",
        missing="Есть процедуры, где участников меньше 10: напишите, как это учтено",
    )
    merge_predecessors = TickField("Учитывать результаты школ-предшественников")
    run_state = ChoiceField(
        "Итог",
        choices=(("ok", "расчёт верен"), ("rerun", "пересчитать"), ("clarify", "отправить школы на уточнение")),
        required=True,
    )
    schools = ReferencesField("Школы на уточнение", of="school", required=True, only_when=("run_state", "clarify"))


class CampaignPreliminary(DecisionForm):
    key = "campaign_preliminary"
    title = "Подписать предварительный перечень"
    lead = "После подписи перечень увидят муниципалитеты, а каждая школа – только себя."
    routes = ("campaign_preliminary_outcome",)
    outcome = signing()


class CampaignFinal(DecisionForm):
    key = "campaign_final"
    title = "Подписать окончательный перечень"
    lead = "Справка показывает отличия от прошлого года, возражения и молчание муниципалитетов."
    routes = ("campaign_final_outcome",)
    outcome = signing()


class CampaignClose(CaseForm):
    key = "campaign_close"
    title = "Подвести итог кампании"
    lead = "Число открытых дел должно совпасть с числом строк перечня."
    submit_label = "Закрыть кампанию"
    reconciled = YesNoField("Число дел совпадает с числом строк перечня", required=True)
    difference = LongText("Чем объясняется расхождение", required=True, only_when=("reconciled", False))
    improve = LongText("Что улучшить в следующем году")


FORMS = {
    form.key: form
    for form in (
        CampaignPlan,
        CampaignImport,
        CampaignQuality,
        CampaignRun,
        CampaignPreliminary,
        CampaignFinal,
        CampaignClose,
    )
}
