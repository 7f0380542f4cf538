"""One good filling of every form: what a careful person would send, and the context the application would give."""

from __future__ import annotations

from typing import Any

from tests.forms import samples_diagnostics as diagnostics

from . import samples_roadmap as roadmap

DATES = {
    "today": "2026-09-21",
    "year_start": "2026-07-01",
    "year_end": "2027-06-30",
    "signed": "2026-09-18",
    "registered": "2026-09-19",
}
CONTEXT: dict[str, Any] = {
    "dates": DATES,
    "choices": {
        "person": {11: "Кречетова Н. В.", 12: "Дроздова Е. К.", 13: "Горелов А. И."},
        "expert": {21: "Белов П. С.", 22: "Ветрова О. Л."},
        "school": {101: "МБОУ «Ключевская СОШ»", 102: "МБОУ «Луговская ООШ»"},
        "position": {31: "первый заместитель министра", 32: "начальник отдела"},
        "executor": {"org-1": "МОУ Лугового района", "role-operator": "региональный оператор"},
        "rule_version": {5: "Правила отнесения, редакция 2"},
        "document": {41: "Приказ от 01.09.2026 № 12-од"},
        "reserved_number": {51: "01-21/1190"},
        "material": {61: "Практика наставничества"},
        **roadmap.CHOICES,
    },
    "files": {
        7: {"name": "протокол.pdf", "size": 120_000},
        8: {"name": "приказ.sig", "size": 4_000},
        9: {"name": "результаты.xlsx", "size": 900_000},
    },
}
PREPARED: dict[str, list[dict[str, Any]]] = {
    "campaign_import": [
        {"row": 1, "source": "fis_oko", "state": "загружен"},
        {"row": 2, "source": "ris_gia_9", "state": "нет"},
    ],
    "campaign_quality": [{"row": 4, "school": "МБОУ «Ключевская СОШ»", "problem": "дубль школы"}],
    "objection_review": [{"row": 1, "position": "ОГЭ, математика, 2025/26: 40 и 14, в расчёте 41 и 15"}],
    "sign_off_route": [{"row": 1, "stage": 1, "position": 32, "scope": "whole", "days": 3, "compulsory": True}],
    **roadmap.PREPARED,
    "sign_off_answer": [{"row": 9, "author": "начальник отдела", "place": "п. 2", "remark": "Уточните срок"}],
}
TABLES = {
    "campaign_import": "sources",
    "campaign_quality": "problems",
    "objection_review": "checks",
    "sign_off_route": "stages",
    "sign_off_answer": "remarks",
    **roadmap.TABLES,
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
    "sign_off_route": {
        "stages": [
            {"row": 1, "on_behalf": None, "scope": "whole", "sections": None, "days": 3},
            {"stage": 2, "position": 31, "on_behalf": 13, "scope": "sections", "sections": "п. 2–4", "days": 5},
        ],
    },
    "sign_off_visa": {
        "conclusion": "agreed_with_remarks",
        "remarks": [{"place": "п. 2", "text": "Уточните срок", "mandatory": True}],
    },
    "sign_off_answer": {
        "remarks": [{"row": 9, "resolution": "accepted", "reply": "Срок уточнён"}],
        "preamble": None,
        "points": [],
        "note": "Изменён пункт 2",
    },
    "sign_off_dispute": {"outcome": "to_head", "reason": "Срок задан законом."},
    "act_draft": {
        "outcome": "send",
        "act_kind": "order",
        "level": "region",
        "heading": "Об утверждении перечня школ",
        "basis": "пункт 3.3 Концепции",
        "preamble": "В целях поддержки школ",
        "points": [{"text": "Утвердить перечень", "executor": "org-1", "due": "2026-10-15", "controlled": True}],
        "control": 31,
        "annexes": [7],
        "no_pupil_data": True,
        "relation": "amends",
        "related": 41,
        "effective": "date",
        "effective_on": "2026-10-01",
        "valid_to": "2027-09-30",
        "publish": True,
        "binding": False,
    },
    "act_sign": {"outcome": "sign", "method": "qualified", "files": [8], "remarks": [], "reason": None},
    "act_register": {"date": "2026-09-21", "reserved": 51, "reason": "Номер отложен до подписи"},
    "act_publish": {
        "placements": [
            {"resource": "ministry_site", "url": "https://example.org/act/1", "date": "2026-09-21", "snapshot": [7]},
        ],
    },
    "act_expire": {"outcome": "replace", "successor": 41},
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
    **roadmap.GOOD,
}

GOOD |= diagnostics.GOOD
PREPARED |= diagnostics.PREPARED
TABLES |= diagnostics.TABLES


def context(key: str, **more: Any) -> dict[str, Any]:
    """The context of a form: lists, files, dates and the prepared rows of its table."""
    rows = {TABLES[key]: PREPARED[key]} if key in TABLES else {}
    return {**CONTEXT, "rows": rows, **more}


def expected(key: str) -> dict[str, Any]:
    """What the answers must be: as sent, with the locked cells of prepared rows as the system has them."""
    answers = {**GOOD[key]}
    if key in TABLES:
        prepared = {r["row"]: {k: v for k, v in r.items() if k != "compulsory"} for r in PREPARED[key]}
        answers[TABLES[key]] = [{**prepared.get(r.get("row"), {}), **r} for r in answers[TABLES[key]]]
    if key == "objection_submit":
        answers["positions"] = [{**p, "system": None} for p in answers["positions"]]
    return answers
