"""Bad input: what is refused, at which place, in which words."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from forms import form_class

from .samples import DATES, GOOD, context
from .samples_support import PASSPORT

POSITION = {"procedure": "oge_math", "year": 2025, "n": 40, "low": 11, "source": "протокол"}


def send(key: str, more: dict[str, Any] | None = None, /, **changes: Any) -> Any:
    """The good filling of a form with some answers changed; a change to None leaves the field empty."""
    answers = {**copy.deepcopy(GOOD[key]), **changes}
    form = form_class(key)(answers, context=context(key, **(more or {})))
    form.validate()
    return form


def said(form: Any) -> list[str]:
    return [issue.text for issue in form.issues()]


CASES: list[tuple[str, dict[str, Any], str]] = [
    # empty
    ("objection_submit", {"grounds": "  "}, "Обоснование: напишите, с чем школа не согласна и почему"),
    ("objection_submit", {"files": []}, "Подтверждающие документы: приложите хотя бы один файл"),
    ("objection_submit", {"positions": []}, "Позиции: заполните хотя бы одну строку"),
    ("campaign_preliminary", {"outcome": "return"}, "Замечания: напишите, что исправить"),
    ("campaign_preliminary", {"outcome": None}, "Решение: выберите вариант"),
    ("campaign_run", {"schools": []}, "Школы на уточнение: выберите хотя бы один вариант"),
    ("sign_off_visa", {"remarks": []}, "Замечания: напишите замечания к тексту"),
    ("support_close", {"archive": None}, "Сдать дело в архив: выберите «да» или «нет»"),
    ("objection_review", {"verdict": None}, "Новый вывод: выберите вариант"),
    ("clarification_open", {"kind": "expert"}, "Эксперты: выберите хотя бы один вариант"),
    ("act_sign", {"outcome": "refuse"}, "Причина отказа: назовите причину"),
    ("act_sign", {"files": []}, "Файл подписи или скан: приложите хотя бы один файл"),
    (
        "act_register",
        {"reason": None},
        "Почему взят зарезервированный номер: объясните, почему номер взят не по порядку",
    ),
    (
        "campaign_import",
        {"sources": [{"row": 1, "absent": True}]},
        "Источники плана, строка 1, «Причина»: напишите, почему источника нет",
    ),
    ("campaign_import", {"files": [], "sources": []}, "Файлы: приложите файлы или отметьте, каких источников нет"),
    ("campaign_quality", {"problems": []}, "Вопросы к данным, строка 1, «Решение»: решите, что делать с этим вопросом"),
    (
        "campaign_quality",
        {"problems": [{"row": 4, "resolution": "excluded"}]},
        "Вопросы к данным, строка 1, «Пояснение»: напишите, почему строка исключена",
    ),
    ("objection_review", {"checks": []}, "Сверка, строка 1, «Подтверждено»: выберите «да» или «нет»"),
    # numbers
    ("campaign_plan", {"window": 2}, "Окно проверки, рабочих дней: не меньше 3"),
    ("campaign_plan", {"window": 16}, "Окно проверки, рабочих дней: не больше 15"),
    ("campaign_plan", {"window": "пять"}, "Окно проверки, рабочих дней: впишите целое число, например 25"),
    ("campaign_plan", {"window": "5,5"}, "Окно проверки, рабочих дней: впишите целое число, например 25"),
    (
        "objection_submit",
        {"positions": [{**POSITION, "low": 41}]},
        "Позиции, строка 1, «Из них не справились»: не может быть больше числа участников, 40",
    ),
    (
        "objection_submit",
        {"positions": [{**POSITION, "n": 0}]},
        "Позиции, строка 1, «Участников по данным школы»: не меньше 1",
    ),
    (
        "objection_submit",
        {"positions": [{**POSITION, "year": 2025 + k} for k in range(21)]},
        "Позиции: не больше 20 строк, сейчас 21",
    ),
    (
        "objection_submit",
        {"positions": [POSITION, POSITION]},
        "Позиции, строка 2, «Процедура»: уже есть в строке 1: ОГЭ, математика, 2025",
    ),
    ("passport_fill", {"sen_pupils": 413}, "Обучающихся с ОВЗ: не может быть больше числа обучающихся, 412"),
    (
        "passport_fill",
        {"full_families": 301},
        "Из неполных семей: вместе с «из полных семей» получается 413, а обучающихся 412",
    ),
    (
        "passport_fill",
        {"teachers_no_category": 32},
        "Педагогов без категории: не может быть больше числа педагогов, 31",
    ),
    (
        "passport_fill",
        {"parents_higher_education": 900},
        "Родителей с высшим образованием: больше, чем два родителя на каждого из 412 обучающихся. Проверьте число",
    ),
    ("passport_fill", {"equipment_percent": "100,5"}, "Кабинетов с оборудованием, %: не больше 100"),
    ("passport_fill", {"distance_km": "далеко"}, "До районного центра, км: впишите число, например 30,5"),
    ("passport_fill", {"vacancies": -1}, "Вакансий: не меньше 0"),
    (
        "passport_fill",
        {"fgos_difficulties": ["none", "secondary"]},
        "Трудности с выполнением ФГОС: «нет» не сочетается с другими вариантами",
    ),
    ("passport_fill", {"classes": 0}, "Классов: обучающиеся есть, а классов нет. Проверьте число"),
    # dates
    ("campaign_plan", {"order_due": "30.09.2028"}, "Срок приказа: поставьте дату не позже 30.06.2027"),
    ("campaign_plan", {"order_due": "31.11.2026"}, "Срок приказа: 31 ноября 2026 года не бывает. Проверьте дату"),
    ("campaign_plan", {"order_due": "сентябрь"}, "Срок приказа: впишите дату так: 20.11.2026"),
    (
        "campaign_plan",
        {"order_due": "20.08.2026"},
        "Источники, строка 2, «Срок»: источник нужен до срока приказа, 20.08.2026",
    ),
    ("act_register", {"date": "17.09.2026"}, "Дата: поставьте дату не раньше 18.09.2026"),
    ("act_register", {"date": "22.09.2026"}, "Дата: поставьте дату не позже 21.09.2026"),
    (
        "act_draft",
        {"valid_to": "2026-09-30"},
        "Действует по: срок кончается раньше, чем акт начинает действовать, 01.10.2026",
    ),
    (
        "clarification_open",
        {"meets_at": "24.09.2026 25:10"},
        "Дата и время: такого времени не бывает. Впишите, например, 14:30",
    ),
    # texts and links
    ("objection_review", {"motive": "Согласны."}, "Мотивировка: напишите подробнее: не меньше 50 знаков, сейчас 9"),
    (
        "act_draft",
        {"heading": "Перечень школ"},
        "Заголовок: заголовок начинается с «О» или «Об»: «Об утверждении перечня…»",
    ),
    ("act_draft", {"heading": "О" * 501}, "Заголовок: не больше 500 знаков, сейчас 501"),
    ("support_start", {"site": "javascript:alert(1)"}, "Сайт школы: впишите адрес полностью, начиная с https://"),
    # what does not go together
    (
        "sign_off_visa",
        {"conclusion": "agreed"},
        "Замечания: есть замечания: выберите «согласовано с замечаниями» или уберите строки",
    ),
    (
        "pack_answer",
        {"outcome": "confirm"},
        "Замечания по школам: записаны замечания: выберите «есть замечания» или уберите строки",
    ),
    ("act_sign", {"method": "simple"}, "Способ подписи: простой подписью подписывают только приказы школы"),
    (
        "act_sign",
        {"method": "paper"},
        "Файл подписи или скан: файл «приказ.sig» не подходит к способу подписи. Нужен PDF, JPG, JPEG, PNG",
    ),
    (
        "act_draft",
        {"effective": "publication", "publish": False},
        "Размещать на сайтах: акт действует после размещения: его нужно разместить",
    ),
    ("support_start", {"order": None}, "Файл приказа школы: выберите приказ школы или приложите файл"),
    (
        "support_start",
        {"group": [{"person": 11, "role": "member"}, {"person": 12, "role": "member"}]},
        "Рабочая группа: в группе должен быть один руководитель",
    ),
    (
        "support_start",
        {"group": [{"person": 11, "role": "head"}]},
        "Рабочая группа: нужно строк: не меньше 2, сейчас 1",
    ),
    (
        "support_start",
        {"group": [{"person": 11, "role": "head"}] * 2},
        "Рабочая группа, строка 2, «Кто»: уже есть в строке 1: Кречетова Н. В.",
    ),
    (
        "sign_off_route",
        {
            "stages": [
                {"row": 1, "scope": "whole", "days": 3},
                {"stage": 2, "position": 32, "scope": "whole", "days": 3},
            ]
        },
        "Лист согласования, строка 2, «Кто согласует»: уже есть в строке 1: начальник отдела",
    ),
    # files
    (
        "objection_submit",
        {"no_pupil_data": False},
        "Файлы не содержат персональных данных обучающихся: проверьте файлы и подтвердите, что в них нет персональных данных обучающихся",
    ),
    (
        "objection_submit",
        {"files": [8]},
        "Подтверждающие документы: файл «приказ.sig» не подходит по виду. Принимаются: PDF, DOCX, XLSX, ODT, ODS, JPG, PNG",
    ),
    ("objection_submit", {"files": [77]}, "Подтверждающие документы: файл не найден. Приложите его ещё раз"),
]


@pytest.mark.parametrize(
    ("key", "changes", "message"), CASES, ids=[f"{k}-{next(iter(c))}-{n}" for n, (k, c, _) in enumerate(CASES)]
)
def test_bad_input_is_refused_in_words(key: str, changes: dict[str, Any], message: str) -> None:
    assert message in said(send(key, **changes))


def test_too_large_file_is_refused_with_its_size() -> None:
    files = {7: {"name": "скан.pdf", "size": 26_529_434}}
    form = send("objection_submit", {"files": files})
    assert said(form) == ["Подтверждающие документы: файл «скан.pdf» – 25,3 МБ, принимаются до 20 МБ"]


def test_late_objection_needs_a_reason() -> None:
    late = {"facts": {"late": True}}
    message = "Почему возражение подано после срока: срок прошёл: назовите причину пропуска"
    assert said(send("objection_submit", late)) == [message]
    assert send("objection_submit", late, late_reason="Карантин").answers()["late_reason"] == "Карантин"
    assert send("objection_submit", late_reason="Карантин").answers()["late_reason"] is None


def test_numbers_of_the_system_stand_beside_those_of_the_school() -> None:
    form = send("objection_submit", {"facts": {"system": {"oge_math:2025": {"n": 41, "low": 15}}}})
    assert form.answers()["positions"][0]["system"] == {"n": 41, "low": 15}


def test_small_samples_must_be_explained_before_the_run_is_accepted() -> None:
    small = {"facts": {"small_samples": 2}}
    assert said(send("campaign_run", small, run_state="ok"))[0].startswith("Примечание к малой выборке: есть процедуры")
    assert said(send("campaign_run", small, run_state="rerun")) == []


def test_a_withdrawn_project_asks_nothing_else() -> None:
    form = form_class("act_draft")({"outcome": "withdraw", "valid_to": "ерунда"}, context=context("act_draft"))
    assert form.validate(), form.issues()
    assert form.routing() == {"act_draft_outcome": "withdraw", "level": None, "publish": None}


def test_a_question_needs_no_verdict_and_a_refusal_of_it_drops_one() -> None:
    assert said(send("objection_review", decision="need_data", checks=[])) == []
    assert send("objection_review", decision="reject").answers()["verdict"] is None


def test_an_expert_of_the_school_itself_is_refused() -> None:
    conflict = {"facts": {"conflicts": {"21": {"101": "директор этой школы"}}}}
    form = send("clarification_open", conflict, kind="expert", experts=[21, 22])
    assert said(form) == ["Эксперты: о выбранной школе не может судить Белов П. С.: директор этой школы"]
    assert said(send("clarification_open", conflict, kind="expert", experts=[22])) == []
    assert said(send("clarification_open", conflict, kind="expert", experts=[21], schools=[102])) == []


def test_a_focus_group_has_no_list_of_people() -> None:
    focus = {"facts": {"kind": "focus_group"}}
    form = send("clarification_protocol", focus, points=[])
    assert said(form) == [
        "Состав фокус-группы: выберите хотя бы один вариант",
        "Выводы по темам: заполните хотя бы одну строку",
    ]
    findings = [{"topic": "Чтение", "conclusion": "Не хватает книг"}]
    form = send("clarification_protocol", focus, points=[], groups=["parents"], findings=findings)
    assert said(form) == []
    assert form.answers()["present"] == []


def test_all_places_of_publication_are_needed() -> None:
    form = send("act_publish", {"facts": {"required_places": ["official_portal", "ministry_site"]}})
    missing = "Размещения: не размещено: официальный портал правовой информации. Без этого акт не вступит в силу"
    assert said(form) == [missing]


def test_compulsory_rows_of_the_sheet_cannot_be_taken_away() -> None:
    form = send("sign_off_route", stages=[{"stage": 1, "position": 31, "scope": "whole", "days": 3}])
    assert [s["position"] for s in form.answers()["stages"]] == [32, 31]
    assert "Лист согласования, строка 1, «Что визирует»: выберите вариант" in said(form)


def test_the_text_is_changed_in_the_answer_to_remarks_where_there_is_one() -> None:
    points = [{"text": "Утвердить перечень"}]
    assert send("sign_off_answer", points=points).answers()["points"] == []
    form = send("sign_off_answer", {"facts": {"has_text": True}}, preamble="В целях поддержки", points=points)
    assert form.answers()["points"] == points and form.answers()["preamble"] == "В целях поддержки"


def test_a_name_of_a_pupil_is_warned_about_and_not_refused() -> None:
    form = send("objection_submit", grounds="Ученица 5 класса Иванова Мария писала работу дважды")
    assert form.validate()
    assert [w.field for w in form.warnings()] == ["grounds"]
    assert "назван обучающийся" in form.warnings()[0].text
    row = {**POSITION, "source": "тетрадь ученика Петрова А."}
    assert send("objection_submit", positions=[row]).warnings()[0].field == "positions-0-source"
    assert (
        send("objection_submit", grounds="Обучающиеся 9 класса. Горелов А. И., куратор, подтверждает").warnings() == []
    )


def test_a_school_without_pupils_is_pointed_to_reorganisation() -> None:
    empty = {k: 0 if isinstance(v, int) and not isinstance(v, bool) else v for k, v in PASSPORT.items()}
    form = send("passport_fill", **{**empty, "second_shift": False})
    assert form.validate(), form.issues()
    assert "сообщите о реорганизации" in form.warnings()[0].text


def test_dates_of_the_context_may_be_absent() -> None:
    form = form_class("act_register")({"date": "01.01.2020"}, context={})
    assert form.validate(), DATES
    assert form.answers() == {"date": "2020-01-01", "reserved": None, "reason": None}
