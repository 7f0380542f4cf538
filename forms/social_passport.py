"""Forms of a school's social passport."""

from __future__ import annotations

from typing import Any

from forms.base import (
    CaseForm,
    ChoiceField,
    ChoicesField,
    DecisionForm,
    IntegerField,
    Issue,
    LongText,
    NumberField,
    YesNoField,
    accepting,
)

# which number may not exceed which
_PARTS = {
    "full_families": "pupils",
    "incomplete_families": "pupils",
    "large_families": "pupils",
    "low_income_families": "pupils",
    "guardian_families": "pupils",
    "sen_pupils": "pupils",
    "disabled_pupils": "pupils",
    "non_native_pupils": "pupils",
    "on_record_pupils": "pupils",
    "second_shift_pupils": "pupils",
    "bused_pupils": "pupils",
    "teachers_no_category": "teachers",
    "teachers_combining": "teachers",
    "teachers_novice": "teachers",
    "teachers_veteran": "teachers",
}
_WHOLE = {"pupils": "обучающихся", "teachers": "педагогов"}


def _count(label: str, **kw: Any) -> IntegerField:
    return IntegerField(label, least=0, required=True, **kw)


class PassportFill(CaseForm):
    key = "passport_fill"
    title = "Заполнить паспорт"
    lead = "Нужны только числа на начало учебного года, без имён. Значения прошлогоднего паспорта подставлены."
    submit_label = "Отправить на проверку"
    page_columns = True
    page_groups = (
        (
            "Обучающиеся",
            ("pupils", "classes", "sen_pupils", "disabled_pupils", "non_native_pupils", "on_record_pupils"),
        ),
        (
            "Семьи",
            (
                *("full_families", "incomplete_families", "large_families", "low_income_families"),
                *("guardian_families", "parents_higher_education", "unemployed_parents"),
            ),
        ),
        ("Учёба и дорога", ("second_shift", "second_shift_pupils", "bused_pupils", "distance_km", "small_school")),
        (
            "Педагоги",
            (
                *("teachers", "vacancies", "teachers_no_category", "teachers_combining"),
                *("teachers_novice", "teachers_veteran"),
            ),
        ),
        ("Оснащение и обучение", ("internet", "equipment_percent", "fgos_difficulties")),
    )
    pupils = _count("Обучающихся")
    classes = _count("Классов")
    full_families = _count("Из полных семей")
    incomplete_families = _count("Из неполных семей")
    large_families = _count("Из многодетных семей")
    low_income_families = _count("Из малообеспеченных семей")
    guardian_families = _count("Под опекой")
    parents_higher_education = _count("Родителей с высшим образованием")
    unemployed_parents = _count("Безработных родителей")
    sen_pupils = _count("Обучающихся с ОВЗ")
    disabled_pupils = _count("Детей-инвалидов")
    non_native_pupils = _count("Русский язык – неродной")
    on_record_pupils = _count("На внутришкольном учёте, в КДН, в ПДН")
    second_shift = YesNoField("Есть вторая смена", required=True)
    second_shift_pupils = _count("Учатся во вторую смену", only_when=("second_shift", True))
    bused_pupils = _count("На подвозе")
    distance_km = NumberField("До районного центра, км", least=0, most=2000, required=True)
    teachers = _count("Педагогов")
    vacancies = _count("Вакансий")
    teachers_no_category = _count("Педагогов без категории")
    teachers_combining = _count("Ведут несколько предметов")
    teachers_novice = _count("Со стажем меньше 3 лет")
    teachers_veteran = _count("Со стажем больше 25 лет")
    internet = ChoiceField(
        "Интернет",
        choices=(
            ("none", "нет"),
            ("below_10", "меньше 10 Мбит/с"),
            ("from_10_to_100", "10–100 Мбит/с"),
            ("above_100", "больше 100 Мбит/с"),
        ),
        required=True,
    )
    equipment_percent = NumberField("Кабинетов с оборудованием, %", least=0, most=100, required=True)
    fgos_difficulties = ChoicesField(
        "Трудности с выполнением ФГОС",
        choices=(("primary", "НОО"), ("basic", "ООО"), ("secondary", "СОО"), ("none", "нет")),
        alone="none",
        required=True,
    )
    small_school = YesNoField("Малокомплектная", required=True)

    def check(self) -> None:
        for part, whole in _PARTS.items():
            a, b = self[part].data, self[whole].data
            if a is not None and b is not None and a > b:
                self.fail(part, f"Не может быть больше числа {_WHOLE[whole]}, {b}")
        self._sum(("full_families", "incomplete_families"), "pupils")
        self._sum(("teachers_novice", "teachers_veteran"), "teachers")
        for name in ("parents_higher_education", "unemployed_parents"):
            a, b = self[name].data, self.pupils.data
            if a is not None and b is not None and a > 2 * b:
                self.fail(name, f"Больше, чем два родителя на каждого из {b} обучающихся. Проверьте число")
        if self.pupils.data and self.classes.data == 0:
            self.fail("classes", "Обучающиеся есть, а классов нет. Проверьте число")

    def _sum(self, parts: tuple[str, str], whole: str) -> None:
        first, second, all_ = self[parts[0]].data, self[parts[1]].data, self[whole].data
        if None in (first, second, all_) or max(first, second) > all_ or first + second <= all_:
            return
        other = self[parts[0]].title.lower()
        self.fail(parts[1], f"Вместе с «{other}» получается {first + second}, а {_WHOLE[whole]} {all_}")

    def warnings(self) -> list[Issue]:
        found = super().warnings()
        if self.pupils.data == 0:
            found.append(Issue(self.pupils.id, "Обучающихся нет: если школа закрыта, сообщите о реорганизации"))
        return found


class PassportCheck(DecisionForm):
    key = "passport_check"
    title = "Проверить паспорт"
    lead = "Назовите в замечании поле и что в нём не сходится: школа увидит это рядом с полем."
    routes = ("passport_check_outcome",)
    outcome = accepting()


class PassportExplain(CaseForm):
    key = "passport_explain"
    title = "Объяснить изменение"
    lead = "Показатели заметно отличаются от прошлогодних. Объяснение увидит региональный оператор."
    submit_label = "Отправить объяснение"
    reason = LongText("Причина", required=True, shortest=10, missing="Напишите, что изменилось")


class PassportAccept(DecisionForm):
    key = "passport_accept"
    title = "Принять паспорт"
    lead = "После этого значения паспорта войдут в расчёты и в дело школы."
    routes = ("passport_accept_outcome",)
    outcome = accepting()


FORMS = {form.key: form for form in (PassportFill, PassportCheck, PassportExplain, PassportAccept)}
