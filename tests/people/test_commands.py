"""`opora user` and `opora token` as they are typed."""

from __future__ import annotations

from types import SimpleNamespace

import orjson
import pytest
from click.testing import CliRunner

from app.cli import main
from app.db import utcnow
from app.people import sessions
from tests.people import world


@pytest.fixture
def run(db):
    with db.write() as session:
        world.tree(session)

    def run(*arguments: str, input: str | None = None):
        return CliRunner().invoke(main, arguments, obj=SimpleNamespace(db=db), input=input)

    return run


def test_an_account_and_a_token_are_made(run, db):
    made = run("user", "add", "Седова", "--name", "Седова Мария Петровна", "--position", "administrator@north")
    assert made.exit_code == 1 and "Логин не подходит" in made.stderr
    made = run(
        "user", "add", "sedova", "--name", "Седова Мария Петровна", "--position", "administrator@north", "--json"
    )
    assert made.exit_code == 0 and orjson.loads(made.stdout)["login"] == "sedova"
    token = run("token", "add", "sedova", "--title", "обмен")
    with db.read() as session:
        signed = sessions.load_token(session, token.stdout.strip(), now=utcnow())
    assert signed.actor.role == "administrator"
    assert run("token", "revoke", "sedova").exit_code == 0
    with db.read() as session:
        assert sessions.load_token(session, token.stdout.strip(), now=utcnow()) is None


def test_a_password_comes_from_stdin_and_obeys_the_rules(run):
    words = ("user", "add", "sedova", "--name", "Седова Мария", "--position", "auditor@north", "--password-stdin")
    assert "от 12 до 128" in run(*words, input="короткий\n").stderr
    made = run(*words, input="тихая река за мостом\n")
    assert made.exit_code == 0 and "Одноразовый" not in made.stdout


@pytest.mark.parametrize(
    ("place", "reason"),
    [("auditor", "РОЛЬ@ОРГАНИЗАЦИЯ"), ("king@north", "Роли «king» нет"), ("auditor@atlantis", "нет")],
)
def test_a_wrong_position_is_refused_in_words_and_nothing_stays(run, place, reason):
    made = run("user", "add", "sedova", "--name", "Седова Мария", "--position", place)
    assert made.exit_code == 1 and reason in made.stderr
    assert run("token", "add", "sedova").exit_code == 1


def test_wrong_use_is_told_apart(run):
    assert run("user", "add", "sedova").exit_code == 2
