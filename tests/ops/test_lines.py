"""The log and the counters of a site that is served by several processes: whole lines, numbers, nobody's name."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import outbox, regions
from app.cases.models import Case
from app.db import Database, utcnow
from app.people.models import Person as Row
from app.people.models import Position
from tests import served
from tests.small import PASSWORD, LoadedFiles

SURE = 4
"""Letters from which on a name cannot stand in a line by chance: the log speaks English, its codes are Latin."""


@pytest.fixture
def url(loaded_files: LoadedFiles, tmp_path: Path) -> str:
    return loaded_files.copy(regions.codes()[0], tmp_path / "region.db")


def test_several_processes_write_whole_lines_without_people_and_count_as_one(url: str, tmp_path: Path) -> None:
    db = Database(url)
    with db.read() as session:
        found = sa.select(Row).join(Position, Position.person_id == Row.id).where(Position.role == "regional_operator")
        operator = session.scalars(found.order_by(Row.id)).first()
        case_id = session.scalar(sa.select(Case.id).order_by(Case.id))
        people = list(session.scalars(sa.select(Row)))
    nowhere = f"smtp://127.0.0.1:{served.free_port()}"  # letters fail, and failures quote addresses
    with served.installation(tmp_path, url, OPORA_SMTP_URL=nowhere, OPORA_WORKER_INTERVAL="0.1") as site:
        port = served.serve(site, 3)
        _work(port, db, operator, case_id)
        with db.write() as session:
            letter = {"to": operator.email or "nobody@place.example", "subject": "Дело", "text": operator.family_name}
            outbox.post_all(session, [outbox.Letter("letter", "a letter", letter)], utcnow())
        site.start("worker", "worker")
        served.wait_for(lambda: '"event": "delivery failed"' in site.log("worker").read_text(), "no letter was tried")
        told = served.Person(port).get("/metrics").text
        pids = {line["pid"] for line in _lines(site.log("web")) if line["event"] == "request"}
    lines = _lines(site.log("web"))
    asked = Counter(line["endpoint"] for line in lines if line["event"] == "request")
    assert len(pids) > 1, "more than one process has answered"
    for endpoint, count in asked.items():
        assert _counted(told, endpoint) == count, f"{endpoint}: counted over all processes"
    assert re.search(r'opora_deliveries_total\{outcome="failed",topic="\w+"\} [1-9]', told)
    _bears_numbers(lines, case_id)
    _names_nobody(site.log("web").read_text() + site.log("worker").read_text(), people)


def _work(port: int, db: Database, operator: Row, case_id: int) -> None:
    """Signing in with a mistake and without, looking for people by name, a case, refusals, a failure of ours."""
    guest = served.Person(port)
    wrong = guest.post("/sign-in", {"login": operator.login, "password": "не тот пароль"})
    assert wrong.status in (401, 422)
    assert guest.post("/sign-in", {"login": operator.login, "password": PASSWORD}).status == 303
    word = served.urlencode({"q": operator.family_name})
    for _ in range(4):  # enough for every process to get some
        for path in ("/tasks", f"/cases?{word}", f"/people/?{word}", f"/cases/{case_id}", "/schools", "/teachers"):
            assert guest.get(path).status == 200, path
    assert guest.get(f"/nothing/{served.urlencode({'x': operator.family_name})}").status == 404
    assert guest.get("/cases/999999").status == 404
    with db.write() as session:
        session.execute(sa.text("ALTER TABLE survey RENAME TO survey_gone"))
    assert guest.get(f"/surveys?{word}").status == 500


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _counted(text: str, endpoint: str) -> float:
    found = re.findall(rf'opora_requests_total\{{endpoint="{re.escape(endpoint)}",[^}}]*\}} ([\d.]+)', text)
    return sum(float(one) for one in found)


def _bears_numbers(lines: list[dict[str, Any]], case_id: int) -> None:
    requests = [line for line in lines if line["event"] == "request"]
    assert len({line["request"] for line in requests}) == len(requests), "each request has a number of its own"
    assert {line.get("case") for line in requests if line["endpoint"] == "cases.show"} == {case_id, 999999}
    assert all(line.get("case") is None for line in requests if line["endpoint"] == "tasks.index")
    failed = [line for line in lines if line["level"] == "error"]
    assert len(failed) == 1 and failed[0]["error"].startswith("OperationalError"), failed
    same = next(line for line in requests if line["status"] == 500)
    assert failed[0]["request"] == same["request"] and same["reference"]


def _names_nobody(text: str, people: list[Row]) -> None:
    words = {
        str(word).lower()
        for one in people
        for word in (one.family_name, one.given_name, one.patronymic, one.email, one.login)
        if word and len(str(word)) >= SURE
    }
    written = set(re.findall(r"[\w@.+-]+", text.lower()))
    assert len(words) > 300 and not words & written, sorted(words & written)
    assert not [word for word in words if "@" in word and word in text.lower()]
    assert not re.search("[а-яё]{4}", re.sub(r'"reference": "[^"]*"', "", text.lower())), "the log speaks English"
