"""Forms of a school's programme: the draft with its rows, who looks at it, stages, results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.base import (
    CaseForm,
    ChoiceField,
    ChoicesField,
    DateField,
    DecisionForm,
    FilesField,
    IntegerField,
    LongText,
    NumberField,
    ReferenceField,
    ReferencesField,
    RemarkRow,
    RowForm,
    RowsField,
    TextField,
    UrlField,
    YesNoField,
    accepting,
    no_pupils,
)
from forms.values import FormData, as_formdata

SOURCES = (
    ("own", "своя"),
    ("catalogue", "из каталога мер"),
    ("recommendation", "из рекомендации"),
    ("practice", "из практики"),
)
STANDING = ("factor", "text", "direction", "expected", "evidence")


class SectionRow(RowForm):
    factor = ChoiceField("Риск", dictionary="factor")
    severity = ChoiceField("Значимость", dictionary="severity")
    task = LongText("Задача", required=True, missing="Напишите, чего школа хочет добиться по этому риску")


class TargetRow(RowForm):
    factor = ChoiceField("Риск", dictionary="factor", required=True, missing="Выберите риск")
    name = TextField("Показатель", required=True, missing="Назовите показатель", hint="что изменится")
    unit = TextField("Единица", required=True, missing="Впишите единицу", hint="%, чел., шт.", longest=40)
    base = NumberField("База", required=True)
    target = NumberField("Цель", required=True)
    measured = TextField("Как измеряем", required=True, missing="Напишите, откуда возьмётся значение")


class MeasureRow(RowForm):
    factor = ChoiceField("Риск", dictionary="factor", required=True, missing="Выберите риск")
    text = LongText("Мероприятие", required=True, missing="Напишите, что будет сделано")
    direction = ChoiceField("Направление", dictionary="row_direction", required=True, missing="Выберите направление")
    starts_on = DateField("Начало", required=True)
    due_on = DateField("Окончание", required=True)
    responsible = ReferenceField("Ответственный", of="person", required=True, missing="Выберите ответственного")
    audience = TextField("Участники", required=True, missing="Назовите участников", hint="кто и сколько")
    expected = LongText("Ожидаемый результат", required=True, missing="Напишите, что изменится")
    target = TextField(
        "Показатель", required=True, missing="Назовите показатель", hint="номер или название из таблицы показателей"
    )
    evidence = ChoiceField("Подтверждение", dictionary="evidence_kind", required=True, missing="Выберите вид")
    partner = TextField("Партнёр")
    resource = YesNoField("Нужен ресурс")
    source = ChoiceField("Откуда мера", choices=SOURCES)

    def check(self) -> None:
        start, end = self.starts_on.data, self.due_on.data
        if start and end and end < start:
            self.fail("due_on", "Окончание раньше начала")


class AnswerRow(RowForm):
    place = TextField("Место")
    author = TextField("Кто")
    remark = TextField("Замечание")
    resolution = ChoiceField(
        "Решение",
        choices=(("accepted", "учтено"), ("partly", "учтено частично"), ("declined", "отклонено")),
        required=True,
        missing="Выберите, что сделано с замечанием",
    )
    reply = LongText("Ответ", required=True, missing="Напишите, что исправлено или почему нет")


class RoadmapDraft(CaseForm):
    """`facts`: `high` codes of high risks, `measures` the catalogue by code, `first`, `last` the usual term."""

    key = "roadmap_draft"
    title = "Составить программу"
    lead = "Строки привязаны к рискам, принятым в работу. Меры можно отметить в каталоге или вставить из Excel."
    submit_label = "Отправить на педсовет"
    name = TextField("Название", required=True, missing="Назовите программу", longest=500)
    kind = ChoiceField("Вид", dictionary="programme_kind", required=True)
    starts_on = DateField("Начало", required=True)
    ends_on = DateField("Окончание", required=True)
    goal = LongText("Цель", required=True, missing="Напишите цель одной фразой: к какому сроку что изменится")
    head = ReferenceField("Руководитель программы", of="person", required=True, missing="Выберите руководителя")
    team = ReferencesField("Рабочая группа", of="person")
    sections = RowsField(SectionRow, "Риски и задачи", closed=True, locked=("factor", "severity"))
    targets = RowsField(
        TargetRow, "Показатели", required=True, ordered=True, most=60, unique=("factor", "name"), row_label="Показатель"
    )
    catalogue = ChoicesField("Предложения из каталога мер")
    measures = RowsField(
        MeasureRow,
        "Мероприятия",
        required=True,
        ordered=True,
        most=300,
        row_label="Мероприятие",
        render_kw={"class": "op-rows--plan"},
    )
    answers_to = RowsField(AnswerRow, "Ответы на замечания", closed=True, locked=("place", "author", "remark"))

    def __init__(self, formdata: Any = None, data: Any = None, *, context: Any = None, prefix: str = "") -> None:
        """Measures ticked in the catalogue become rows of the plan, whatever button was pressed: no script is needed."""
        sent = None if formdata is None else _with_ticked(as_formdata(formdata), context or {})
        super().__init__(sent, data, context=context, prefix=prefix)

    def check(self) -> None:
        start, end = self.starts_on.data, self.ends_on.data
        if start and end and end <= start:
            self.fail("ends_on", "Окончание не позже начала")
        elif start and end:
            self._rows_inside(start, end)
        self._targets_known()
        covered = {entry.form.factor.data for entry in self.measures.filled}
        for code in self.facts.get("high", ()):
            if code not in covered:
                self.fail("measures", f"Нет мероприятий по риску высокой значимости «{_label(self, code)}»")

    def _rows_inside(self, start: Any, end: Any) -> None:
        for entry in self.measures.filled:
            for name in ("starts_on", "due_on"):
                day = entry.form[name].data
                if day and not start <= day <= end:
                    entry.form.fail(name, f"Вне срока программы: {start:%d.%m.%Y} – {end:%d.%m.%Y}")

    def _targets_known(self) -> None:
        names = [(e.form.name.data or "").casefold() for e in self.targets.filled]
        for entry in self.measures.filled:
            given = (entry.form.target.data or "").strip()
            if given and place_of(given, names) is None:
                entry.form.fail("target", f"Показателя «{given[:60]}» нет в таблице показателей")

    def answers(self) -> dict[str, Any]:
        """`target` of a row becomes the number of its indicator in the table, from 1."""
        found = super().answers()
        names = [(line["name"] or "").casefold() for line in found["targets"]]
        for line in found["measures"]:
            line["target"] = place_of(line["target"] or "", names)
        found.pop("catalogue")
        return found


def place_of(given: str, names: list[str]) -> int | None:
    """The number of an indicator by its number or its name."""
    text = " ".join(str(given).casefold().split())
    if text.isdecimal() and len(text) < 4:
        return int(text) if 1 <= int(text) <= len(names) else None
    return names.index(text) + 1 if text in names else None


def _label(form: CaseForm, code: str) -> str:
    return str(dict(form.context.get("choices", {}).get("factor", {})).get(code, code))


def _with_ticked(sent: FormData, context: Mapping[str, Any]) -> FormData:
    known = context.get("facts", {}).get("measures", {})
    ticked = [code for code in sent.getlist("catalogue") if code in known]
    taken = [int(n.split("-")[1]) for n in sent if n.startswith("measures-") and n.split("-")[1].isdecimal()]
    index = max((n for n in taken if n < 10**8), default=-1) + 1
    for number, code in enumerate(ticked, index):
        measure = known[code]
        for name in STANDING:
            sent.set(f"measures-{number}-{name}", str(measure.get(name) or ""))
        sent.set(f"measures-{number}-audience", str(measure.get("audience") or ""))
        sent.set(f"measures-{number}-source", "catalogue")
        for name, given in (("starts_on", "starts_on"), ("due_on", "ends_on")):
            sent.set(f"measures-{number}-{name}", sent.get(given))
    return FormData((n, v) for n in sent for v in sent.getlist(n) if n != "catalogue") if ticked else sent


class RoadmapCouncil(DecisionForm):
    key = "roadmap_council"
    title = "Рассмотреть на педсовете"
    lead = "Занесите решение органа школы. Протокол с подписями приложите файлом."
    submit_label = "Записать решение"
    routes = ("roadmap_council_outcome",)
    outcome = ChoiceField("Решение", choices=(("adopt", "принять"), ("return", "вернуть")), required=True)
    organ = ChoiceField(
        "Кто рассмотрел", choices=(("council", "педагогический совет"), ("method", "методический совет")), required=True
    )
    number = TextField("Номер протокола", required=True, missing="Впишите номер протокола", longest=40)
    day = DateField("Дата протокола", required=True, not_after="today")
    present = IntegerField("Присутствовали", least=1, most=1000, required=True)
    votes_for = IntegerField("За", least=0, required=True)
    votes_against = IntegerField("Против", least=0, required=True)
    abstained = IntegerField("Воздержались", least=0, required=True)
    files = FilesField("Протокол", required=True, missing="Приложите протокол")
    no_pupil_data = no_pupils("files")

    def check(self) -> None:
        votes = [self.votes_for.data, self.votes_against.data, self.abstained.data]
        if None in votes or self.present.data is None:
            return
        if sum(votes) > self.present.data:
            self.fail("votes_for", f"Голосов {sum(votes)}, присутствовали {self.present.data}")
        elif self.outcome.data == "adopt" and votes[0] <= votes[1]:
            self.fail("outcome", "Большинства «за» нет: программа не принята")


class RoadmapHead(DecisionForm):
    key = "roadmap_head"
    title = "Утвердить программу"
    lead = "Подпись ставится под текстом, который показан на этой странице."
    routes = ("roadmap_head_outcome",)
    outcome = ChoiceField("Решение", choices=(("approve", "утвердить"), ("return", "вернуть")), required=True)


class CommentRow(RowForm):
    place = TextField("Строка")
    measure = TextField("Мероприятие")
    text = LongText("Замечание")
    weight = ChoiceField("Вид", choices=(("must", "обязательное"), ("advice", "рекомендательное")))


class ProposedRow(RowForm):
    factor = ReferenceField("Риск", of="factor", required=True, missing="Выберите риск")
    text = LongText("Мероприятие", required=True, missing="Напишите, что предлагаете")
    reason = LongText("Почему", required=True, missing="Объясните, зачем эта строка")


class RoadmapCurator(CaseForm):
    key = "roadmap_curator"
    title = "Согласовать программу"
    lead = "Пишите замечания у строк: школа ответит на каждое. Пустые строки – замечаний нет."
    submit_label = "Отправить решение"
    routes = ("roadmap_curator_outcome",)
    outcome = ChoiceField("Решение", choices=(("agree", "согласовать"), ("return", "вернуть")), required=True)
    comments = RowsField(CommentRow, "Замечания к строкам", closed=True, locked=("place", "measure"))
    proposed = RowsField(ProposedRow, "Предлагаемые строки", most=30)
    general = LongText("О программе в целом")

    def check(self) -> None:
        said = [e.form.text.data for e in self.comments.entries if e.form.text.data]
        if self.outcome.data == "return" and not (said or self.general.data or self.proposed.filled):
            self.fail("general", "Напишите, что исправить: у строки, в предлагаемых строках или здесь")
        for entry in self.comments.entries:
            if self.outcome.data == "agree" and entry.form.text.data and entry.form.weight.data == "must":
                entry.form.fail("weight", "С обязательным замечанием программу не согласуют: верните её")


class RoadmapPublish(CaseForm):
    key = "roadmap_publish"
    title = "Разместить на сайте школы"
    lead = "Запишите адрес страницы, где программа открыта всем."
    submit_label = "Записать размещение"
    url = UrlField("Адрес страницы", required=True, missing="Впишите адрес страницы")
    day = DateField("Дата размещения", required=True, not_after="today")


class ReportedRow(RowForm):
    measure = TextField("Мероприятие")
    due = TextField("Срок")
    state = TextField("Поручение")
    result = ChoiceField(
        "Результат",
        choices=(
            ("done", "выполнено"),
            ("partly", "выполнено частично"),
            ("not_done", "не выполнено"),
            ("ahead", "срок не наступил"),
        ),
        required=True,
        missing="Выберите результат",
    )
    value = NumberField("Значение показателя")
    conclusion = LongText("Вывод")

    def check(self) -> None:
        if self.result.data in ("partly", "not_done") and self.conclusion.empty():
            self.fail("conclusion", "Напишите, что помешало")


class RoadmapStageReport(CaseForm):
    key = "roadmap_stage_report"
    title = "Отчитаться по этапу"
    lead = "Результаты подставлены из принятых поручений. Подтверждения лежат в поручениях."
    submit_label = "Отправить куратору"
    rows = RowsField(ReportedRow, "Мероприятия", closed=True, locked=("measure", "due", "state"))
    share = NumberField("Участие коллектива, %", least=0, most=100, required=True)
    difficulties = LongText("Трудности")


class CheckedRow(RowForm):
    measure = TextField("Мероприятие")
    reported = TextField("Отчёт школы")
    confirmed = ChoiceField(
        "Подтверждение", choices=(("accepted", "принято"), ("rejected", "не принято")), missing="Решите по строке"
    )
    quality = IntegerField("Оценка, 0–3", least=0, most=3, missing="Поставьте оценку от 0 до 3")
    note = LongText("Замечание")


class RoadmapStageCheck(CaseForm):
    key = "roadmap_stage_check"
    title = "Оценить этап"
    lead = "Оценка: нет результата – 0, формально – 1, достаточно – 2, результативно – 3. Заключение подписываете вы."
    submit_label = "Отправить заключение"
    routes = ("roadmap_stage_check_outcome",)
    outcome = accepting()
    rows = RowsField(CheckedRow, "Мероприятия этапа", closed=True, locked=("measure", "reported"))
    conclusion = LongText("Заключение по этапу", required=True, shortest=50, missing="Напишите заключение")

    def check(self) -> None:
        said = False
        for entry in self.rows.filled:
            row = entry.form
            said = said or bool(row.note.data)
            if row.confirmed.data == "rejected" and row.note.empty():
                row.fail("note", "Напишите, чего не хватает")
            for cell in (row.confirmed, row.quality) if self.outcome.data == "accept" else ():
                if cell.empty() and not cell.errors:
                    row.fail(cell.short_name, cell.missing)


class RoadmapStageMunicipal(CaseForm):
    key = "roadmap_stage_municipal"
    title = "Решить по этапу"
    lead = "Заключение куратора показано ниже. Изменение программы начинает новую редакцию."
    submit_label = "Отправить решение"
    routes = ("roadmap_stage_municipal_outcome",)
    outcome = ChoiceField(
        "Решение",
        choices=(
            ("next", "перейти к следующему этапу"),
            ("amend", "изменить программу"),
            ("last", "завершить: этапов больше нет"),
        ),
        required=True,
    )
    remarks = RowsField(
        RemarkRow,
        "Замечания",
        required_when=("outcome", "amend"),
        most=50,
        missing="Напишите, что изменить в программе",
    )


class ReachedRow(RowForm):
    name = TextField("Показатель")
    base = TextField("База")
    target = TextField("Цель")
    fact = NumberField("Факт", required=True, missing="Впишите значение")
    note = TextField("Пояснение")


class RoadmapFinal(CaseForm):
    key = "roadmap_final"
    title = "Подвести итоги"
    lead = "Итоговый отчёт подписывается вами и уходит в годовую оценку."
    submit_label = "Подписать отчёт"
    reached = RowsField(ReachedRow, "Показатели", closed=True, locked=("name", "base", "target"))
    conclusion = LongText("Вывод", required=True, shortest=50, missing="Напишите, что удалось и что нет")
    mechanism = LongText("Что стало внутришкольным механизмом")


FORMS = {
    form.key: form
    for form in (
        RoadmapDraft,
        RoadmapCouncil,
        RoadmapHead,
        RoadmapCurator,
        RoadmapPublish,
        RoadmapStageReport,
        RoadmapStageCheck,
        RoadmapStageMunicipal,
        RoadmapFinal,
    )
}
