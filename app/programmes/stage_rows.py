"""Which stage of a programme it is, which rows it is about, how they stand in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.programmes import plans
from app.programmes.models import PlanRow
from app.programmes.plan_models import AssignmentCard, Roadmap, RoadmapStage
from app.regions import Profile
from forms.values import show_number

RESULTS = {"done": "выполнено", "partly": "выполнено частично", "not_done": "не выполнено", "ahead": "срок не наступил"}


def calendar_of(profile: Profile, roadmap: Roadmap) -> list[tuple[str, date]]:
    """Stages within the term of a programme: title and last day; of a programme of several years, with the year."""
    found: list[tuple[str, date]] = []
    years = range(roadmap.starts_on.year, roadmap.ends_on.year + 1)
    for year in years:
        for stage in profile.roadmaps.stages:
            day = date(year, int(stage.ends[3:]), int(stage.ends[:2]))
            if roadmap.starts_on < day <= roadmap.ends_on:
                found.append((stage.title, day))
    found.sort(key=lambda one: one[1])
    repeated = len({title for title, _ in found}) < len(found)
    return [(f"{title}, {day.year} г." if repeated else title, day) for title, day in found]


def next_stage(session: Session, profile: Profile, roadmap: Roadmap) -> tuple[int, str, date] | None:
    """Number, title and end of the first stage without a decision; those that ended before approval are passed over."""
    decided = sa.select(RoadmapStage.number).where(
        RoadmapStage.case_id == roadmap.case_id, RoadmapStage.outcome.is_not(None)
    )
    done = set(session.scalars(decided))
    since = roadmap.approved_at.astimezone(profile.zone).date() if roadmap.approved_at else roadmap.starts_on
    for number, (title, day) in enumerate(calendar_of(profile, roadmap), 1):
        if number not in done and (day >= since or done):
            return number, title, day
    return None


_IN_HAND = (
    sa.select(RoadmapStage)
    .where(RoadmapStage.case_id == sa.bindparam("case"), RoadmapStage.outcome.is_(None))
    .order_by(RoadmapStage.number)
    .limit(1)
)


def stage_of(session: Session, case_id: int) -> RoadmapStage | None:
    """The stage in hand: reported and not decided yet."""
    return session.scalar(_IN_HAND, {"case": case_id})


def rows_of_stage(session: Session, roadmap: Roadmap, end: date) -> list[PlanRow]:
    """Rows begun by the end of the stage and not yet confirmed as done."""
    confirmed: set[int] = set()
    for stage in session.scalars(sa.select(RoadmapStage).where(RoadmapStage.case_id == roadmap.case_id)):
        lines = stage.report.get("rows", {})
        confirmed |= {
            int(row_id)
            for row_id, line in stage.checked.items()
            if stage.outcome and line.get("confirmed") == "accepted" and lines.get(row_id, {}).get("result") == "done"
        }
    return [r for r in plans.rows(session, roadmap.case_id) if r.starts_on <= end and r.id not in confirmed]


def state_of(card: AssignmentCard | None, today: date) -> str:
    """Where the assignment of a row stands, in words."""
    if card is None:
        return "не открыто"
    if card.state == "accepted":
        return f"принято, оценка {card.quality}"
    if card.state == "reported":
        return "на проверке"
    if card.state == "dropped":
        return "снято"
    late = (today - card.due_on).days
    return f"просрочено на {late} дн." if late > 0 else f"в работе до {card.due_on:%d.%m.%Y}"


def reported_rows(session: Session, stage: RoadmapStage) -> list[tuple[PlanRow, dict[str, Any]]]:
    """Rows that the school reported as begun or done, with what it said."""
    found = []
    for row in plans.rows(session, stage.case_id):
        line = stage.report.get("rows", {}).get(str(row.id))
        if line and line["result"] != "ahead":
            found.append((row, line))
    return found


def told(line: dict[str, Any]) -> str:
    """A row's report in one line: «выполнено, значение 80. Вывод»."""
    value = f", значение {show_number(line['value'])}" if line.get("value") is not None else ""
    said = f". {line['conclusion']}" if line.get("conclusion") else ""
    return f"{RESULTS[line['result']]}{value}{said}"
