"""`opora worker` as it is run: its log, its end by SIGTERM, one pass by `--drain`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.worker.forks import ROOT
from tests.worker.setting import message, post

LETTER = {"subject": "Приглашение", "text": "Кабинет 7"}


@pytest.fixture
def command(db, db_url, tmp_path, inbox):
    """Starts `opora worker`; its log goes to a file."""
    started: list[subprocess.Popen] = []
    own = {
        "OPORA_DATABASE_URL": db_url,
        "OPORA_SMTP_URL": inbox.url,
        "OPORA_VAR_DIR": str(tmp_path),
        "OPORA_FILES_DIR": str(tmp_path / "files"),
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPORA_")} | own

    def start(*options: str) -> subprocess.Popen:
        with (tmp_path / "log").open("wb") as log:
            line = [sys.executable, "-m", "app.cli", "worker", *options]
            started.append(subprocess.Popen(line, cwd=ROOT, env=environment, stderr=log))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_sigterm_lets_the_letter_in_hand_go_and_the_rest_wait(db, inbox, command, tmp_path) -> None:
    for name in "ab":
        post(db, "letter", name, case_id=7, to=f"{name}@place.example", **LETTER)
    inbox.gate.clear()
    process = command()
    assert inbox.knocked.wait(60)
    process.send_signal(signal.SIGTERM)
    inbox.gate.set()
    assert process.wait(30) == 0
    assert inbox.told() == ["a@place.example"]
    assert (message(db, "a").owner, message(db, "b").owner, message(db, "b").attempts) == (None, None, 0)
    assert (message(db, "a").done_at is None, message(db, "b").done_at is None) == (False, True)

    text = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["event"] for line in lines] == ["worker started", "delivered", "worker stopped"]
    assert {name: lines[1][name] for name in ("key", "topic", "case", "attempt", "level")} == {
        "key": "a",
        "topic": "letter",
        "case": 7,
        "attempt": 1,
        "level": "info",
    }
    assert "place.example" not in text
    assert "Приглашение" not in text
    assert "Кабинет" not in text


def test_drain_does_what_is_due_and_ends_and_failures_are_logged_without_values(db, inbox, command, tmp_path) -> None:
    if not db.sqlite:
        pytest.skip("the same process as in the test before")
    inbox.refuses = {"gone@place.example"}
    post(db, "mail", "news", to=["a@place.example", "gone@place.example"], **LETTER)
    assert command("--drain").wait(60) == 0
    assert inbox.told() == ["a@place.example"]
    text = (tmp_path / "log").read_text()
    failed = [line for line in map(json.loads, text.splitlines()) if line["event"] == "delivery failed"]
    assert [line["error"].split(":")[0] for line in failed] == ["SMTPRecipientsRefused"]
    assert failed[0]["place"].startswith("python3") or "smtplib.py" in failed[0]["place"]
    assert "place.example" not in text
