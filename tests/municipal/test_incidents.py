"""The page of incidents: who sees which, and «try again»."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from app.cases import operations
from app.cases.system import System
from app.journal.models import Event
from app.outbox import incidents
from app.outbox.models import Message
from tests.municipal.test_openings import signed_in, site, token_of  # noqa: F401 - fixtures
from tests.people.world import NOW


@pytest.fixture
def broken(system: System, place: SimpleNamespace) -> int:
    """An incident of a case; returns its id."""
    school, head = place.ids["school_a"], place.actors["school_head"]
    case_id = operations.open_case(system, "in_school_work", school, 2026, actor=head, now=NOW)
    with system.db.write() as session:
        incidents.report(session, "stuck:1", "stuck", case_id, {}, "Само оно не двинется.", NOW)
        return session.scalars(sa.select(Message.id).where(Message.key == "stuck:1")).one()


def test_the_operator_reads_the_reason_and_tries_again(signed_in, system: System, broken: int) -> None:  # noqa: F811
    client = signed_in("regional_operator")
    page = client.get("/incidents").text
    assert "Дело остановилось" in page and "Само оно не двинется." in page and "/cases/" in page
    sent = {"incident": broken, "csrf_token": token_of(page)}
    assert client.post("/incidents/retry", data=sent).status_code == 303
    assert client.post("/incidents/retry", data=sent).status_code == 404, "it is not one any more"
    with system.db.read() as session:
        row = session.get_one(Message, broken)
        assert (row.failed_at, row.attempts) == (None, 0)
        event = session.scalars(sa.select(Event).where(Event.kind == "incident.retried")).one()
        assert event.case_id == row.case_id and event.person_id is not None
    assert "Сбоев нет" in client.get("/incidents").text


def test_the_administrator_sees_no_titles_of_cases_and_a_school_sees_nothing(signed_in, broken: int) -> None:  # noqa: F811
    page = signed_in("administrator").get("/incidents").text
    assert "Дело № " in page and 'href="/cases/' not in page
    assert signed_in("school_head").get("/incidents").status_code == 403
