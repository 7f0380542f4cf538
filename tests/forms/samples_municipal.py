"""Samples of the forms of municipal programmes, school work, requests and recommendations."""

from __future__ import annotations

from typing import Any

DAYS = {"starts_on": "2026-10-05", "ends_on": "2027-05-28"}
CHOICES: dict[str, Any] = {
    "listed": {101: "МБОУ «Ключевская СОШ»"},
    "member": {31: "Кречетова Н. В.", 32: "Дроздова Е. К."},
    "plan": {71: "Программа Лугового района"},
    "office": {"pd_center": "ЦНППМ", "regional_operator": "РЦРО"},
    "programme_indicator": {"dynamics": "доля школ с положительной динамикой, %", "left": "число школ"},
    "evidence_kind": {"report": "отчёт, справка"},
    "risk_factor": {"low_motivation": "Низкая учебная мотивация"},
    "gap_kind": {"subject": "предметные"},
    "help_form": {"consultation": "консультация"},
    "help_kind": {"consulting": "консультационная"},
    "audience": {"teams": "управленческие команды"},
    "direction": {"practice": "технологии и лучшие практики"},
}
OWN: dict[str, dict[str, Any]] = {
    "mp_draft": {"resource": {"equipment": "оборудование"}},
    "request_form": {"subject": {"math": "математика"}},
    "work_log": {"subject": {"math": "математика"}},
    "request_take": {"executor": {31: "Кречетова Н. В."}},
}
REMARKS = [{"place": "п. 3", "text": "Уточните срок", "weight": "must"}]


def _measure(**more: Any) -> dict[str, Any]:
    return {
        "kind": "method",
        "text": "Методические дни",
        "school": None,
        "resource": None,
        "amount": None,
        "source": "none",
        **DAYS,
        "responsible": 11,
        "result": "разобраны ошибки",
        "evidence": "report",
        **more,
    }


MONEY = {"kind": "money", "source": "local", "amount": 480_000.5, "resource": "equipment", "school": 101}
GOOD: dict[str, dict[str, Any]] = {
    "mp_draft": {
        "name": "Программа улучшения результатов",
        **DAYS,
        "goal": "Сократить число школ, нуждающихся в поддержке",
        "tasks": [{"text": "Закрыть вакансии"}],
        "schools": [101],
        "others": [{"school": 102}],
        "risks": ["low_motivation"],
        "targets": [{"indicator": "dynamics", "base": 33.3, "target": 66.7}],
        "measures": [_measure(), _measure(text="Оборудование", **MONEY), _measure(text="Обмен практиками", school=102)],
        "proposals": [],
    },
    "mp_operator": {"outcome": "return", "remarks": REMARKS},
    "mp_monitor": {
        "rows": [{"row": 1, "course": "behind", "remark": "Нет подрядчика"}],
        "outcome": "amend",
        "reason": "Сроки закупки",
    },
    "mp_report": {
        "targets": [{"row": 1, "fact": 50.0}],
        "conclusion": "Две школы из четырёх показали положительную динамику за год.",
        "lessons": "Методические дни",
    },
    "mp_accept": {"outcome": "accept", "remarks": []},
    "work_card": {
        "kind": "adoption",
        "name": "Пять минут на ошибку",
        "factor": "low_motivation",
        "gap": None,
        "goal": "Доля выполняющих задания вырастет",
        "responsible": 31,
        "members": [31, 32],
        "guests": None,
        "steps": [{"text": "Согласуем объём", "who": "учителя", "when": "пятница"}],
        "regulation": [],
        "no_pupil_data": False,
        "practice": "Пять минут на ошибку, лицей",
        "practice_url": "https://opora.example/materials/3",
        **DAYS,
        "period": "week",
        "acquaint": True,
    },
    "work_head": {"outcome": "return", "remarks": REMARKS},
    "work_log": {
        "outcome": "more",
        "day": "2026-09-20",
        "present": [31, 32],
        "topic": "Разбор",
        "lessons": [],
        "decision": "Повторить",
        "files": [7],
        "no_pupil_data": True,
        "reason": None,
        "next_on": "2026-10-05",
    },
    "work_ask": {"outcome": "continue", "next_on": "2026-10-05", "reason": None},
    "work_result": {"changed": "Задания выполняют 62 % вместо 48 %, сводка за апрель", "score": 2, "library": True},
    "work_adopt_confirm": {"outcome": "confirm", "remarks": [], "where": "5–6 классы", "result": "Работает"},
    "work_check": {"outcome": "return", "remarks": REMARKS},
    "request_form": {
        "kind": "consultation",
        "topic": "Разбор ОГЭ",
        "subject": "math",
        "factor": "low_motivation",
        "text": "Нужен разбор ошибок",
        "form": "consultation",
        "slots": "вторник после 15",
        "plan": None,
        "complaint": False,
        "files": [7],
        "no_pupil_data": True,
    },
    "request_take": {"outcome": "slot", "executor": 31, "slot": "2026-09-24T15:30", "to": None, "reason": None},
    "request_reply": {
        "outcome": "answered",
        "answer": "Проведём в четверг",
        "decision": None,
        "reason": None,
        "link": "https://opora.example/materials/3",
        "help_kind": None,
        "minutes": 40,
        "files": [],
        "no_pupil_data": False,
    },
    "request_more": {"text": "Дроби и проценты", "files": [7], "no_pupil_data": True},
    "request_rate": {"score": 5, "text": "Спасибо"},
    "rec_draft": {
        "person": 11,
        "audience": "teams",
        "basis_kind": "visit",
        "basis": "Посещение школы 14 сентября: уроки без разбора ошибок",
        "direction": "practice",
        "rows": [{"text": "Провести диагностику", "due": "2026-10-30", "expected": "карта пробелов"}],
        "action": True,
    },
    "rec_sign": {"outcome": "sign", "remarks": []},
    "rec_reply": {"outcome": "accept", "decision": "roadmap", "text": "Внесём в октябре"},
    "rec_answer": {"answer_text": "По 5 и 6 классам"},
    "rec_decline_check": {"outcome": "insist", "text": "Работа другая"},
    "rec_mark": {
        "rows": [{"row": 1, "result": "done", "fact": "Проведена", "files": [7]}],
        "no_pupil_data": True,
    },
    "rec_check": {"outcome": "accept", "remarks": []},
}
PREPARED: dict[str, list[dict[str, Any]]] = {
    "mp_monitor": [{"row": 1, "measure": "Методические дни", "due": "28.05.2027", "state": "в работе"}],
    "mp_report": [{"row": 1, "indicator": "доля школ, %", "base": "33,3", "target": "66,7"}],
    "rec_mark": [{"row": 1, "text": "Провести диагностику", "due": "30.10.2026"}],
}
TABLES = {"mp_monitor": "rows", "mp_report": "targets", "rec_mark": "rows"}
ROUTES: dict[str, dict[str, Any]] = {
    "mp_monitor": {"mp_monitor_outcome": "amend"},
    "mp_accept": {"mp_accept_outcome": "accept"},
    "work_card": {"kind": "adoption", "acquaint": True},
    "work_head": {"work_head_outcome": "return"},
    "work_log": {"work_log_outcome": "more"},
    "work_ask": {"work_ask_outcome": "continue"},
    "work_adopt_confirm": {"work_adopt_confirm_outcome": "confirm"},
    "work_check": {"work_check_outcome": "return"},
    "request_take": {"request_take_outcome": "slot"},
    "request_reply": {"request_reply_outcome": "answered"},
    "rec_sign": {"rec_sign_outcome": "sign"},
    "rec_reply": {"rec_reply_outcome": "accept"},
    "rec_decline_check": {"rec_decline_check_outcome": "insist"},
    "rec_check": {"rec_check_outcome": "accept"},
}
