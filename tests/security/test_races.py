"""Many at once: siblings that end at one moment, approvers of one stage, numbers of one register, guesses of one password."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from app import journal
from app.cases import operations
from app.cases.models import Case, Task
from app.documents import numbering, witnesses
from app.documents.models import Register, Signature
from app.errors import DomainError, NotAllowed, TooMany
from app.people import accounts
from tests.campaign.walk import Walker
from tests.cases.conftest import region, system  # noqa: F401 - fixtures: a region and the small diagrams
from tests.cases.test_operations import only_task, opened_round, worker
from tests.people import world
from tests.people.world import NOW
from tests.security import sheets, town

ROUNDS = 20


def at_once(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run the jobs on threads that start together; what each returned or raised, in order."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return job()
        except DomainError as error:
            return error

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.req("OR-28")
def test_children_that_end_at_one_moment_wake_their_parent(system, db, region) -> None:  # noqa: F811
    """On PostgreSQL both transactions are open when each looks for open siblings; SQLite has one writer at a time."""
    with db.write() as session:
        who = world.person(session, "far-head")
        world.position(session, who, session.merge(region.far), "municipal_authority")
        far = world.actor(session, who)
    answerers = {region.ids["near"]: region.actors["municipal_authority"], region.ids["far"]: far}
    for _ in range(3):
        round_id = opened_round(system, db, region)
        with db.read() as session:
            tasks = session.scalars(sa.select(Task).join(Case).where(Case.parent_id == round_id)).all()
        both = threading.Barrier(2)

        def meet(_session: Any, _moved: Any, both: threading.Barrier = both) -> None:
            if not db.sqlite:
                both.wait(10)

        def answer(task: Task) -> Any:
            return operations.complete_task(
                system, task.id, {}, actor=answerers[task.organisation_id], now=NOW, note=meet
            )

        assert [m.status for m in at_once([lambda t=t: answer(t) for t in tasks])] == ["done", "done"]
        worker(system, NOW).drain()
        summary = only_task(db, round_id)
        assert summary.key == "sum"
        operations.complete_task(system, summary.id, {}, actor=region.actors["regional_operator"], now=NOW)
    with db.read() as session:
        assert journal.verify(session).intact


@pytest.mark.req("OR-02")
def test_numbers_of_eight_registrars_have_no_gap_and_no_double(db) -> None:
    """Every third transaction is rolled back after it took its number."""
    with db.write() as session:
        place = world.organisation(session, "region", "r")
        organisation_id = place.id

    def take(turn: int) -> int | None:
        try:
            with db.write() as session:
                number = numbering.take(session, organisation_id, "orders", 2026, "{n}-од")
                if turn % 3 == 0:
                    raise NotAllowed("назад")
                return number.serial
        except NotAllowed:
            return None

    def several(start: int) -> list[int | None]:
        return [take(start + k) for k in range(6)]

    found = [n for some in at_once([lambda s=s: several(s) for s in range(8)]) for n in some if n is not None]
    assert sorted(found) == list(range(1, len(found) + 1))
    assert len(found) == 32
    with db.read() as session:
        assert session.scalar(sa.select(Register.last)) == 32


def test_a_password_is_guessed_five_times_and_not_more_by_eight_threads(db) -> None:
    with db.write() as session:
        who = world.person(session, "minister")
        accounts.set_password(session, who.id, town.PASSWORD, actor=None, now=NOW, check=False)
        person_id = who.id

    def guess(number: int) -> None:
        accounts.confirm_password(db, person_id, f"догадка номер {number}", address="10.0.0.1", now=NOW)

    outcomes = [type(o) for o in at_once([lambda n=n: guess(n) for n in range(8)])]
    assert (outcomes.count(NotAllowed), outcomes.count(TooMany)) == (5, 3)
    with pytest.raises(TooMany):
        accounts.confirm_password(db, person_id, town.PASSWORD, address="10.0.0.1", now=NOW)


# one stage, several approvers -------------------------------------------------------------------------------------


def test_two_approvers_at_once_both_count(backend, at_stage) -> None:
    walker = Walker(at_stage(backend, "route"), town.NOW)
    sheets.send_round(walker, ["whole"] * 4)
    remark = {"place": "пункт 1", "text": "Уточнить", "mandatory": True}
    given = 0
    for number in range(ROUNDS):
        tasks = sheets.approvers(walker)
        given += len(tasks)
        remarks = {"conclusion": "agreed_with_remarks", "remarks": [remark]}
        jobs = [sheets.visa(walker, t, remarks if k == 0 else {"conclusion": "agreed"}) for k, t in enumerate(tasks)]
        assert len(jobs) > 1
        assert [type(o) for o in at_once(jobs)] == [operations.Moved] * len(jobs)
        walker.settle()
        task = walker.task("sign_off_answer")
        blank = walker.form(task, walker.holder(task)).answers()
        replies = [{**line, "resolution": "accepted", "reply": "Уточнено"} for line in blank["remarks"]]
        assert len(replies) == 1
        walker.send(task, {"remarks": replies, "preamble": f"Редакция {number + 2}"})
    with walker.system.db.read() as session:
        visas = session.scalars(sa.select(Signature).where(Signature.purpose == "approval")).all()
        assert len(visas) == given
        assert all(v.fallen_at is not None for v in visas), "every round changed the text"
        assert journal.verify(session, witnesses.printed_heads(session)).intact
    sheets.finish(walker)
    assert walker.tasks(form="act_sign")
