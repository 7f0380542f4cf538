"""Good fillings of the forms about teachers: what is not named is empty."""

from __future__ import annotations

from typing import Any

import forms
from app import regions

_NAMES = ("subject", "gap_kind", "month", "step_kind", "evidence_kind", "training_theme")
_DICTIONARIES = regions.profile(regions.codes()[0]).dictionaries
CHOICES: dict[str, dict[Any, str]] = {
    **{name: dict(_DICTIONARIES[name]) for name in (*_NAMES, "infrastructure")},
    "tutor": {71: "Тополева И. С., тьютор"},
    "gap": {81: "предметные, математика: высокий дефицит (46 %)", 82: "межпредметные: средний дефицит (63 %)"},
    "training": {91: "Урок геометрии, с 25.01.2027"},
    "teacher": {11: "Лопухова А. И., Каменнобродская школа", 12: "Осокина Д. Л., Каменнобродская школа"},
    "place": {95: "Геометрия, курс, мест 2"},
    "site": {101: "МБОУ «Ключевская СОШ»"},
}
OWN: dict[str, dict[str, dict[Any, str]]] = {
    "route_steps": {"result": dict(_DICTIONARIES["result"])},
    "training_card": {"audience": dict(_DICTIONARIES["audience"])},
    "training_journal": {"trainee": {201: "Лопухова А. И.", 202: "Осокина Д. Л."}},
}


TABLES = {
    "retraining_results": "results",
    "retraining_exit": "results",
    "retraining_review": "people",
    "route_steps": "steps",
    "route_check": "steps",
    "route_exit": "results",
    "tapp_quota": "rows",
    "training_result": "trainees",
    "internship_mark": "reports",
}
_LINE = {"row": "1-math", "teacher": "Лопухова Анна Игоревна", "subject": "математика"}
PREPARED: dict[str, list[dict[str, Any]]] = {
    "retraining_results": [_LINE],
    "retraining_exit": [_LINE],
    "retraining_review": [{"row": 11, "teacher": "Лопухова Анна Игоревна", "gaps": "предметные: высокий (46 %)"}],
    "route_steps": [{"row": 301, "step": "Курс", "due": "27.03.2027"}],
    "route_check": [{"row": 301, "step": "Курс", "said": "выполнено. Удостоверение № 418"}],
    "route_exit": [{"row": 81, "kind": "предметные", "entry": "предметные: высокий (46 %)"}],
    "tapp_quota": [{"row": 95, "wanted": "Геометрия, курс", "people": 2}],
    "training_result": [{"row": 201, "trainee": "Лопухова А. И.", "hours": 16}],
    "internship_mark": [{"row": 201, "trainee": "Лопухова А. И.", "said": "Разбор задач"}],
}
_RESULT = {"row": "1-math", "day": "2026-09-18", "gap_subject": 46.0, "gap_ict": 88.5, "note": "Доказательства"}
_DECISION = {"outcome": "approve"}
SENT: dict[str, dict[str, Any]] = {
    "retraining_roster": {
        "teachers": [
            {
                **{"name": "Лопухова Анна Игоревна", "post": "учитель математики", "subjects": ["math", "physics"]},
                **{"hours": 18.0, "leader": False, "takes_part": True, "elsewhere": False, "email": "l@school.example"},
            },
            {
                **{"name": "Осокина Дарья Львовна", "post": "учитель", "subjects": ["history"], "leader": False},
                **{"takes_part": False, "reason": "leave"},
            },
        ],
        "informed": True,
    },
    "retraining_schedule": {
        **{"instrument": "Диагностика, версия 3", "form": "online", "place": "https://test.example"},
        **{"session_on": "2026-10-05", "responsible": 11},
    },
    "retraining_results": {"results": [_RESULT]},
    "retraining_exit": {"results": [_RESULT]},
    "retraining_review": {"people": [{"row": 11, "proposal": "route", "tutor": 71, "topics": "Геометрия"}]},
    "retraining_needs": {
        "needs": [{"topic": "Геометрия", "kind": "course", "gap_kind": "subject", "subject": "math", "people": 2}]
    },
    "retraining_report": {"conclusion": "Чаще всего выявлены межпредметные дефициты."},
    "retraining_accept": {"outcome": "accept"},
    "route_draft": {
        "goal": "Закрыть предметный дефицит",
        "steps": [
            {
                **{"gap": gap, "kind": "course", "text": "Курс", "hours": 36, "training": 91},
                **{"due_on": "2027-03-27", "evidence": "report", "mentor": False},
            }
            for gap in (81, 82)
        ],
    },
    "route_agree": {"outcome": "agree", "show_head": False},
    "route_refusal": {"reason": "Уходит на пенсию"},
    "route_steps": {
        "steps": [{"row": 301, "result": "done", "fact": "Обучение пройдено", "url": "https://school.example/otchet"}]
    },
    "route_check": {"steps": [{"row": 301, "mark": "accepted"}], "outcome": "all_done"},
    "route_exit": {"results": [{"row": 81, "day": "2026-09-20", "percent": 74.0}]},
    "route_reflection": {"changed": "Увереннее подбираю задачи", "shares": True},
    "route_close": {"outcome": "prolong", "conclusion": "Нужен ещё месяц", "until": "2027-05-29"},
    "tapp_collect": {
        "rows": [
            {
                **{"topic": "Геометрия", "kind": "course", "audience": "teachers", "subject": "math", "school": 101},
                **{"people": 2, "gap_kind": "subject", "month": "02", "priority": 1},
            }
        ]
    },
    "tapp_send": {"outcome": "sign"},
    "tapp_quota": {
        "outcome": "partly",
        "rows": [{"row": 95, "people": 2, "quota": 1, "training": 91, "reason": "осталось одно место"}],
    },
    "tapp_names": {"names": [{"place": 95, "teacher": 11, "agrees": True}]},
    "tapp_result": {"conclusion": "Обучены все, кто записан"},
    "training_card": {
        **{"training_kind": "internship", "name": "Урок геометрии", "audience": "subject_teachers", "hours": 24},
        **{"gap_kinds": ["subject"], "subject": "math", "themes": ["subject"], "site": 101, "infrastructure": "donor"},
        **{"form": "onsite", "starts_on": "2026-11-16", "ends_on": "2026-11-20", "seats": 5},
        "teachers": [{"name": "Ветрова Ольга Львовна", "post": "учитель"}],
    },
    "training_approve": _DECISION,
    "training_enrol": {
        **{"trainees": [{"trainee": 11, "outcome": "enrolled"}], "outcome": "start"},
        **{"starts_on": "2026-11-16", "ends_on": "2026-11-20"},
    },
    "training_journal": {
        "sessions": [{"day": "2026-09-20", "topic": "Задачи на доказательство", "hours": 8, "absent": [202]}]
    },
    "training_result": {"trainees": [{"row": 201, "result": "passed"}]},
    "internship_report": {"learned": "Разбор задач в парах", "plans": "Два урока"},
    "internship_mark": {"reports": [{"row": 201, "mark": "done"}], "outcome": "accept"},
    "training_close": {"feedback": "Полезно", "conclusion": "Повторить весной"},
}
ROUTES: dict[str, dict[str, Any]] = {
    "retraining_schedule": {"session_on": "2026-10-05"},
    "retraining_accept": {"retraining_accept_outcome": "accept"},
    "route_agree": {"route_agree_outcome": "agree"},
    "route_check": {"route_check_outcome": "all_done"},
    "route_close": {"route_close_outcome": "prolong"},
    "tapp_send": {"tapp_send_outcome": "sign"},
    "tapp_quota": {"tapp_quota_outcome": "partly"},
    "training_card": {"training_kind": "internship", "starts_on": "2026-11-16", "ends_on": "2026-11-20"},
    "training_approve": {"training_approve_outcome": "approve"},
    "training_enrol": {"training_enrol_outcome": "start", "starts_on": "2026-11-16", "ends_on": "2026-11-20"},
    "internship_mark": {"internship_mark_outcome": "accept"},
}


def _whole(part: Any, sent: dict[str, Any]) -> dict[str, Any]:
    """With every field of a form or row that is not named, as an empty one answers."""
    found: dict[str, Any] = {}
    for field in part:
        name = field.short_name
        if name == "row":
            found |= {"row": sent["row"]} if "row" in sent else {}
        elif field.kind == "rows":
            found[name] = [_row(field, row) for row in sent.get(name, [])]
        elif name in sent:
            found[name] = sent[name]
        else:
            found[name] = field.answer() if field.answer() in ([], False) else None
    return found


def _row(field: Any, sent: dict[str, Any]) -> dict[str, Any]:
    """A row; the locked cells of a prepared one come from the system."""
    kept = field.locked_cells if "row" in sent else ()
    return {name: value for name, value in _whole(field.blank().form, sent).items() if name not in kept or name in sent}


GOOD = {
    key: _whole(forms.form_class(key)(context={"choices": {**CHOICES, **OWN.get(key, {})}}), sent)
    for key, sent in SENT.items()
}
