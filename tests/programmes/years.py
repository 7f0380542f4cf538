"""Walking a school's year of evaluation: who answers what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Case
from app.cases.move import start
from app.documents import acquaintance, texts
from app.identification.models import Verdict
from app.programmes import comparing
from app.programmes.evaluation_sheet import KIND
from tests.campaign.walk import Walker

LONG = "Решение принято с учётом мнений школы, куратора и муниципалитета: меры дают устойчивый результат второй год."


def schools_by(walker: Walker, region: str, list_year: int, status: str) -> list[int]:
    """Schools with this conclusion in the newest run and results of two years, by id."""
    with walker.system.db.read() as session:
        run = comparing.newest_run(session, region, list_year)
        assert run is not None
        final = sa.func.coalesce(Verdict.decided_status, Verdict.status)
        found = session.scalars(
            sa.select(Verdict).where(Verdict.run_id == run.id, final == status).order_by("school_id")
        )
        return [v.school_id for v in found if len({o[1] for o in v.observations}) > 1]


def open_evaluation(walker: Walker, school_id: int, year: int, parent_id: int | None = None) -> int:
    with operations.unit_of(walker.system, None, walker.now) as unit:
        parent = operations.locked(unit.session, parent_id) if parent_id else None
        case_id = start(unit, "annual_evaluation", school_id, year, {}, parent=parent).id
    walker.settle()
    return case_id


def lines(walker: Walker, form: str, case_id: int, **columns: Any) -> list[dict[str, Any]]:
    """Every prepared row of a table with the same answers in it."""
    task = walker.task(form, case_id=case_id)
    prepared = walker.form(task, walker.holder(task)).scores.entries
    return [{"row": entry.form.row.data, **columns} for entry in prepared]


def assess(walker: Walker, case_id: int, wish: str = "continue", own: str = "2", curator: str = "2") -> None:
    """The school, the curator and, where there is one, the municipality."""
    scores = lines(walker, "eval_school", case_id, score=own, evidence="Протокол педсовета от 28.05.2026")
    walker.do("eval_school", {"scores": scores, "wish": wish, "text": "Результаты стали лучше."}, case_id=case_id)
    scores = lines(walker, "eval_curator", case_id, score=curator, note="По листам посещений.")
    answers = {"scores": scores, "measures": "Сработали взаимопосещения.", "opinion": wish}
    walker.do("eval_curator", answers, case_id=case_id)
    for task in walker.tasks(form="eval_municipal", case_id=case_id):
        walker.send(task, {"opinion": wish, "text": "Поддерживаем.", "resources": "Ставка педагога."})


def propose(walker: Walker, case_id: int, answers: Mapping[str, Any] | None = None) -> None:
    walker.do("eval_proposal", answers or {}, case_id=case_id)
    walker.do("eval_head", {"outcome": "sign"}, case_id=case_id)


def acquaint(walker: Walker, case_id: int) -> None:
    """The head of the school marks the sheet as read."""
    with walker.system.db.read() as session:
        case = session.get_one(Case, case_id)
        document = texts.of_case(session, case_id, KIND)
        assert document is not None
    head = walker.actor_of(case.subject_id, "school_head")
    acquaintance.acquaint(walker.system, document.id, actor=head, now=walker.now)
    walker.settle()


def silence(walker: Walker, days: int = 12) -> None:
    """Nobody marks anything: the term passes."""
    walker.now += timedelta(days=days)
    walker.settle()


def decide(walker: Walker, case_id: int, decision: str, grounds: str = LONG) -> None:
    walker.do("eval_decide", {"decision": decision, "grounds": grounds}, case_id=case_id)
