"""One good filling of every form: what a careful person would send, and the context the application would give.

Each room has a module with the lists it offers (`CHOICES`, and `OWN` of one form); another room's lists are not seen by
its forms, as in the application.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from . import samples_acts as acts
from . import samples_diagnostics as diagnostics
from . import samples_identification as identification
from . import samples_mentoring as mentoring
from . import samples_municipal as municipal
from . import samples_pairs as pairs
from . import samples_reorganisation as reorganisation
from . import samples_roadmap as roadmap
from . import samples_support as support
from . import samples_teachers as teachers

ROOMS = (*(identification, acts, support, mentoring, reorganisation, pairs, diagnostics, roadmap, teachers, municipal),)
DATES = {
    **pairs.DATES,
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
        "document": {41: "Приказ от 01.09.2026 № 12-од"},
    },
    "files": {
        7: {"name": "протокол.pdf", "size": 120_000},
        8: {"name": "приказ.sig", "size": 4_000},
        9: {"name": "результаты.xlsx", "size": 900_000},
    },
}


def _of_rooms(name: str) -> dict[str, Any]:
    """What the rooms say of their forms; two rooms never speak of one form."""
    said: dict[str, Any] = {}
    for room in ROOMS:
        given = getattr(room, name, {})
        assert not set(given) & set(said), f"{room.__name__}: {set(given) & set(said)} in two rooms"
        said |= given
    return said


GOOD: dict[str, dict[str, Any]] = _of_rooms("GOOD")
PREPARED: dict[str, list[dict[str, Any]]] = _of_rooms("PREPARED")
TABLES: dict[str, str] = _of_rooms("TABLES")
ROUTES: dict[str, dict[str, Any]] = _of_rooms("ROUTES")


def _room(key: str) -> ModuleType:
    return next(room for room in ROOMS if key in room.GOOD)


def context(key: str, **more: Any) -> dict[str, Any]:
    """The context of a form: lists, files, dates and the prepared rows of its table."""
    rows = {TABLES[key]: PREPARED[key]} if key in TABLES else {}
    room = _room(key)
    own = getattr(room, "OWN", {}).get(key, {})
    choices = {**CONTEXT["choices"], **getattr(room, "CHOICES", {}), **own}
    return {**CONTEXT, "choices": choices, "rows": rows, **more}


def expected(key: str) -> dict[str, Any]:
    """What the answers must be: as sent, with the locked cells of prepared rows as the system has them."""
    answers = {**GOOD[key]}
    if key in TABLES:
        prepared = {r["row"]: {k: v for k, v in r.items() if k != "compulsory"} for r in PREPARED[key]}
        answers[TABLES[key]] = [{**prepared.get(r.get("row"), {}), **r} for r in answers[TABLES[key]]]
    if key == "objection_submit":
        answers["positions"] = [{**p, "system": None} for p in answers["positions"]]
    return answers
