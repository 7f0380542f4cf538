"""Good fillings of the forms of diagnosis, surveys and expertise, with their prepared rows."""

from __future__ import annotations

from typing import Any

SELF = [{"row": 1, "score": 2, "situation": "Треть не делает домашние задания", "done": None}]
PREPARED: dict[str, list[dict[str, Any]]] = {
    "diag_self": [{"row": 1, "factor": "low_motivation"}],
    "diag_docs": [{"row": 1, "block": "Результаты", "item": "Результаты разобраны по темам"}],
    "diag_analysis": [{"row": 1, "factor": "low_motivation", "computed": "54 – средняя"}],
    "diag_correct": [{"row": 9, "remark": "Уточните, что делается"}],
    "expertise_card": [{"row": 1, "criterion": "Меры конкретны", "most": 10}],
}
TABLES = {
    "diag_self": "factors",
    "diag_docs": "items",
    "diag_analysis": "factors",
    "diag_correct": "replies",
    "expertise_card": "criteria",
}
GOOD: dict[str, dict[str, Any]] = {
    "survey_open": {
        "groups": [{"group": "5–6 классы", "expected": 61}, {"group": "7–9 классы", "expected": 82}],
        "opens_on": "2026-10-13",
        "window_to": "2026-10-24",
        "ways": ["link", "class_room"],
        "informed": False,
    },
    "survey_fill": {"correct": True},
    "survey_close": {"reason": None, "correct": True},
    "survey_extend": {"outcome": "extend", "window_to": "2026-10-30", "reason": "Был карантин"},
    "survey_check": {"outcome": "accept", "remarks": []},
    "diag_self": {
        "factors": SELF,
        "troubles": [{"subject": "math", "grade": "7", "topic": "Дроби"}],
    },
    "diag_docs": {
        "items": [{"row": 1, "score": 2, "document": "справка от 12.09", "remark": None}],
        "files": [7],
        "no_pupil_data": True,
    },
    "diag_curator": {
        "visited_on": "2026-09-18",
        "seen": [{"factor": "low_motivation", "seen": "На уроках молчат", "source": "lesson", "score": 3}],
    },
    "diag_expert": {
        "opinions": [
            {
                "factor": "low_motivation",
                "tool": "expert",
                "seen": "Шесть уроков",
                "score": 2,
                "conclusion": "Нужен выбор заданий",
            }
        ],
        "independent": True,
    },
    "diag_analysis": {
        "factors": [
            {"row": 1, "significance": "high", "reason": "По наблюдению уроков", "conclusion": "Начать с 7–8 классов"}
        ]
    },
    "diag_school": {
        "outcome": "agree",
        "remarks": [],
        "opinion": None,
        "in_work": [],
        "left_out": None,
        "basis": "На результатах ВПР по математике",
    },
    "diag_confirm": {"outcome": "sign", "remarks": []},
    "diag_verify": {"outcome": "to_school", "remarks": [{"factor": "low_motivation", "text": "Нет данных"}]},
    "diag_correct": {
        "replies": [{"row": 9, "resolution": "accepted", "reply": "Дополнили"}],
        "factors": [],
    },
    "expertise_assign": {
        "experts": [{"expert": 21, "no_conflict": True}, {"expert": 22, "no_conflict": True}],
        "days": 7,
    },
    "expertise_card": {
        "criteria": [{"row": 1, "score": 8, "remark": None}],
        "verdict": "recommend",
        "comment": None,
    },
    "expertise_conclusion": {
        "expertise_result": "revise",
        "reason": "Мнения разделились",
        "remarks": [{"place": "Раздел 2", "text": "Назвать сроки", "weight": "must"}],
    },
}
ROUTES: dict[str, dict[str, Any]] = {
    "survey_open": {"window_to": "2026-10-24"},
    "survey_extend": {"survey_extend_outcome": "extend", "window_to": "2026-10-30"},
    "survey_check": {"survey_check_outcome": "accept"},
    "diag_school": {"diag_school_outcome": "agree"},
    "diag_confirm": {"diag_confirm_outcome": "sign"},
    "diag_verify": {"diag_verify_outcome": "to_school"},
    "expertise_conclusion": {"expertise_result": "revise"},
}
