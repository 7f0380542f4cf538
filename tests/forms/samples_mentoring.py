"""Good fillings of the forms of a curator and of visits."""

from __future__ import annotations

from typing import Any

CHOICES: dict[str, dict[Any, str]] = {
    "candidate": {71: "Листвина М. А., директор, МБОУ «Лицей»", 72: "Гордеев П. П., директор, МБОУ «СОШ № 2»"},
    "subject": {"math": "математика", "rus": "русский язык"},
}
ROUTES: dict[str, dict[str, Any]] = {
    "mentoring_consent": {"mentoring_consent_outcome": "yes"},
    "mentoring_review": {"mentoring_review_outcome": "replace"},
    "mentoring_sign": {"mentoring_sign_outcome": "sign"},
    "mentoring_accept": {"mentoring_accept_outcome": "return"},
    "visit_report": {"held": "held"},
    "visit_sign": {"visit_sign_outcome": "sign"},
}
REMARKS = [{"place": "п. 3", "text": "Проверьте долю", "weight": "must"}]
LESSON = {
    **{"subject": "math", "grade": "5", "topic": "Дроби", "conclusion": "Цель названа"},
    **{"goal": "2", "activity": "1", "feedback": "1", "discipline": "3", "difference": "0"},
}
GOOD: dict[str, dict[str, Any]] = {
    "mentoring_candidate": {
        "candidate": 71,
        "starts_on": "2026-10-01",
        "ends_on": "2027-06-30",
        "kinship": False,
        "neighbour_agrees": False,
        "neighbour_paper": [],
        "reason": None,
    },
    "mentoring_consent": {
        "outcome": "yes",
        "conditions": "по вторникам",
        "payment": None,
        "no_conflict": True,
        "contacts": True,
        "reason": None,
    },
    "mentoring_plan": {
        "visits": [
            {"on": "2026-11-10", "aim": "Знакомство с командой", "form": "onsite"},
            {"on": "2027-02-10", "aim": "Разбор уроков", "form": "online"},
        ],
        "topics": [{"topic": "Разбор диагностических работ"}],
        "contacts": [
            {"day": "2026-09-15", "form": "call", "whom": "директор", "about": "График посещений", "minutes": 20}
        ],
    },
    "mentoring_review": {"outcome": "replace", "rating": 4, "reason": "Куратор переходит на другую работу"},
    "mentoring_report": {
        "done": "Проведены посещения и консультации по плану",
        "changes": "Разборы уроков стали постоянными в школе",
        "advice": "Продолжить разборы",
    },
    "mentoring_sign": {"outcome": "sign"},
    "mentoring_accept": {"outcome": "return", "remarks": REMARKS},
    "visit_plan": {
        "at": "2026-10-06T09:30",
        "form": "onsite",
        "aim": "Посмотреть уроки математики",
        "looks": ["lessons", "documents"],
        "lessons": [{"subject": "math", "grade": "5", "teacher": None}],
    },
    "visit_confirm": {"outcome": "other", "at": "2026-10-08T09:30", "reason": "Идут диагностические работы"},
    "visit_report": {
        "held": "held",
        "why_not": None,
        "day": "2026-09-20",
        "hours": "с 8:50 до 15:30",
        "participants": [{"role": "Директор", "name": "Каштанов Р. И."}],
        "lessons": [LESSON],
        "documents": [{"name": "План работы", "state": "действует", "remark": None}],
        "blocks": [],
        "talks": "Обсуждены сроки",
        "found": "Разборы ведутся не всеми",
        "advice": [{"text": "Ввести работу в парах", "responsible": 11, "due": "2026-10-20"}],
        "next_on": "2026-11-20",
        "files": [7],
        "no_pupil_data": True,
        "no_faces": False,
    },
    "visit_sign": {"outcome": "sign"},
    "visit_ack": {"outcome": "remarks", "text": "Разборы проведены позже"},
    "visit_answer": {"text": "Протокол получен"},
}
