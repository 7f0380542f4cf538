"""Forms of an expertise: who looks at the material, the card of criteria, the conclusion."""

from __future__ import annotations

from forms.base import (
    CaseForm,
    ChoiceField,
    IntegerField,
    LongText,
    ReferenceField,
    RemarkRow,
    RowForm,
    RowsField,
    TickField,
    plural,
)

VERDICTS = (("recommend", "рекомендовать"), ("revise", "доработать"), ("reject", "отклонить"))


class ExpertRow(RowForm):
    expert = ReferenceField("Эксперт", of="expert", required=True, missing="Выберите эксперта")
    no_conflict = TickField(
        "Конфликта интересов нет", required=True, missing="Подтвердите, что эксперт не заинтересован в итоге"
    )


class ExpertiseAssign(CaseForm):
    """facts: `conflicts` {position: why}; `assigned` how many experts there are already."""

    key = "expertise_assign"
    title = "Назначить экспертов"
    lead = "Автор и его коллеги недоступны. Один эксперт допускается, в заключении об этом будет отметка."
    submit_label = "Назначить экспертов"
    experts = RowsField(ExpertRow, "Эксперты", required=True, most=5, unique=("expert",), row_label="Эксперт")
    days = IntegerField("Срок, рабочих дней", least=3, most=15, default=7, required=True)

    def check(self) -> None:
        conflicts = self.facts.get("conflicts", {})
        for entry in self.experts.filled:
            why = conflicts.get(str(entry.form.expert.data))
            if why:
                entry.form.fail("expert", f"Этого эксперта назначить нельзя: {why}")
        total = self.facts.get("assigned", 0) + len(self.experts.filled)
        if total > 5 and self.experts.filled:
            self.fail("experts", f"Всего получится {plural(total, 'эксперт', 'эксперта', 'экспертов')}, можно до 5")


class CriterionRow(RowForm):
    criterion = LongText("Критерий")
    most = IntegerField("Наибольший балл")
    score = IntegerField("Балл", least=0, required=True, missing="Поставьте балл")
    remark = LongText("Замечание")


class ExpertiseCard(CaseForm):
    """facts: `passing` {row: points below which a remark is needed}."""

    key = "expertise_card"
    title = "Заполнить экспертную карту"
    lead = "Балл ниже проходного поясните. Карты других экспертов до заключения не показываются."
    submit_label = "Отправить карту"
    criteria = RowsField(CriterionRow, "Критерии", closed=True, locked=("criterion", "most"), row_label="Критерий")
    verdict = ChoiceField("Общий вывод", choices=VERDICTS, required=True)
    comment = LongText("Комментарий")

    def check(self) -> None:
        passing = self.facts.get("passing", {})
        for entry in self.criteria.filled:
            row = entry.form
            if row.score.data is None or row.score.errors:
                continue
            if row.most.data is not None and row.score.data > row.most.data:
                row.fail("score", f"Не больше {row.most.data}")
            elif row.score.data < passing.get(str(row.row.data), 0) and row.remark.empty():
                row.fail("remark", "Балл ниже проходного. Напишите, чего не хватает")


class ExpertiseConclusion(CaseForm):
    """facts: `majority` the verdict of most experts, None when there is none."""

    key = "expertise_conclusion"
    title = "Дать экспертное заключение"
    lead = "Показаны карты экспертов и средний балл. Автор увидит итог и замечания без имён экспертов."
    submit_label = "Дать заключение"
    routes = ("expertise_result",)
    expertise_result = ChoiceField("Итог", choices=VERDICTS, required=True)
    reason = LongText("Обоснование", hint="нужно, если итог не такой, как у большинства экспертов")
    remarks = RowsField(
        RemarkRow,
        "Замечания автору",
        required_when=("expertise_result", "revise"),
        most=60,
        row_label="Замечание",
        missing="Напишите, что доработать",
    )

    def check(self) -> None:
        result, majority = self.expertise_result.data, self.facts.get("majority")
        if result and result != majority and self.reason.empty():
            text = "Итог отличается от вывода большинства экспертов. Обоснуйте его"
            self.fail("reason", text if majority else "Мнения экспертов разделились. Обоснуйте итог")


FORMS = {form.key: form for form in (ExpertiseAssign, ExpertiseCard, ExpertiseConclusion)}
