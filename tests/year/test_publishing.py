"""A diagram is published anew while forms stand open: each case ends on the version it began with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import engine
from app.cases import drafts, operations, queries
from app.cases.models import Case, Task
from app.cases.system import System
from tests.cases import diagrams
from tests.people.world import NOW

NEWER = diagrams.process(
    "petition",
    {"regional_operator": "start write", "operator_head": "agree end"},
    '<bpmn:startEvent id="start"/>'
    + diagrams.form("write", "3wd", name="Изложить")
    + diagrams.form("agree", "1wd", name="Согласовать")
    + '<bpmn:endEvent id="end" name="Принято"/>',
    ["start>write", "write>agree", "agree>end"],
)


@pytest.fixture
def newer(system: System, tmp_path: Path) -> System:
    """The same installation after a start with a new version of the diagram."""
    folder = tmp_path / "newer"
    folder.mkdir()
    (folder / "petition.bpmn").write_bytes(NEWER)
    return replace(system, catalogue=engine.Catalogue(folder), _published=set(), _bodies={})


@pytest.mark.req("OR-72")
def test_an_open_form_is_sent_and_its_case_ends_on_its_own_version(system, newer, db, region) -> None:
    operator, head = region.actors["regional_operator"], region.actors["operator_head"]
    old = operations.open_case(system, "petition", region.ids["region"], 2026, actor=operator, now=NOW)
    with db.read() as session:
        task = session.scalars(sa.select(Task).where(Task.case_id == old)).one()
    drafts.save(db, task.id, {"pairs": [["text", "набрано"]]}, seen=0, actor=operator, now=NOW)
    fresh = operations.open_case(newer, "petition", region.ids["region"], 2026, actor=operator, now=NOW)
    moved = operations.complete_task(newer, task.id, {"text": "набрано"}, actor=operator, now=NOW, seen=task.version)
    assert moved.status == "open"

    def now_open(case_id: int) -> tuple[str, Task]:
        with db.read() as session:
            found = session.scalars(sa.select(Task).where(Task.case_id == case_id)).one()
            return found.key, found

    key, check = now_open(old)
    assert key == "check", "the step of the old version, which the new one does not have"
    values = {"outcome": "return"}
    operations.complete_task(newer, check.id, values, values, actor=head, now=NOW)
    again = now_open(old)[1]
    operations.complete_task(newer, again.id, {}, actor=operator, now=NOW)
    values = {"outcome": "approve"}
    done = operations.complete_task(newer, now_open(old)[1].id, values, values, actor=head, now=NOW)
    assert done.status == "done"
    assert now_open(fresh)[0] == "write" and now_open(fresh)[1].name == "Изложить"
    with db.read() as session:
        versions = session.execute(sa.select(Case.id, Case.definition).order_by(Case.id)).all()
    assert len({definition for _, definition in versions}) == 2


def test_a_process_that_ceased_to_be_drawn_still_ends(system, db, region, tmp_path) -> None:
    operator, head = region.actors["regional_operator"], region.actors["operator_head"]
    case_id = operations.open_case(system, "petition", region.ids["region"], 2026, actor=operator, now=NOW)
    folder = tmp_path / "without"
    folder.mkdir()
    (folder / "reply.bpmn").write_bytes(diagrams.REPLY)
    without = replace(system, catalogue=engine.Catalogue(folder), _published=set(), _bodies={})
    for actor, values in ((operator, {}), (head, {"outcome": "approve"})):
        with db.read() as session:
            task = session.scalars(sa.select(Task.id).where(Task.case_id == case_id)).one()
        moved = operations.complete_task(without, task, values, values, actor=actor, now=NOW)
    assert moved.status == "done"


def test_a_task_of_a_lane_that_is_drawn_no_more_stays_in_the_work_list(system, newer, db, region) -> None:
    operator = region.actors["regional_operator"]
    case_id = operations.open_case(system, "petition", region.ids["region"], 2026, actor=operator, now=NOW)
    with db.write() as session:
        task = session.scalars(sa.select(Task).where(Task.case_id == case_id)).one()
        task.role = "regional_operator|operator_head"
    with db.read() as session:
        page = queries.worklist(session, newer, operator, NOW)
    assert [row.case_id for row in page.rows] == [case_id]
