"""What a run says of the region as a whole: conditions beside results, and the gap between schools; no school is named."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.identification import lists
from app.identification.context import HARD, LOW, NOT_LOW, ORDINARY, UNKNOWN
from app.identification.gap import region_gap
from app.identification.models import IdentificationRun
from app.web import ru

CONDITIONS = {HARD: "Сложные условия", ORDINARY: "Обычные условия", UNKNOWN: "Паспорт не принят"}
RESULTS = (LOW, NOT_LOW, UNKNOWN)


def of_run(session: Session, run: IdentificationRun) -> dict[str, Any]:
    """`matrix`: rows {title, counts of schools with low results, without, not judged}; `gap`: a sentence or ''."""
    cells = lists.region_matrix(session, run)
    rows = [
        {"title": title, "counts": [len(cells[code, one]) for one in RESULTS]} for code, title in CONDITIONS.items()
    ]
    return {"matrix": [row for row in rows if any(row["counts"])], "gap": _gap(session, run)}


def _gap(session: Session, run: IdentificationRun) -> str:
    gap = region_gap(session, run)
    if gap.points is None or gap.lower is None or gap.upper is None:
        return ""
    low, high, points = (f"{float(one):.1f}".replace(".", ",") for one in (gap.lower, gap.upper, gap.points))
    return (
        f"Доля низких результатов в четверти самых благополучных школ – не больше {low} %, в четверти самых "
        f"неблагополучных – не меньше {high} %: разрыв {points} процентного пункта. Посчитано по "
        f"{ru.counted(gap.schools, 'школе', 'школам', 'школам')} с результатами."
    )
