"""Signing in, sessions, throttling, tokens: with the moment given, so no test waits."""

from __future__ import annotations

import statistics
import threading
import time
from datetime import timedelta

import orjson
import pytest
import sqlalchemy as sa

from app.db import Database
from app.errors import NotAllowed, NotFound, TooMany
from app.journal.models import Event
from app.people import accounts, operations, passwords, sessions, throttle
from app.people.accounts import Visitor
from app.people.models import Person, SignIn, SignInAttempt
from app.people.substitution import create_substitution, revoke_substitution
from tests.people import world
from tests.people.world import NOW, TODAY

PASSWORD = "тихая река за мостом"
HASH = passwords.hash_of(PASSWORD)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIMITS = sessions.Limits()
HOME = Visitor("10.0.0.1", "Firefox")


@pytest.fixture
def people(db: Database):
    """The region, committed: a ministry's specialist with a password, his colleague, an administrator."""
    with db.write() as session:
        place = world.tree(session)
        kept = {}
        for login, role, home in (
            ("anna", "ministry", place.ministry),
            ("boris", "ministry", place.ministry),
            ("admin", "administrator", place.region),
        ):
            who = world.person(session, login)
            kept[login] = (who.id, world.position(session, who, home, role).id)
            who.password_hash = HASH
        place.anna, place.boris, place.admin = kept["anna"], kept["boris"], kept["admin"]
    return place


def enter(db, login="anna", password=PASSWORD, *, now=NOW, visitor=HOME):
    return accounts.sign_in(db, login, password, visitor=visitor, limits=LIMITS, now=now)


def who(db, cookie, *, now=NOW):
    with db.read() as session:
        return sessions.load(session, cookie, now=now)


def kinds(db):
    with db.read() as session:
        return list(session.scalars(sa.select(Event.kind).order_by(Event.seq)))


def test_a_session_knows_person_and_position_in_one_statement(db, people):
    cookie = enter(db, " Anna ")
    statements = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    signed = who(db, cookie)
    assert len([s for s in statements if s.lstrip().upper().startswith("SELECT")]) == 1
    assert (signed.person_id, signed.actor.position_id, signed.actor.role) == (*people.anna, "ministry")
    assert signed.actor.region == world.REGION and not signed.one_time


def test_only_the_hash_of_the_cookie_is_kept_and_each_sign_in_has_its_own(db, people):
    first, second = enter(db), enter(db)
    assert first != second and len(first) >= 43
    with db.read() as session:
        keys = set(session.scalars(sa.select(SignIn.id)))
    assert {sessions.hash_of(first), sessions.hash_of(second)} == keys


@pytest.mark.parametrize(
    ("login", "password"),
    [("anna", "не тот пароль"), ("nobody", PASSWORD), ("anna", ""), ("", ""), ("anna", "x" * 5000)],
)
def test_one_refusal_for_every_reason(db, people, login, password):
    with pytest.raises(NotAllowed) as refusal:
        enter(db, login, password)
    assert (refusal.value.message, refusal.value.advice) == (accounts.WRONG, accounts.ADVICE)
    assert kinds(db)[-1] == "account.refused"


def test_a_blocked_account_is_refused_with_the_same_words(db, people):
    with db.write() as session:
        operations.block_person(session, people.anna[0], reason="увольнение", actor=None, now=NOW)
    with pytest.raises(NotAllowed, match=accounts.WRONG):
        enter(db)


def test_an_unknown_login_costs_as_much_time(db, people):
    def spent(login):
        started = time.perf_counter()
        with pytest.raises(NotAllowed):
            enter(
                db, login, "не тот пароль", visitor=Visitor(f"10.1.{len(taken)}.{login}"), now=NOW + len(taken) * HOUR
            )
        return time.perf_counter() - started

    taken: list[tuple[float, float]] = []
    spent("nobody")
    for _ in range(9):
        taken.append((spent("anna"), spent("nobody")))
    known, unknown = (statistics.median(column) for column in zip(*taken, strict=True))
    assert unknown == pytest.approx(known, rel=0.5)


def test_a_login_never_stands_in_the_tables_of_failures(db, people):
    with pytest.raises(NotAllowed):
        enter(db, "mistyped-password-as-login", "x")
    with db.read() as session:
        keys = list(session.scalars(sa.select(SignInAttempt.key)))
        bodies = "".join(session.scalars(sa.select(Event.body)))
    assert all("mistyped" not in text for text in [*keys, bodies])


def fail(db, times, login="anna", *, now=NOW, visitor=HOME):
    for _ in range(times):
        with pytest.raises(NotAllowed):
            enter(db, login, "не тот пароль", now=now, visitor=visitor)


def test_after_five_failures_the_account_waits_even_for_the_right_password(db, people):
    fail(db, 5)
    with pytest.raises(TooMany, match="Слишком много") as refusal:
        enter(db, now=NOW + MINUTE, visitor=Visitor("10.9.9.9"))
    assert "14 минут" in refusal.value.advice
    assert enter(db, now=NOW + 16 * MINUTE)


def test_a_restart_and_another_worker_remember_the_failures(db, db_url, people):
    fail(db, 3)
    other = Database(db_url)
    fail(other, 2)
    other.dispose()
    db.dispose()
    restarted = Database(db_url)
    with pytest.raises(TooMany):
        enter(restarted)
    restarted.dispose()


def test_an_unknown_login_waits_as_well(db, people):
    fail(db, 5, "nobody")
    with pytest.raises(TooMany):
        enter(db, "nobody")


def test_twenty_failures_close_the_address_for_every_login(db, people):
    for n in range(20):
        fail(db, 1, f"login{n}")
    with pytest.raises(TooMany):
        enter(db)
    assert enter(db, visitor=Visitor("10.0.0.2"))


def test_a_success_forgets_the_failures_of_the_account_only(db, people):
    fail(db, 4)
    enter(db)
    fail(db, 4)
    assert enter(db)
    with db.read() as session:
        key = throttle.address_key(HOME.address)
        assert session.scalar(sa.select(sa.func.count()).where(SignInAttempt.key == key)) == 8


def test_tries_sent_at_once_do_not_slip_through(db, people):
    outcomes = []

    def attempt():
        try:
            enter(db, password="не тот пароль")
        except (NotAllowed, TooMany) as refusal:
            outcomes.append(type(refusal))

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(NotAllowed) == 5 and outcomes.count(TooMany) == 7


@pytest.mark.parametrize(("after", "alive"), [(30 * MINUTE, True), (30 * MINUTE + timedelta(seconds=1), False)])
def test_a_session_ends_without_use(db, people, after, alive):
    cookie = enter(db)
    assert (who(db, cookie, now=NOW + after) is not None) is alive


def test_a_foreign_computer_has_a_shorter_session(db, people):
    cookie = enter(db, visitor=Visitor("10.0.0.1", foreign=True))
    assert who(db, cookie, now=NOW + 15 * MINUTE) and not who(db, cookie, now=NOW + 16 * MINUTE)


def test_a_session_in_use_lives_twelve_hours_and_no_longer(db, people):
    cookie, now = enter(db), NOW
    while now < NOW + 12 * HOUR:
        signed = who(db, cookie, now=now)
        assert signed is not None
        with db.write() as session:
            sessions.touch(session, signed.key, now=now)
        now += 20 * MINUTE
    assert who(db, cookie, now=NOW + 12 * HOUR) is None


def test_seen_is_written_at_most_once_a_minute(db, people):
    cookie = enter(db)
    assert not who(db, cookie, now=NOW + MINUTE).stale
    assert who(db, cookie, now=NOW + 2 * MINUTE).stale


def _sign_out(session, people, signed):
    accounts.sign_out(session, signed, now=NOW)


def _block(session, people, signed):
    operations.block_person(session, people.anna[0], reason="увольнение", actor=None, now=NOW)


def _end_position(session, people, signed):
    operations.end_position(session, people.anna[1], TODAY - DAY, basis="приказ № 9", actor=None, now=NOW)


def _reset(session, people, signed):
    accounts.reset_password(session, people.anna[0], actor=None, now=NOW)


def _revoke(session, people, signed):
    sessions.revoke(session, people.anna[0], signed.key, now=NOW)


@pytest.mark.parametrize("ending", [_sign_out, _block, _end_position, _reset, _revoke], ids=lambda f: f.__name__)
def test_a_session_ends_at_once(db, people, ending):
    cookie = enter(db)
    with db.write() as session:
        ending(session, people, who(db, cookie) if not db.sqlite else sessions.load(session, cookie, now=NOW))
    assert who(db, cookie) is None


def test_a_session_in_a_position_ends_with_its_last_day(db, people):
    with db.write() as session:
        operations.end_position(session, people.anna[1], TODAY, basis="приказ № 9", actor=None, now=NOW)
    cookie = enter(db)
    assert who(db, cookie, now=NOW + 10 * MINUTE) is not None
    late = NOW.replace(hour=23, minute=50)
    cookie = enter(db, now=late)
    assert who(db, cookie, now=late) is not None and who(db, cookie, now=late + 15 * MINUTE) is None


def test_somebody_elses_session_cannot_be_ended(db, people):
    key = sessions.hash_of(enter(db))
    with db.write() as session, pytest.raises(NotFound):
        sessions.revoke(session, people.boris[0], key, now=NOW)


@pytest.mark.req("OM-45")
def test_switching_to_the_position_of_another_and_its_end(db, people):
    with db.write() as session:
        row = create_substitution(
            session, people.anna[1], people.boris[0], valid_from=TODAY, basis="приказ № 5", actor=None, now=NOW
        )
        number = row.id
    old = enter(db, "boris")
    with db.write() as session:
        new = sessions.switch_position(session, sessions.hash_of(old), people.anna[1], now=NOW)
    assert who(db, old) is None
    actor = who(db, new).actor
    assert (actor.person_id, actor.position_id, actor.behalf_of) == (people.boris[0], people.anna[1], people.anna[1])
    assert kinds(db)[-1] == "session.position"
    with db.write() as session:
        revoke_substitution(session, number, reason="вышла на работу", actor=None, now=NOW)
    assert who(db, new) is None


def test_a_position_that_is_not_ones_own_is_refused(db, people):
    cookie = enter(db, "boris")
    with db.write() as session, pytest.raises(NotAllowed):
        sessions.switch_position(session, sessions.hash_of(cookie), people.anna[1], now=NOW)
    assert who(db, cookie) is not None


def test_the_position_used_last_comes_first_next_time(db, people):
    with db.write() as session:
        person = session.get_one(Person, people.anna[0])
        second = world.position(session, person, people.operator, "regional_operator").id
    cookie = enter(db)
    with db.write() as session:
        sessions.switch_position(session, sessions.hash_of(cookie), second, now=NOW + MINUTE)
    assert who(db, enter(db, now=NOW + HOUR), now=NOW + HOUR).actor.position_id == second


def test_changing_the_password_ends_the_other_sessions(db, people):
    here, elsewhere = enter(db), enter(db)
    new = "другая тихая река"
    accounts.change_password(db, who(db, here), PASSWORD, new, address="10.0.0.1", now=NOW)
    assert who(db, here) is not None and who(db, elsewhere) is None
    assert enter(db, password=new)
    with pytest.raises(NotAllowed, match="Прежний пароль"):
        accounts.change_password(db, who(db, here), PASSWORD, "ещё одна тихая река", address="10.0.0.1", now=NOW)


def test_a_one_time_password_is_shown_once_expires_and_must_be_changed(db, people):
    with db.write() as session:
        admin = next(a for a in world.actors.actors_of(session, people.admin[0], TODAY))
        password = accounts.reset_password(session, people.anna[0], actor=admin, now=NOW)
    with pytest.raises(NotAllowed):
        enter(db, password=PASSWORD)
    cookie = enter(db, password=password)
    signed = who(db, cookie)
    assert signed.one_time
    accounts.change_password(db, signed, password, "другая тихая река", address="10.0.0.1", now=NOW)
    assert not who(db, cookie).one_time
    with db.write() as session:
        password = accounts.reset_password(session, people.anna[0], actor=None, now=NOW)
    with pytest.raises(NotAllowed):
        enter(db, password=password, now=NOW + 4 * DAY)


def test_no_secret_is_written_to_the_journal(db, people):
    cookie = enter(db)
    with db.write() as session:
        password = accounts.reset_password(session, people.boris[0], actor=None, now=NOW)
        token = sessions.add_token(session, people.boris[0], now=NOW)
    with db.read() as session:
        text = "".join(session.scalars(sa.select(Event.body)))
    assert not any(secret in text for secret in (PASSWORD, cookie, password, token))
    assert all(orjson.loads(line) for line in text.replace("}{", "}\n{").splitlines())


# tokens


def test_a_token_acts_in_its_position_until_it_is_revoked(db, people):
    with db.write() as session:
        secret = sessions.add_token(session, people.anna[0], title="обмен", now=NOW)
    with db.read() as session:
        signed = sessions.load_token(session, secret, now=NOW)
        assert signed.actor.position_id == people.anna[1] and signed.key is None
        assert sessions.load_token(session, secret + "x", now=NOW) is None
    with db.write() as session:
        operations.block_person(session, people.anna[0], reason="увольнение", actor=None, now=NOW)
    with db.read() as session:
        assert sessions.load_token(session, secret, now=NOW) is None
    with db.write() as session:
        operations.unblock_person(session, people.anna[0], reason="вернулась", actor=None, now=NOW)
        assert sessions.load_token(session, secret, now=NOW) is None


def test_a_reset_password_ends_the_tokens_too(db, people):
    with db.write() as session:
        before = sessions.add_token(session, people.anna[0], now=NOW)
        others = sessions.add_token(session, people.boris[0], now=NOW)
        accounts.reset_password(session, people.anna[0], actor=None, now=NOW)
        after = sessions.add_token(session, people.anna[0], now=NOW)
    with db.read() as session:
        assert sessions.load_token(session, before, now=NOW) is None
        assert sessions.load_token(session, others, now=NOW) and sessions.load_token(session, after, now=NOW)
