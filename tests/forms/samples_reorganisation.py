"""Good fillings of the forms of a reorganisation."""

from __future__ import annotations

from typing import Any

CHOICES: dict[str, dict[Any, str]] = {
    "heir": {"new": "новая школа", 102: "МБОУ «Луговская ООШ», код 102"},
    "municipality": {71: "Луговской округ"},
}
PREPARED: dict[str, list[dict[str, Any]]] = {"reorg_cases": [{"row": 5, "title": "Дело школы: Ключевская СОШ"}]}
TABLES = {"reorg_cases": "cases"}
ROUTES: dict[str, dict[str, Any]] = {
    "reorg_register": {"reorg_day": "2026-09-01T00:00"},
    "reorg_verify": {"reorg_verify_outcome": "ok"},
    "reorg_approve": {"reorg_approve_outcome": "sign"},
}
GOOD: dict[str, dict[str, Any]] = {
    "reorg_register": {
        "kind": "merge",
        "others": [{"school": 101}],
        "successor": "new",
        "continues": None,
        "new_name": "МБОУ «Объединённая СОШ»",
        "new_short_name": "Объединённая СОШ",
        "new_kind": "full",
        "name": None,
        "short_name": None,
        "founder": None,
        "municipality": None,
        "school_kind": None,
        "day": "2026-09-01",
        "act": "постановление от 12.08.2026 № 214-п",
        "document": 41,
        "files": [7],
        "no_pupil_data": True,
        "codes": [{"system": "oo", "code": "109014"}],
    },
    "reorg_verify": {"outcome": "ok", "note": "Сверено с ЕГРЮЛ", "merge_results": None},
    "reorg_cases": {
        "cases": [
            {
                "row": 5,
                "fate": "transfer",
                "reason": "Правопреемник продолжает",
                "curator": "keep",
                "terms": "pause",
                "pause_until": "2026-10-20",
            }
        ]
    },
    "reorg_approve": {"outcome": "sign", "remarks": []},
}
