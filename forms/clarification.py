"""Forms of a clarification: an expert's opinion or a meeting."""

from __future__ import annotations

from typing import Any

from forms.base import (
    CaseForm,
    ChoiceField,
    ChoicesField,
    DateField,
    FilesField,
    LongText,
    MomentField,
    ReferenceField,
    ReferencesField,
    RowForm,
    RowsField,
    TextField,
    no_pupils,
)

_MEETING = ("meeting", "focus_group", "trip")
_RECOMMENDED = (
    ("listed", "включить в перечень"),
    ("not_listed", "не включать в перечень"),
    ("watch", "наблюдение"),
    ("no_change", "без изменений"),
)


def _focus(form: Any) -> bool:
    return form.facts.get("kind") == "focus_group"


class PersonRow(RowForm):
    name = TextField("Имя или роль", required=True, missing="Назовите участника")
    organisation = TextField("Организация", required=True, missing="Назовите организацию")


class ClarificationOpen(CaseForm):
    key = "clarification_open"
    title = "Назначить уточнение"
    lead = "Эксперт из своей школы или своего муниципалитета не назначается."
    submit_label = "Назначить уточнение"
    routes = ("kind", "meeting_date")
    kind = ChoiceField(
        "Вид",
        choices=(
            ("expert", "экспертное мнение"),
            ("meeting", "встреча с руководителями и учредителями"),
            ("focus_group", "фокус-группа"),
            ("trip", "мониторинговый выезд"),
        ),
        required=True,
    )
    schools = ReferencesField("Школы", of="school", required=True, missing="Выберите хотя бы одну школу")
    question = LongText("Вопрос", required=True, missing="Напишите, что нужно уточнить")
    experts = ReferencesField("Эксперты", of="expert", most=5, required=True, only_when=("kind", "expert"))
    meets_at = MomentField("Дата и время", required=True, only_when=("kind", _MEETING))
    place = TextField("Место", required=True, only_when=("kind", _MEETING))
    participants = RowsField(PersonRow, "Участники", required=True, only_when=("kind", _MEETING), most=100)

    def check(self) -> None:
        """`facts.conflicts`: {expert id: names of what the expert may not judge, by school id}."""
        conflicts = self.facts.get("conflicts", {})
        for expert in self.experts.data if not self.experts.errors else ():
            for school, reason in conflicts.get(str(expert), {}).items():
                if school in {str(s) for s in self.schools.data}:
                    name = self.experts.known[str(expert)][1]
                    self.fail("experts", f"О выбранной школе не может судить {name}: {reason}")

    def routing(self) -> dict[str, Any]:
        meets = self.meets_at.data
        return {"kind": self.kind.data, "meeting_date": meets.date().isoformat() if meets else None}


class ClarificationOpinion(CaseForm):
    key = "clarification_opinion"
    title = "Дать экспертное мнение"
    lead = "Назовите, что изучено и каким методом: мнение войдёт в дело целиком."
    submit_label = "Отправить мнение"
    method = ChoiceField("Метод", dictionary="tool", required=True)
    studied = LongText("Что изучено", required=True)
    conclusion = LongText("Вывод", required=True)
    verdict = ChoiceField("Рекомендуемый вывод", choices=_RECOMMENDED, required=True)
    files = FilesField("Материалы")
    no_pupil_data = no_pupils("files")


class PointRow(RowForm):
    question = LongText("Вопрос", required=True)
    speakers = TextField("Выступили")
    resolution = LongText("Решение", required=True)
    due = DateField("Срок", not_before="today")
    responsible = ReferenceField("Ответственный", of="person", required_when=lambda row: row.due.data is not None)


class FindingRow(RowForm):
    topic = TextField("Тема", required=True)
    conclusion = LongText("Вывод", required=True)


class ClarificationProtocol(CaseForm):
    key = "clarification_protocol"
    title = "Записать протокол"
    lead = "Имена родителей и обучающихся не записываются: достаточно ролей и числа участников."
    submit_label = "Подписать протокол"
    present = RowsField(PersonRow, "Присутствовали", required=True, only_when=lambda form: not _focus(form), most=100)
    groups = ChoicesField(
        "Состав фокус-группы",
        choices=(("teachers", "педагоги"), ("parents", "родители"), ("heads", "руководители")),
        required=True,
        only_when=_focus,
    )
    findings = RowsField(FindingRow, "Выводы по темам", required=True, only_when=_focus, most=30)
    points = RowsField(PointRow, "Вопросы и решения", required_when=lambda form: not _focus(form), most=30)
    files = FilesField("Материалы")
    no_pupil_data = no_pupils("files")


class ClarificationDecide(CaseForm):
    key = "clarification_decide"
    title = "Решить по итогам уточнения"
    lead = "Мотивировка войдёт в справку и будет видна школе."
    submit_label = "Записать решение"
    routes = ("outcome",)
    outcome = ChoiceField(
        "Итог",
        choices=(("change", "изменить вывод"), ("keep", "оставить вывод"), ("more", "продолжить уточнение")),
        required=True,
    )
    verdict = ChoiceField("Новый вывод", dictionary="verdict", required=True, only_when=("outcome", "change"))
    motive = LongText("Мотивировка", required=True, missing="Напишите мотивировку")


FORMS = {
    form.key: form for form in (ClarificationOpen, ClarificationOpinion, ClarificationProtocol, ClarificationDecide)
}
