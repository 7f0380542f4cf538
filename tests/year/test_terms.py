"""Terms over days off that the Government moves, also after a term has begun."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.cases import operations, recount
from app.cases.calendar import Calendar, of_zone
from app.cases.handlers import Opening
from app.cases.models import Deadline, Task
from tests.people.world import NOW

ZONE = "Asia/Yekaterinburg"
YEAR_START = date(2026, 7, 1)


@pytest.mark.parametrize(
    ("began", "term", "ends"),
    [
        # 31.12.2026 is a day off instead of Sunday 04.01.2026; the holidays go to 10.01.2027
        (date(2026, 12, 29), "1wd", date(2026, 12, 30)),
        (date(2026, 12, 29), "2wd", date(2027, 1, 11)),
        (date(2026, 12, 29), "5wd", date(2027, 1, 14)),
        # the last of 30 calendar days is a day off: the next working day (ГК, ст. 193)
        (date(2026, 12, 5), "30d", date(2027, 1, 11)),
        # 04.11.2026 is a holiday in the middle of a week
        (date(2026, 11, 3), "1wd", date(2026, 11, 5)),
    ],
)
@pytest.mark.req("OR-72")
def test_moved_days_off_do_not_count(began: date, term: str, ends: date) -> None:
    calendar = of_zone(ZONE)
    start = datetime(began.year, began.month, began.day, 6, tzinfo=UTC)
    assert calendar.local(calendar.term(term, start, {}, YEAR_START)) == ends


def test_a_moment_of_a_day_is_kept_on_a_day_off() -> None:
    calendar = of_zone(ZONE)
    found = calendar.term("reorg_day", NOW, {"reorg_day": "2027-01-01T00:00"}, YEAR_START)
    assert found == datetime(2027, 1, 1, tzinfo=ZoneInfo(ZONE))


@pytest.mark.req("OR-72")
def test_a_day_off_moved_after_a_term_began_moves_the_term_and_its_task(system, db, region) -> None:
    operator = region.actors["regional_operator"]
    case_id = operations.open_case(system, "petition", region.ids["region"], 2026, actor=operator, now=NOW)
    code = region.region.region
    with db.read() as session:
        task = session.scalars(sa.select(Task).where(Task.case_id == case_id)).one()
        before = session.scalars(sa.select(Deadline).where(Deadline.case_id == case_id)).one()
    calendar = system.calendar(code)
    last = calendar.local(task.due_at)
    moved: Calendar = replace(calendar, extra=frozenset({last, last + timedelta(days=1)}))
    assert moved.version != calendar.version
    newer = replace(system, calendars={**system.calendars, code: moved})
    assert recount.recount(newer, NOW) == 1
    assert recount.recount(newer, NOW) == 0, "counted once"
    with db.read() as session:
        task = session.get_one(Task, task.id)
        row = session.get_one(Deadline, before.id)
    assert moved.local(row.due_at) == moved.next_working(last) > last
    assert (task.due_at, row.calendar) == (row.due_at, moved.version)
    assert row.wake_at is not None and row.wake_at <= row.due_at


def test_a_pause_is_kept_when_a_term_is_counted_again(system, db, region) -> None:
    operator, code = region.actors["regional_operator"], region.region.region
    case_id = operations.open_case(system, "petition", region.ids["region"], 2026, actor=operator, now=NOW)
    first = NOW.date() + timedelta(days=1)
    operations.pause_case(
        system, case_id, "quarantine", "приказ", first, first + timedelta(days=6), actor=operator, now=NOW
    )
    with db.read() as session:
        paused = session.scalars(sa.select(Deadline).where(Deadline.case_id == case_id)).one()
        task = session.scalars(sa.select(Task).where(Task.case_id == case_id)).one()
    assert task.due_at == paused.due_at, "the work list shows the term after the pause"
    calendar = system.calendar(code)
    far = replace(calendar, extra=frozenset({date(2027, 6, 1)}))
    assert recount.recount(replace(system, calendars={**system.calendars, code: far}), NOW) == 0
    with db.read() as session:
        assert session.get_one(Deadline, paused.id).due_at == paused.due_at


def test_a_date_of_a_later_year_of_a_case_stays_in_that_year(system, db, region) -> None:
    kinds = {"petition": lambda *given: Opening("Обращение", scope={"year_start": "2027-07-01"})}
    system = replace(system, handlers=replace(system.handlers, kinds={**system.handlers.kinds, **kinds}))
    code, operator = region.region.region, region.actors["regional_operator"]
    case_id = operations.open_case(system, "petition", region.ids["region"], 2026, actor=operator, now=NOW)
    calendar = system.calendar(code)
    due = calendar.term("to 31.08", NOW, {}, date(2027, 7, 1))
    with db.write() as session:
        row = session.scalars(sa.select(Deadline).where(Deadline.case_id == case_id)).one()
        row.term, row.due_at = "to 31.08", due
    far = replace(calendar, extra=frozenset({date(2027, 6, 1)}))
    assert recount.recount(replace(system, calendars={**system.calendars, code: far}), NOW) == 0
    with db.read() as session:
        assert session.get_one(Deadline, row.id).due_at == due
