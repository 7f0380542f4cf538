"""Versions and keys: a request sent twice, late or at once does what it says once."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from app import journal
from app.api.models import IdempotencyKey
from app.cases.models import Answer, Case
from tests.api.conftest import Client
from tests.api.test_contract import first_task, prefilled, refused

pytestmark = pytest.mark.req("OR-74")


def at_once(count: int, act) -> list:
    answers: list = []
    barrier = threading.Barrier(count)

    def run() -> None:
        barrier.wait()
        answers.append(act())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def clone(client: Client) -> Client:
    """The same token over a client of another thread."""
    twin = Client(client.client.application.test_client(), "")
    twin.headers = client.headers
    return twin


def test_a_repeated_key_gets_the_first_answer(operator, campaign, db) -> None:
    task = first_task(operator, campaign)
    path, body = f"/tasks/{task['id']}/complete", {"answers": prefilled(task)}
    first = operator.post(path, body, Idempotency_Key="k-1", If_Match=f'"{task["version"]}"')
    again = operator.post(path, body, Idempotency_Key="k-1", If_Match=f'"{task["version"]}"')
    assert first.status_code == again.status_code == 200
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    refused(operator.post(path, {"answers": {}}, Idempotency_Key="k-1"), 422, "idempotency_key_reused")
    refused(operator.post(path, body, Idempotency_Key="k-2"), 404, "not_found")
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Answer)) == 1


def test_eight_threads_with_one_key_move_the_case_once(operator, campaign, db) -> None:
    task = first_task(operator, campaign)
    path, body = f"/tasks/{task['id']}/complete", {"answers": prefilled(task)}
    answers = at_once(8, lambda: clone(operator).post(path, body, Idempotency_Key="eight"))
    assert [one.status_code for one in answers] == [200] * 8, [one.text for one in answers]
    assert len({one.text for one in answers}) == 1
    with db.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Answer)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(IdempotencyKey)) == 1
        assert journal.verify(session).intact


def test_eight_threads_with_one_key_open_one_case(operator, campaign, db) -> None:
    body = {"process": "clarification", "subject": "101001", "data": {"campaign": campaign["id"]}}
    answers = at_once(8, lambda: clone(operator).post("/cases", body, Idempotency_Key="open"))
    assert [one.status_code for one in answers] == [201] * 8, [one.text for one in answers]
    assert len({one.text for one in answers}) == 1
    with db.read() as session:
        made = sa.select(sa.func.count()).select_from(Case).where(Case.kind == "clarification")
        assert session.scalar(made) == 1


def test_eight_threads_without_a_key_one_succeeds(operator, campaign, db) -> None:
    task = first_task(operator, campaign)
    path, body = f"/tasks/{task['id']}/complete", {"answers": prefilled(task)}
    codes = sorted(one.status_code for one in at_once(8, lambda: clone(operator).post(path, body)))
    assert codes[0] == 200 and set(codes[1:]) <= {404, 409}


def test_a_refusal_is_not_remembered(operator, campaign) -> None:
    task = first_task(operator, campaign)
    path = f"/tasks/{task['id']}/complete"
    assert operator.post(path, {"answers": {}}, Idempotency_Key="try").status_code == 422
    assert operator.post(path, {"answers": prefilled(task)}, Idempotency_Key="try").status_code == 200


@pytest.mark.parametrize("named", ['"0"', 'W/"1"', '"2", "3"', "abc"])
def test_a_stale_version_changes_nothing(operator, campaign, db, named) -> None:
    task = first_task(operator, campaign)
    answer = operator.post(f"/tasks/{task['id']}/complete", {"answers": prefilled(task)}, If_Match=named)
    refused(answer, 412, "version_mismatch")
    with db.read() as session:
        assert session.scalars(sa.select(Answer.id)).all() == []


def test_a_key_of_another_person_is_not_the_same_key(operator, client, campaign) -> None:
    task = first_task(operator, campaign)
    path, body = f"/tasks/{task['id']}/complete", {"answers": prefilled(task)}
    assert operator.post(path, body, Idempotency_Key="mine").status_code == 200
    refused(client("ministry").post(path, body, Idempotency_Key="mine"), 404, "not_found")
    refused(operator.post(path, body, Idempotency_Key="two words"), 422, "invalid")
