"""Good fillings of the forms of the campaign, its objections and clarifications."""

from __future__ import annotations

from typing import Any

CHOICES: dict[str, dict[Any, str]] = {
    "rule_version": {5: "Правила отнесения, редакция 2"},
}
PREPARED: dict[str, list[dict[str, Any]]] = {
    "campaign_import": [
        {"row": 1, "source": "fis_oko", "state": "загружен"},
        {"row": 2, "source": "ris_gia_9", "state": "нет"},
    ],
    "campaign_quality": [{"row": 4, "school": "МБОУ «Ключевская СОШ»", "problem": "дубль школы"}],
    "objection_review": [{"row": 1, "position": "ОГЭ, математика, 2025/26: 40 и 14, в расчёте 41 и 15"}],
}
TABLES = {"campaign_import": "sources", "campaign_quality": "problems", "objection_review": "checks"}
ROUTES: dict[str, dict[str, Any]] = {
    "campaign_plan": {"passport_needed": True, "window": 5},
    "campaign_quality": {"data_state": "ok"},
    "campaign_run": {"run_state": "clarify"},
    "campaign_preliminary": {"campaign_preliminary_outcome": "sign"},
    "campaign_final": {"campaign_final_outcome": "return"},
    "objection_review": {"decision": "accept"},
    "objection_sign": {"objection_sign_outcome": "sign"},
    "clarification_open": {"kind": "meeting", "meeting_date": "2026-09-24"},
    "clarification_decide": {"outcome": "change"},
}
REMARKS = [{"place": "п. 3", "text": "Проверьте долю", "weight": "must"}]
GOOD: dict[str, dict[str, Any]] = {
    "campaign_plan": {
        "school_year": 2026,
        "rule": 5,
        "procedures": [
            {
                "procedure": "vpr_math_5",
                "year": 2025,
                "held": "yes",
                "grade": 5,
                "actual_grade": 5,
                "held_on": "2026-04-15",
            },
            {"procedure": "oge_math", "year": 2025, "held": "yes", "grade": 9, "actual_grade": 9, "held_on": None},
        ],
        "sources": [
            {"source": "fis_oko", "responsible": 11, "due": "2026-08-20"},
            {"source": "social_passport", "responsible": 12, "due": "2026-08-31"},
        ],
        "window": 5,
        "order_due": "2026-09-30",
    },
    "campaign_import": {
        "files": [9],
        "sources": [
            {"absent": False, "reason": None, "row": 1},
            {"absent": True, "reason": "Протоколы ещё не переданы", "row": 2},
        ],
    },
    "campaign_quality": {"problems": [{"row": 4, "resolution": "matched", "note": None}], "data_state": "ok"},
    "campaign_run": {"small_sample_note": None, "merge_predecessors": True, "run_state": "clarify", "schools": [102]},
    "campaign_preliminary": {"outcome": "sign", "remarks": []},
    "campaign_final": {"outcome": "return", "remarks": REMARKS},
    "campaign_close": {"reconciled": False, "difference": "Одна школа закрыта", "improve": "Начать раньше"},
    "pack_answer": {"outcome": "remarks", "remarks": [{"school": 101, "text": "Школа стала филиалом"}]},
    "objection_submit": {
        "subject": "participants",
        "positions": [{"procedure": "oge_math", "year": 2025, "n": 40, "low": 11, "source": "протокол 14"}],
        "grounds": "Трое участников учтены дважды.",
        "request": "exclude",
        "files": [7],
        "no_pupil_data": True,
        "late_reason": None,
    },
    "objection_opinion": {"opinion": "support", "text": "Данные школы подтверждаем."},
    "objection_review": {
        "checks": [{"row": 1, "confirmed": True, "evidence": "протокол 14"}],
        "decision": "accept",
        "motive": "По протоколу 14 участников 40, не справились 11: доля ниже порога.",
        "verdict": "not_listed",
    },
    "objection_supplement": {"answer_text": "Прилагаем ведомость.", "files": [7], "no_pupil_data": True},
    "objection_sign": {"outcome": "sign", "remarks": []},
    "clarification_open": {
        "kind": "meeting",
        "schools": [101, 102],
        "question": "Почему изменилось число участников?",
        "experts": [],
        "meets_at": "2026-09-24T14:30",
        "place": "Зал заседаний",
        "participants": [{"name": "директор школы", "organisation": "МБОУ «Ключевская СОШ»"}],
    },
    "clarification_opinion": {
        "method": "documents",
        "studied": "Протоколы, журналы",
        "conclusion": "Ошибка кода школы",
        "verdict": "no_change",
        "files": [],
        "no_pupil_data": False,
    },
    "clarification_protocol": {
        "present": [{"name": "директор школы", "organisation": "МБОУ «Ключевская СОШ»"}],
        "groups": [],
        "findings": [],
        "points": [
            {
                "question": "Число участников",
                "speakers": "директор",
                "resolution": "Сверить протоколы",
                "due": "2026-09-25",
                "responsible": 11,
            },
        ],
        "files": [7],
        "no_pupil_data": True,
    },
    "clarification_decide": {"outcome": "change", "verdict": "watch", "motive": "Малая выборка."},
    "pack_watch": {"outcome": "remarks", "text": "В работе 2025/26 учтены двое выбывших."},
}
