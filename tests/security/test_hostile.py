"""Hostile input by the pages: the worst in every field of every form, strange addresses, strange files, guessed passwords."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from app import journal
from app.access import demand_of
from app.cases.models import Answer, Case, Task
from app.documents.models import Edition
from app.files.models import StoredFile
from app.identification.models import Verdict
from app.people import policy, substitution
from app.people.actor import Actor
from app.people.models import Person, Position
from app.schools.models import School
from tests.security import places, town
from tests.security.visitor import Visitor, site
from tests.security.webwalk import NASTY, WebWalker, hostile, markup

LOOKING = ("regional_operator", "school_head", "administrator")


@pytest.mark.req("OR-05")
def test_every_form_refuses_the_worst_and_shows_it_as_text(strictest, at_stage) -> None:
    """The campaign is walked by the pages with nasty texts in all fields, then everything is looked at."""
    walker = WebWalker(at_stage(strictest, "start"), town.NOW, poisoned=True)
    walker.before = hostile
    town.to_the_middle(walker)
    town.to_the_end(walker)
    for task in walker.tasks():
        if task.form not in walker.tried and (actor := held(walker, task)) is not None:
            walker.tried.add(task.form)
            walker.form(task, actor, {})
            hostile(walker, task, actor, [])
    assert len(walker.tried) > 18, sorted(walker.tried)
    _look(walker)
    with walker.system.db.read() as session:
        for html in session.scalars(sa.select(Edition.html)):
            assert not markup(html)
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) > 200
        assert journal.verify(session).intact


def held(walker: WebWalker, task: Task) -> Actor | None:
    """A holder, if the small region has one: not every school has a deputy."""
    with walker.system.db.read() as session:
        roles = sa.select(Position.id).where(
            Position.organisation_id == task.organisation_id, Position.role.in_(task.role.split("|"))
        )
        there = session.scalar(roles.limit(1))
    return walker.holder(task) if there else None


def _look(walker: WebWalker) -> None:
    app, found = walker.app, town.actors(walker.system)
    adapter = app.url_map.bind("localhost")
    with walker.system.db.read() as session:
        things = places.things(session)
    nasty_seen = 0
    for role in LOOKING:
        visitor = Visitor(app, found[role])
        for endpoint, kind in places.OBJECTS.items():
            rules = [r for r in app.url_map.iter_rules(endpoint) if "GET" in (r.methods or ())]
            people = endpoint.startswith(("people.", "organisations.", "substitutions."))
            if not rules or "pdf" in endpoint or people != (role == "administrator"):
                continue
            for thing in things[kind]:
                answer = visitor.get(adapter.build(endpoint, dict(thing.args), method="GET"))
                assert answer.status_code < 500, (endpoint, thing)
                if answer.mimetype == "text/html":
                    text = answer.get_data(as_text=True)
                    assert not markup(text), f"{role} {endpoint} {thing.args}: {markup(text)}"
                    nasty_seen += "onerror=alert(1)" in text
        for endpoint, queries in places.LISTS.items():
            for query in queries:
                answer = visitor.get(adapter.build(endpoint) + query)
                text = answer.get_data(as_text=True) if answer.mimetype.startswith("text/") else ""  # sheets are not
                assert not markup(text) or endpoint.startswith("api."), f"{role} {endpoint}"
        for query in ("/schools", "/people/", "/organisations/", "/journal"):
            for name in ("q", "kind", "cursor"):
                assert not markup(visitor.get(query, query_string={name: NASTY}).get_data(as_text=True)), query
    assert nasty_seen > 2


# addresses that nobody was given ------------------------------------------------------------------------------------

STRANGE = (
    "99999999999999999999999999",
    "9223372036854775808",
    "-5",
    "²",
    "١٢",
    "1e3",
    "0x10",
    "\0",
    "' OR 1=1 --",
    "../../etc/passwd",
)


def test_a_strange_number_or_word_in_an_address_is_no_failure(strictest, at_stage) -> None:
    system = at_stage(strictest, "packs")
    app, actors = site(system), town.actors(system)
    operator, administrator = (Visitor(app, actors[role]) for role in ("regional_operator", "administrator"))
    adapter = app.url_map.bind("localhost")
    names = ("cursor", "q", "kind", "status", "case", "t", "n", "edition", "position_id", "show", "school_year")

    def visitor(endpoint: str) -> Visitor:
        demand = demand_of(app.view_functions[endpoint])
        may = demand in (None, "public") or policy.may(operator.actor, demand or "")
        return operator if may else administrator

    for endpoint in sorted(places.LISTS):
        for word in STRANGE:
            for query in [dict.fromkeys(names, word), {"cursor": word}][: 1 + (word in STRANGE[:5])]:
                answer = visitor(endpoint).get(adapter.build(endpoint), query_string=query)
                assert answer.status_code < 500, (endpoint, word)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not rule.arguments or rule.endpoint == "frame.assets":
            continue
        for word in STRANGE:
            path = re.sub(r"<[^>]+>", word.replace("/", "%2F").replace("\0", "%00"), rule.rule)
            assert visitor(rule.endpoint).get(path).status_code < 500, (rule.rule, word)


@pytest.mark.parametrize("word", [NASTY, "\0", "я" * 100_000, "=cmd|' /C calc'!A0"])
def test_what_an_administrator_types_is_kept_as_text_or_refused(strictest, at_stage, word) -> None:
    system = at_stage(strictest, "packs")
    app, actors = site(system), town.actors(system)
    visitor, teacher = Visitor(app, actors["administrator"]), actors["teacher"]
    person = f"/people/{teacher.person_id}"
    posts: list[tuple[str, dict[str, str]]] = [
        ("/people/new", {"name": word, "login": "new-login", "email": word}),
        ("/people/new", {"name": "Кречетова Нина Викторовна", "login": word}),
        (
            f"{person}/positions/new",
            {"organisation": word, "role": word, "position": word, "valid_from": word, "basis": word},
        ),
        (f"/people/positions/{teacher.position_id}/end", {"last_day": "01.12.2026", "basis": word}),
        (
            "/organisations/new",
            {"kind": "partner", "code": word[:50], "name": word, "short_name": word, "parent": word},
        ),
        (
            f"/substitutions/new?position_id={teacher.position_id}",
            {"login": word, "valid_from": "01.12.2026", "basis": word},
        ),
        (f"{person}/block", {"reason": word}),
        (f"{person}/unblock", {"reason": word}),
        ("/account/password", {"old": word, "new": word, "again": word}),
        ("/position", {"position": word, "next": word}),
    ]
    for url, data in posts:
        answer = visitor.post(url, data)
        assert answer.status_code in (303, 403, 404, 413, 422), (url, answer.status_code)
        assert not markup(answer.get_data(as_text=True)), url
    for url in ("/people/", person, "/organisations/", "/substitutions/"):
        answer = visitor.get(url)
        assert answer.status_code == 200
        assert not markup(answer.get_data(as_text=True)), url
    guest = Visitor(app)
    assert guest.post("/sign-in", {"login": word, "password": word, "next": word}).status_code in (401, 413, 429)


def test_signing_in_never_leads_to_another_site(at_stage) -> None:
    system = at_stage("sqlite", "packs")
    app = site(system)
    with system.db.read() as session:
        login = session.get_one(Person, town.actors(system)["minister"].person_id).login
    for target in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/ok\r\nX: y",
        "http:evil",
    ):
        answer = Visitor(app).post("/sign-in", {"login": login, "password": town.PASSWORD, "next": target})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/"), target
        look = Visitor(app).get("/look", query_string={"next": target, "theme": "dark"})
        assert look.headers["Location"] == "/", target


# files --------------------------------------------------------------------------------------------------------------


def bomb() -> bytes:
    """A table that says it unpacks into a gigabyte."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 2**20)
    data = bytearray(buffer.getvalue())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (2**31 - 1).to_bytes(4, "little")
    return bytes(data)


def many_entries() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(2100):
            archive.writestr(f"{number}", b"")
    return buffer.getvalue()


PDF = b"%PDF-1.4 text"
REFUSED = [
    ("program.pdf", b"MZ\x90\x00 this is a program"),
    ("page.html", b"<script>alert(1)</script>"),
    ("picture.svg", b"<svg onload=alert(1)>"),
    ("empty.pdf", b""),
    ("large.pdf", b"%PDF-" + b"0" * (61 * 2**20)),
    ("no-ending", PDF),
    ("table.xlsx", b"PK\x03\x04 cut off"),
]


@pytest.fixture
def objection(at_stage: Any) -> tuple[WebWalker, Task]:
    """A second objection, waiting for its text and files."""
    walker = WebWalker(at_stage("sqlite", "packs"), town.NOW)
    with walker.system.db.read() as session:
        busy = sa.select(Case.subject_id).where(Case.kind == "objection")
        listed = sa.select(Verdict.school_id).join(School, School.id == Verdict.school_id)
        mine = (
            Verdict.status == "listed",
            School.municipality_id.is_not(None),
            School.founder == "municipal",
            School.id.not_in(busy),
        )
        school = session.scalars(listed.where(*mine).order_by(Verdict.school_id)).first()
    assert school is not None
    case_id = town.open_objection(walker, school)
    return walker, walker.task("objection_submit", case_id=case_id)


def upload(walker: WebWalker, task: Task, name: str, data: bytes) -> Any:
    files = {"files-new": [(BytesIO(data), name)]}
    return walker.post(task, walker.holder(task), [("grounds", "набранный текст")], do="attach:files", files=files)


def stored(walker: WebWalker) -> list[StoredFile]:
    with walker.system.db.read() as session:
        return list(session.scalars(sa.select(StoredFile).order_by(StoredFile.id)))


def test_files_are_refused_in_words_and_what_was_typed_stays(objection) -> None:
    walker, task = objection
    before = len(stored(walker))
    for name, data in [*REFUSED, ("bomb.xlsx", bomb()), ("many.xlsx", many_entries())]:
        answer = upload(walker, task, name, data)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 422, (name, answer.status_code)
        assert f"«{name}»" in text, name
        assert "набранный текст" in text, name
    assert len(stored(walker)) == before
    assert "набранный текст" in walker.visitor(walker.holder(task)).get(f"/tasks/{task.id}").get_data(as_text=True)


def test_a_request_larger_than_the_limit_is_not_even_read(objection) -> None:
    walker, task = objection
    answer = upload(walker, task, "huge.pdf", b"%PDF-" + b"0" * (65 * 2**20))
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "name",
    ["../../etc/cron.d/x.pdf", "..\\..\\windows\\x.pdf", "/etc/x.pdf", "a\0b.pdf", "я" * 300 + ".pdf", f"{NASTY}.pdf"],
)
def test_a_name_of_a_file_is_a_name_and_never_a_path(objection, name) -> None:
    walker, task = objection
    answer = upload(walker, task, name, PDF + name.encode())
    assert answer.status_code in (200, 422), answer.status_code
    assert not markup(answer.get_data(as_text=True))
    for row in stored(walker):
        assert not re.search(r"[/\\\0]", row.name), row.name
        assert len(row.name) <= 255
    root = walker.system.files.root
    for path in root.rglob("*"):
        assert path.is_dir() or re.fullmatch(r"[0-9a-f]{64}", path.name), path


def test_a_file_of_another_case_is_not_taken(objection) -> None:
    walker, task = objection
    foreign = next(row for row in stored(walker) if row.case_id != task.case_id)
    actor = walker.holder(task)
    blank = walker.form(task, actor).answers()
    lines = [{**line, "n": max(line["n"], 1), "low": 0, "source": "ведомость"} for line in blank["positions"]]
    with walker.system.db.read() as session:
        own = len(session.scalars(sa.select(Answer.id).where(Answer.case_id == task.case_id)).all())
    from forms.values import as_formdata

    filed = {
        "subject": "marks",
        "positions": lines,
        "grounds": "Не те работы.",
        "request": "exclude",
        "no_pupil_data": True,
    }
    data = as_formdata({**filed, "files": [foreign.id]})
    answer = walker.post(task, actor, [(n, t) for n in data for t in data.getlist(n)])
    assert answer.status_code == 422
    assert "Файл не найден" in answer.get_data(as_text=True)
    assert walker.answered(task) == own


# what ended meanwhile -----------------------------------------------------------------------------------------------


def test_a_task_after_its_case_was_cancelled_takes_nothing(objection) -> None:
    walker, task = objection
    actor, operator = walker.holder(task), town.actors(walker.system)["regional_operator"]
    answer = Visitor(walker.app, operator).post(f"/cases/{task.case_id}/cancel", {"reason": "Открыто ошибочно"})
    assert answer.status_code == 303
    before = walker.answered(task)
    for do in ("send", "save"):
        assert walker.post(task, actor, [("grounds", "поздно")], do=do).status_code in (404, 409)
    draft = walker.visitor(actor).post(f"/tasks/{task.id}/draft", {"grounds": "поздно"})
    assert draft.status_code in (404, 409)
    assert walker.answered(task) == before


def test_who_acted_for_somebody_writes_nothing_after_the_order_is_revoked(at_stage) -> None:
    walker = WebWalker(at_stage("sqlite", "packs"), town.NOW)
    actors = town.actors(walker.system)
    with walker.system.db.read() as session:
        from app.people.actor import actors_of

        person = actors["regional_operator"].person_id
        acting = next(
            a for a in actors_of(session, person, town.NOW.date()) if a.behalf_of and a.role == "operator_head"
        )
    visitor = Visitor(walker.app, acting)
    assert visitor.get("/tasks").status_code == 200
    token = visitor.token
    with walker.system.db.write() as session:
        assert acting.substitution_id is not None
        substitution.revoke_substitution(session, acting.substitution_id, reason="вернулся", actor=None, now=town.NOW)
    for task in walker.tasks()[:3]:
        assert visitor.client.post(f"/tasks/{task.id}", data={"csrf_token": token, "do": "send"}).status_code in (
            400,
            401,
            403,
        )


def test_nobody_acts_for_another_without_an_order(at_stage) -> None:
    system = at_stage("sqlite", "packs")
    actors = town.actors(system)
    head = Visitor(site(system), actors["municipal_authority"])
    answer = head.post("/position", {"position": str(actors["minister"].position_id)})
    assert answer.status_code == 403
    place = f"/substitutions/new?position_id={actors['municipal_authority'].position_id}"
    with system.db.read() as session:
        login = session.get_one(Person, actors["school_head"].person_id).login
    bare = head.post(place, {"login": login, "valid_from": "01.12.2026", "valid_to": "05.12.2026", "basis": "  "})
    assert bare.status_code == 422


def test_a_password_under_a_signature_is_guessed_five_times_and_not_more(at_stage) -> None:
    walker = WebWalker(at_stage("sqlite", "route"), town.NOW)
    from tests.security import sheets

    sheets.send_round(walker, ["whole", "whole"])
    task = sheets.approvers(walker)[0]
    actor = walker.holder(task)
    pairs, signed = walker.pairs(task, actor, {"conclusion": "agreed"})
    before = walker.answered(task)
    statuses = [
        walker.post(task, actor, pairs, **{**signed, "password": f"догадка номер {n}"}).status_code for n in range(6)
    ]
    assert statuses == [422] * 5 + [429]
    assert walker.post(task, actor, pairs, **signed).status_code == 429
    assert walker.answered(task) == before
