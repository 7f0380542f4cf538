"""Running cases go on by a newer diagram with their drafts and dates, or say why they cannot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import engine
from app.cases import drafts, migrating, operations
from app.cases.models import Case, Deadline, Draft, Task
from app.cases.system import System
from app.errors import NotFound
from app.journal.models import Event
from app.ops import migration
from tests.cases import diagrams
from tests.people.world import NOW

pytestmark = pytest.mark.req("OR-72")
ROUTES = {"check": ["outcome"]}
NODES = '<bpmn:startEvent id="start"/><bpmn:endEvent id="end" name="Принято"/>'
GATE = '<bpmn:exclusiveGateway id="gate" default="gate__end"/>'


def drawn(lanes: dict[str, str], nodes: str, flows: list[str]) -> bytes:
    return diagrams.process("petition", lanes, NODES + nodes, flows)


WITH_A_STEP = drawn(
    {"regional_operator": "start write", "operator_head": "check gate end", "ministry": "agree"},
    GATE
    + diagrams.form("write", "9wd", name="Изложить")
    + diagrams.form("check", "1wd")
    + diagrams.form("agree", "1wd"),
    ["start>write", "write>check", "check>gate", "gate>write: outcome == 'return'", "gate>agree", "agree>end"],
).replace(b'default="gate__end"', b'default="gate__agree"')
BY_ANOTHER = drawn(
    {"ministry": "start write", "operator_head": "check gate end"},
    GATE + diagrams.form("write", "3wd", name="write") + diagrams.form("check", "1wd"),
    ["start>write", "write>check", "check>gate", "gate>write: outcome == 'return'", "gate>end"],
)
WITHOUT = drawn(
    {"regional_operator": "start plan", "operator_head": "check gate end"},
    GATE + diagrams.form("plan", "3wd") + diagrams.form("check", "1wd"),
    ["start>plan", "plan>check", "check>gate", "gate>plan: outcome == 'return'", "gate>end"],
)


@pytest.fixture
def published(system: System, tmp_path: Path):
    """The same installation after a start with another version of the diagram."""

    def publish(xml: bytes) -> System:
        folder = tmp_path / "newer"
        folder.mkdir(exist_ok=True)
        (folder / "petition.bpmn").write_bytes(xml)
        return replace(system, catalogue=engine.Catalogue(folder), _published=set(), _bodies={})

    return publish


@pytest.fixture
def case_id(system: System, region) -> int:
    """A petition whose first form somebody has begun to fill in."""
    operator = region.actors["regional_operator"]
    opened = operations.open_case(system, "petition", region.ids["region"], 2026, actor=operator, now=NOW)
    task = open_task(system, opened)
    drafts.save(system.db, task.id, {"pairs": [["text", "набрано"]]}, seen=0, actor=operator, now=NOW)
    return opened


def open_task(system: System, case_id: int) -> Task:
    with system.db.read() as session:
        return session.scalars(sa.select(Task).where(Task.case_id == case_id)).one()


def kept(system: System, case_id: int) -> tuple[object, ...]:
    """What may never change on the way: the state, every term, every draft."""
    with system.db.read() as session:
        terms = session.execute(sa.select(Deadline.ref, Deadline.due_at, Deadline.wake_at, Deadline.basis)).all()
        notes = session.execute(sa.select(Draft.task_id, Draft.version, Draft.data)).all()
        tasks = session.execute(sa.select(Task.id, Task.due_at, Task.opened_at)).all()
        return session.get_one(Case, case_id).state, terms, notes, tasks


def rehearsed(system: System) -> migrating.Finding:
    with system.db.write() as session:
        (found,) = migrating.rehearse(session, system, "petition", ROUTES)
    return found


def test_a_safe_case_goes_on_by_the_newer_diagram_and_keeps_draft_and_term(
    system: System, published, region, case_id: int
) -> None:
    newer, before = published(WITH_A_STEP), kept(system, case_id)
    found = rehearsed(newer)
    assert found.verdict == "safe"
    assert found.notes == (
        "задача «Написать» называется «Изложить»",
        "срок задачи «Написать» в схеме другой; у этого дела остаётся прежний",
    )
    assert found.before[0].startswith("Написать (") and found.after[0].startswith("Изложить (")
    assert kept(newer, case_id) == before, "a rehearsal changes nothing"
    carried = migrating.migrate(newer, "petition", ROUTES, now=NOW)
    assert (carried.moved, carried.left) == ((case_id,), {})
    assert kept(newer, case_id) == before
    task = open_task(newer, case_id)
    assert (task.name, task.role) == ("Изложить", "regional_operator")
    actors = region.actors
    for actor, values in ((actors["regional_operator"], {}), (actors["operator_head"], {"outcome": "approve"})):
        operations.complete_task(newer, open_task(newer, case_id).id, values, values, actor=actor, now=NOW)
    assert open_task(newer, case_id).key == "agree", "the step that the newer diagram has"
    with newer.db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Event.kind == "case.migrated")) == 1
    with newer.db.write() as session:
        assert migrating.rehearse(session, newer, "petition", ROUTES) == []


def test_another_holder_is_decided_by_name_and_taken_back_to_the_byte(
    system: System, published, region, case_id: int
) -> None:
    newer, before, task = published(BY_ANOTHER), kept(system, case_id), open_task(system, case_id)
    operations.claim(system, task.id, actor=region.actors["regional_operator"], now=NOW)
    claimed = open_task(system, case_id)
    assert rehearsed(newer).verdict == "decide"
    left = migrating.migrate(newer, "petition", ROUTES, now=NOW)
    assert left.moved == () and left.left[case_id] == ("открытую задачу «Написать» выполняет другой",)
    carried = migrating.migrate(newer, "petition", ROUTES, accepted=[case_id], now=NOW)
    assert carried.moved == (case_id,)
    now = open_task(newer, case_id)
    assert (now.role, now.organisation_id, now.claimed_by) == ("ministry", region.ids["ministry"], None)
    undone = migrating.roll_back(newer, carried.run, now=NOW)
    assert undone.moved == (case_id,)
    assert kept(newer, case_id) == before
    again = open_task(newer, case_id)
    names = migrating.CHANGED
    assert [getattr(again, n) for n in names] == [getattr(claimed, n) for n in names]
    with pytest.raises(NotFound):
        migrating.roll_back(newer, carried.run, now=NOW)


def test_a_case_without_a_place_stays_and_ends_on_its_own_version(
    system: System, published, region, case_id: int
) -> None:
    newer, before = published(WITHOUT), kept(system, case_id)
    found = rehearsed(newer)
    assert found.verdict == "blocked" and found.after == found.before
    carried = migrating.migrate(newer, "petition", ROUTES, accepted=[case_id], now=NOW)
    assert carried.moved == () and "нет узла «Написать»" in carried.left[case_id][0]
    assert kept(newer, case_id) == before
    for actor, values in (("regional_operator", {}), ("operator_head", {"outcome": "approve"})):
        done = operations.complete_task(
            newer, open_task(newer, case_id).id, values, values, actor=region.actors[actor], now=NOW
        )
    assert done.status == "done"


def test_a_case_that_moved_since_is_not_put_back(system: System, published, region, case_id: int) -> None:
    newer = published(WITH_A_STEP)
    carried = migrating.migrate(newer, "petition", ROUTES, now=NOW)
    operations.complete_task(
        newer, open_task(newer, case_id).id, {}, {}, actor=region.actors["regional_operator"], now=NOW
    )
    undone = migrating.roll_back(newer, carried.run, now=NOW)
    assert undone.moved == () and undone.left == {case_id: ("дело с тех пор двинулось",)}
    assert open_task(newer, case_id).key == "check"


def test_batches_leave_nobody_out(system: System, published, region) -> None:
    operator = region.actors["regional_operator"]
    made = [
        operations.open_case(system, "petition", region.ids["region"], 2000 + n, actor=operator, now=NOW)
        for n in range(25)
    ]
    newer = published(WITH_A_STEP)
    with newer.db.write() as session:
        findings = migrating.rehearse(session, newer, "petition", ROUTES)
    assert migrating.counted(findings) == {"safe": 25, "decide": 0, "blocked": 0}
    assert migrating.migrate(newer, "petition", ROUTES, now=NOW, batch=7).moved == tuple(made)


def test_a_run_that_was_cut_off_between_batches_is_found_and_taken_back(system: System, published, region) -> None:
    operator, place = region.actors["regional_operator"], region.ids["region"]
    made = [operations.open_case(system, "petition", place, 2000 + n, actor=operator, now=NOW) for n in range(5)]
    newer, commits = published(WITH_A_STEP), []

    def cut_off(connection: sa.Connection) -> None:
        commits.append(connection)
        if len(commits) == 3:  # of the diagrams, of the first batch, of the second one
            raise KeyboardInterrupt

    with newer.db.read() as session:
        assert migrating.runs_of(session) == []
    sa.event.listen(newer.db.engine, "commit", cut_off)
    with pytest.raises(KeyboardInterrupt):
        migrating.migrate(newer, "petition", ROUTES, now=NOW, batch=2)
    sa.event.remove(newer.db.engine, "commit", cut_off)
    told = migration.runs(newer.db)
    (run,) = told.data["runs"]
    assert (run["process"], run["moved"], run["undone"]) == ("petition", 2, 0)
    assert told.lines[1].endswith(f"--process petition --undo {run['run']}")
    assert migrating.roll_back(newer, run["run"], now=NOW).moved == tuple(made[:2])
    whole = migrating.migrate(newer, "petition", ROUTES, now=NOW, batch=2)
    assert whole.moved == tuple(made)
    with newer.db.read() as session:
        assert [(one.run, one.moved, one.undone) for one in migrating.runs_of(session)] == [
            (whole.run, 5, 0),
            (run["run"], 2, 2),
        ]
