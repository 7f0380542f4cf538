"""Good fillings of the forms of a mentor pair."""

from __future__ import annotations

from typing import Any

CHOICES: dict[str, dict[Any, str]] = {
    "mentor": {71: "Белова А. И., учитель", 72: "Сомов П. Р., учитель"},
    "mentee": {71: "Белова А. И., учитель", 73: "Рогов Н. Л., учитель"},
    "meeting": {81: "05.10.2026, Начало урока"},
}
DATES = {"starts_on": "2026-09-10", "ends_on": "2027-05-30", "after": "2026-12-31"}
PREPARED: dict[str, list[dict[str, Any]]] = {
    "pair_report": [{"row": 1, "name": "Уроки с рефлексией", "base": "2 из 10", "target": "7 из 10"}]
}
TABLES = {"pair_report": "indicators"}
REMARKS = [{"place": "п. 2", "text": "Добавьте встречу", "weight": "must"}]
GOOD: dict[str, dict[str, Any]] = {
    "pair_propose": {
        "outcome": "propose",
        "mentor": 71,
        "mentee": 73,
        "form": "teacher",
        "goal": "Анализ урока",
        "starts_on": "2026-09-22",
        "ends_on": "2027-05-28",
        "content": "Посещение и разбор уроков",
        "work_form": "Очно, 2 часа в неделю",
        "payment": "paid",
        "amount": 3500.0,
        "payment_text": None,
        "school_agrees": False,
    },
    "pair_mentor_consent": {"outcome": "yes", "reason": None},
    "pair_mentee_consent": {"outcome": "no", "reason": "Не подходит время"},
    "pair_program": {
        "goals": "Видеть причины ошибок",
        "indicators": [{"name": "Уроки с рефлексией", "base": "2 из 10", "target": "7 из 10"}],
        "meetings": [
            {"topic": topic, "due_on": day, "form": "visit"}
            for topic, day in (("Начало", "2026-10-05"), ("Середина", "2026-12-07"), ("Итог", "2027-04-12"))
        ],
    },
    "pair_program_head": {"outcome": "return", "remarks": REMARKS},
    "pair_diary": {
        "outcome": "more",
        "meeting": 81,
        "held_on": "2026-09-20",
        "topic": "Начало урока",
        "form": "visit",
        "lesson": "Темп хороший",
        "agreed": "Пробуем новое начало",
        "files": [7],
        "no_pupil_data": True,
        "marked": True,
    },
    "pair_stop": {
        "outcome": "stop",
        "side": "school",
        "dismissed": True,
        "reason": "Увольнение",
        "stop_on": "2026-09-25",
    },
    "pair_report": {
        "indicators": [{"row": 1, "reached": "7 из 10"}],
        "conclusion": "Цель достигнута",
    },
    "pair_mentee_mark": {"mark": 5, "words": "Помогло"},
    "pair_close": {"outcome": "accept", "remarks": []},
}
ROUTES = {key: {f"{key}_outcome": good["outcome"]} for key, good in GOOD.items() if "outcome" in good}
