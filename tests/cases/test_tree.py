"""Sub-cases on a case's page: all that the reader may see of the newest ones, whoever else's stand among them."""

from __future__ import annotations

from types import SimpleNamespace

from app.cases.models import Case, Definition
from app.db import Database
from app.web import casepage
from bench.counting import counted
from tests.people.world import NOW


def test_sub_cases_of_others_neither_crowd_out_ones_own_nor_are_asked_about_one_by_one(
    db: Database, region: SimpleNamespace
) -> None:
    with db.write() as session:
        session.add(Definition(hash="d", process="support_cycle", files={}, published_at=NOW))
        session.flush()
        parent = _case(region, "support_cycle")
        session.add(parent)
        session.flush()
        session.add(own := _case(region, "teacher_route", parent, region.actors["ministry"].position_id))
        session.flush()
        session.add_all(_case(region, "teacher_route", parent) for _ in range(casepage.TREE))
        session.add(common := _case(region, "visit", parent))
        session.flush()
        kept = {own.id, common.id}
    with db.read() as session, counted(db) as count:
        shown = casepage.feed_of(session, session.get_one(Case, parent.id), region.actors["ministry"])
    assert set(shown) == kept
    assert len(count.sent) == 2


def _case(region: SimpleNamespace, kind: str, parent: Case | None = None, opened_by: int | None = None) -> Case:
    return Case(
        region=region.region.region,
        profile="p",
        kind=kind,
        definition="d",
        subject_id=region.ids["school_a"],
        parent_id=parent.id if parent else None,
        school_year=2026,
        title="Дело",
        state=b"",
        data={},
        opened_by=opened_by,
        opened_at=NOW,
        changed_at=NOW,
    )
