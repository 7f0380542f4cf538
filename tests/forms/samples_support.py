"""Good fillings of the forms of a school's support, its passport and its yearly evaluation."""

from __future__ import annotations

from typing import Any

CHOICES: dict[str, dict[Any, str]] = {"material": {61: "Практика наставничества"}}
_CRITERION = "Разборы диагностических работ ведут все учителя"
PREPARED: dict[str, list[dict[str, Any]]] = {
    "eval_school": [{"row": 1, "criterion": _CRITERION}, {"row": 2, "criterion": "Часы поддержки в учебном плане"}],
    "eval_curator": [
        {"row": 1, "criterion": _CRITERION, "own": "3 – результативно", "evidence": "Протоколы методических дней"},
    ],
}
TABLES = {"eval_school": "scores", "eval_curator": "scores"}
ROUTES: dict[str, dict[str, Any]] = {
    "passport_check": {"passport_check_outcome": "accept"},
    "passport_accept": {"passport_accept_outcome": "return"},
    "support_year": {"review": ["factors", "curator"]},
    "eval_head": {"eval_head_outcome": "sign"},
    "eval_decide": {"decision": "continue"},
}
REMARKS = [{"place": "п. 3", "text": "Проверьте долю", "weight": "must"}]
PASSPORT = {
    **{"pupils": 412, "classes": 22, "full_families": 300, "incomplete_families": 112, "large_families": 61},
    **{"low_income_families": 80, "guardian_families": 7, "parents_higher_education": 210, "unemployed_parents": 33},
    **{"sen_pupils": 19, "disabled_pupils": 4, "non_native_pupils": 12, "on_record_pupils": 5, "second_shift": True},
    **{"second_shift_pupils": 90, "bused_pupils": 55, "distance_km": 42.5, "teachers": 31, "vacancies": 2},
    **{"teachers_no_category": 9, "teachers_combining": 6, "teachers_novice": 4, "teachers_veteran": 12},
    **{
        "internet": "from_10_to_100",
        "equipment_percent": 62.5,
        "fgos_difficulties": ["basic", "secondary"],
        "small_school": False,
    },
}
GOOD: dict[str, dict[str, Any]] = {
    "passport_fill": PASSPORT,
    "passport_check": {"outcome": "accept", "remarks": []},
    "passport_explain": {"reason": "Открыт новый корпус, обучающихся стало больше."},
    "passport_accept": {"outcome": "return", "remarks": REMARKS},
    "support_start": {
        "responsible": 11,
        "group": [{"person": 11, "role": "head"}, {"person": 12, "role": "secretary"}],
        "order": 41,
        "order_files": [],
        "no_pupil_data": False,
        "site": "https://school.example.org",
        "agrees": False,
        "remark": "Педагогов 30, а не 31",
    },
    "support_year": {"review": ["factors", "curator"], "comment": None},
    "support_strengthen": {"measures": ["tutor"], "grounds": "Два года без роста."},
    "support_exit": {"plan": "Сохранить группы по математике", "practice": 61},
    "support_close": {"summary": "Школа год вне перечня", "open_questions": [{"text": "Ремонт"}], "archive": True},
    "support_transfer": {
        "fate": "merge",
        "successor": 102,
        "reason": "Присоединение",
        "curator": "keep",
        "terms": "pause",
        "pause_until": "2026-10-20",
        "merge_results": True,
    },
    "eval_school": {
        "scores": [
            {"row": 1, "score": "3", "evidence": "Протоколы методических дней"},
            {"row": 2, "score": "1", "evidence": "Учебный план, 2 часа из 5"},
        ],
        "files": [7],
        "no_pupil_data": True,
        "wish": "continue",
        "text": "Разборы ведут все учителя, часов поддержки ещё не хватает.",
    },
    "eval_curator": {
        "scores": [{"row": 1, "score": "1", "note": "Посещено пять уроков, разбор был на одном"}],
        "measures": "Сработали методические дни, не сработали дополнительные часы",
        "opinion": "strengthen",
    },
    "eval_municipal": {
        "opinion": "continue",
        "text": "Школе нужен ещё год с тем же куратором",
        "resources": "Ставка тьютора, подвоз на занятия",
    },
    "eval_proposal": {"proposal": "continue", "motive": None},
    "eval_head": {"outcome": "sign", "remarks": []},
    "eval_decide": {"decision": "continue", "grounds": "Правило исключения не выполнено: доля выше порога по ОГЭ."},
}
