"""Good fillings of the forms of signing off and of acts."""

from __future__ import annotations

from typing import Any

CHOICES: dict[str, dict[Any, str]] = {
    "reserved_number": {51: "01-21/1190"},
    "part": {"annex": "приложение"},
}
PREPARED: dict[str, list[dict[str, Any]]] = {
    "sign_off_route": [{"row": 1, "stage": 1, "position": 32, "scope": "whole", "days": 3, "compulsory": True}],
    "sign_off_answer": [{"row": 9, "author": "начальник отдела", "place": "п. 2", "remark": "Уточните срок"}],
}
TABLES = {"sign_off_route": "stages", "sign_off_answer": "remarks"}
ROUTES: dict[str, dict[str, Any]] = {
    "sign_off_dispute": {"sign_off_dispute_outcome": "to_head"},
    "act_draft": {"act_draft_outcome": "send", "level": "region", "publish": True},
    "act_sign": {"act_sign_outcome": "sign"},
    "act_expire": {"act_expire_outcome": "replace"},
}
GOOD: dict[str, dict[str, Any]] = {
    "sign_off_route": {
        "stages": [
            {"row": 1, "scope": "whole", "sections": None, "days": 3},
            {"stage": 2, "position": 31, "scope": "sections", "sections": "annex", "days": 5},
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
        "prolongs_to": None,
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
    "act_expire": {"outcome": "replace", "successor": 41, "prolong_to": None},
}
