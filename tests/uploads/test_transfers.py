"""Files of sixty megabytes over a line that drops: nothing is lost, nothing foreign gets in."""

from __future__ import annotations

import hashlib
import os
import random
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Task
from app.db import utcnow
from app.files import transfers
from app.files.models import StoredFile, Transfer
from tests.e2e.site import Site
from tests.reorganisation.town import Town
from tests.uploads.sender import Sender

MIB = 1024**2


def pdf(size: int, seed: int = 1) -> bytes:
    return b"%PDF-1.4\n" + random.Random(seed).randbytes(size - 9)


@pytest.fixture
def task(site: Site, town: Town) -> Task:
    """A task of the municipality that takes files; its case is cancelled after the test."""
    actor, walker = town.authority(), site.walker
    case_id = operations.open_case(site.system, "reorganisation", town.old, 2026, {}, actor=actor, now=walker.now)
    yield walker.task("reorg_register", case_id=case_id)
    if town.case(case_id).status == "open":
        operations.cancel_case(site.system, case_id, "decision", "после проверки", actor=town.operator(), now=utcnow())


@pytest.fixture
def sender(site: Site, town: Town, task: Task) -> Sender:
    made = Sender(site.port, site.login(town.authority().person_id))
    made.open(task.id)
    return made


def stored(site: Site, number: str | int) -> StoredFile:
    with site.system.db.read() as session:
        return session.get_one(StoredFile, int(number))


def send(sender: Sender, place: str, data: bytes, part: int = 4 * MIB) -> str:
    """Go on from where the site says until all is there; the number of the file."""
    while True:
        _, offset, number = sender.state(place)
        if number:
            return number
        status, got, words = sender.append(place, offset, data[offset : offset + part])
        assert status == 204, (status, words)
        if "Opora-File" in got:
            return got["Opora-File"]


@pytest.mark.req("OR-66")
def test_sixty_megabytes_over_a_line_that_drops(site, sender, task) -> None:
    data = pdf(60 * MIB)
    status, place = sender.create(task.id, "запись урока.pdf", data)
    assert status == 201
    for after in (3_000_000, 1, 700_000, 4_000_000):
        _, offset, _ = sender.state(place)
        sender.append_and_vanish(place, offset, data[offset : offset + 8 * MIB], after)
        reached = settled(sender, place, offset, after)
        assert offset < reached <= offset + after, "what came before the line dropped is kept, and no more"
    file = stored(site, send(sender, place, data))
    assert (file.size, file.sha256, file.name) == (len(data), hashlib.sha256(data).hexdigest(), "запись урока.pdf")
    assert site.system.files.get(file.sha256) == data
    assert file.task_id == task.id
    assert not any(path.name in place for path in site.system.files.parts.iterdir()), "parts are cleared away"
    page = sender.open(task.id)
    assert "запись урока.pdf" not in page or str(file.id) in page


def settled(sender: Sender, place: str, before: int, after: int) -> int:
    """The offset once the site has noticed that the sender is gone."""
    for _ in range(400):
        _, offset, _ = sender.state(place)
        if offset > before:
            return offset
    return before


def test_the_site_is_killed_in_the_middle(site, sender, task) -> None:
    data = pdf(9 * MIB, 2)
    _, place = sender.create(task.id, "отчёт.pdf", data)
    sender.append(place, 0, data[: 4 * MIB])
    site.kill()
    site.start()
    assert sender.state(place)[1] == 4 * MIB
    assert stored(site, send(sender, place, data)).sha256 == hashlib.sha256(data).hexdigest()


def test_two_requests_at_once_make_one_file(site, sender, task) -> None:
    """The one that hangs and the one sent when it was given up write the same bytes."""
    data = pdf(6 * MIB, 3)
    _, place = sender.create(task.id, "двойной.pdf", data)
    answers: list[int] = []
    both = [threading.Thread(target=lambda: answers.append(sender.append(place, 0, data)[0])) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert set(answers) <= {204, 404, 409} and 204 in answers
    number = sender.state(place)[2]
    assert stored(site, number).sha256 == hashlib.sha256(data).hexdigest()
    with site.system.db.read() as session:
        found = sa.select(sa.func.count()).select_from(StoredFile).where(StoredFile.name == "двойной.pdf")
        assert session.scalar(found) == 1


def test_what_is_not_as_it_was_sent_is_refused_and_forgotten(site, sender, task) -> None:
    data = pdf(MIB, 4)
    _, place = sender.create(task.id, "сбой.pdf", data, digest="0" * 64)
    status, _, words = sender.append(place, 0, data)
    assert status == 460 and "дошёл с ошибкой" in words
    assert sender.state(place)[0] == 404


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("вирус.exe", b"MZ" * 100, "вид файла не подходит"),
        ("пустой.pdf", b"", "пуст"),
    ],
)
def test_a_file_that_will_not_be_taken_is_refused_at_once(sender, task, name, data, words) -> None:
    told = {"Upload-Length": str(len(data))}
    status, place = sender.create(task.id, name, data, **told)
    assert status == 422 and not place


def test_a_file_over_the_limit_of_the_profile_is_refused_before_it_is_sent(sender, task) -> None:
    assert sender.create(task.id, "большой.pdf", b"%PDF-", **{"Upload-Length": str(61 * MIB)})[0] == 422


def test_content_that_is_not_of_its_kind_is_refused_with_its_first_bytes(sender, task) -> None:
    data = b"MZ" + bytes(8 * MIB)
    _, place = sender.create(task.id, "программа.pdf", data)
    status, _, words = sender.append(place, 0, data[: 4 * MIB])
    assert status == 422 and "не соответствует" in words


def test_nobody_else_and_nothing_unasked(site, town, sender, task) -> None:
    data = pdf(MIB, 5)
    _, place = sender.create(task.id, "свой.pdf", data)
    other = Sender(site.port, site.login(town.operator().person_id))
    other.token = sender.token
    assert other.append(place, 0, data)[0] == 400, "another's token"
    guest = Sender.__new__(Sender)
    guest.port, guest.cookies, guest.token = site.port, {}, sender.token
    assert guest.append(place, 0, data)[0] in (302, 303, 400, 401)
    page = other.ask("GET", "/tasks")[2].decode()
    other.token = Sender._token(page)
    assert other.append(place, 0, data)[0] == 404, "another person's transfer is not known"
    assert other.create(task.id, "чужой.pdf", data)[0] == 403, "the task is another's"
    assert sender.append(place, 1, data)[0] == 409
    assert sender.append(place, 0, data + b"more")[0] == 413
    assert sender.append(place, 0, data, **{"Tus-Resumable": "0.2.2"})[0] == 412
    assert sender.append(place, 0, data, **{"Content-Type": "application/pdf"})[0] == 415
    assert sender.append("/transfers/..%2f..%2fopora.db", 0, data)[0] == 404
    assert sender.state(place)[1] == 0


def test_the_right_is_asked_for_at_every_part(site, town, sender, task) -> None:
    data = pdf(2 * MIB, 6)
    _, place = sender.create(task.id, "поздно.pdf", data)
    assert sender.append(place, 0, data[:MIB])[0] == 204
    operations.cancel_case(site.system, task.case_id, "decision", "ошибка", actor=town.operator(), now=utcnow())
    assert sender.append(place, MIB, data[MIB:])[0] == 404, "the task is gone, and with it the right"


def test_abandoned_files_are_swept_away_and_others_are_not(site, sender, task) -> None:
    data = pdf(MIB, 7)
    _, old = sender.create(task.id, "брошен.pdf", data)
    _, young = sender.create(task.id, "начат.pdf", data)
    sender.append(old, 0, data[:1000])
    with site.system.db.write() as session:
        row = session.get_one(Transfer, old.rpartition("/")[2])
        row.changed_at = utcnow() - timedelta(days=10)
    orphan = site.system.files.parts / ("z" * 43)
    orphan.write_bytes(b"left by a crash")
    os.utime(orphan, (0, 0))
    assert transfers.sweep(site.system.db, site.system.files, timedelta(hours=72), utcnow()) == 2
    assert not orphan.exists()
    assert sender.state(old)[0] == 404 and sender.state(young)[:2] == (200, 0)


def test_a_heap_of_unfinished_files_is_refused(site, sender, task) -> None:
    limit = site.system.profile(site.code).uploads.at_once
    with site.system.db.write() as session:
        session.execute(sa.delete(Transfer))
    statuses = [sender.create(task.id, f"{n}.pdf", b"%PDF-1.4")[0] for n in range(limit + 1)]
    assert statuses == [201] * limit + [429]
    with site.system.db.write() as session:
        session.execute(sa.delete(Transfer))


def test_a_sender_who_thinks_better_of_it(sender, task) -> None:
    data = pdf(MIB, 8)
    _, place = sender.create(task.id, "лишний.pdf", data)
    assert sender.ask("DELETE", place, b"", sender.own())[0] == 204
    assert sender.state(place)[0] == 404


# in the browser -----------------------------------------------------------------------------------------------------


def big_file(folder, name: str, size: int, seed: int):
    path = folder / name
    path.write_bytes(pdf(size, seed))
    return path


@pytest.mark.req("OR-66")
def test_a_browser_goes_on_by_itself_when_the_line_drops(
    site, town, task, desk_at, line_to: Callable, tmp_path
) -> None:
    path, line = big_file(tmp_path, "фильм.pdf", 60 * MIB, 11), line_to(site)
    desk = desk_at(site, site.login(town.authority().person_id))
    page = desk.page
    page.goto(f"http://127.0.0.1:{line.port}/tasks/{task.id}")
    line.drop_after(6 * MIB, cuts=5)
    page.locator('input[type=file][name="files-new"]').set_input_files(path)
    page.locator("progress").first.wait_for()
    page.get_by_text("передан, сверен").wait_for(timeout=120_000)
    assert line.made == 5
    number = page.locator('input[type=hidden][name="files"]').input_value()
    assert stored(site, number).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert not [c for c in desk.complaints if "Content Security" in c or "TrustedHTML" in c]


def test_after_a_reload_the_same_file_goes_on_from_where_it_was(
    site, town, task, desk_at, line_to: Callable, tmp_path
) -> None:
    path = big_file(tmp_path, "продолжение.pdf", 24 * MIB, 12)
    desk = desk_at(site, site.login(town.authority().person_id))
    page = desk.page
    page.goto(f"/tasks/{task.id}")
    field = page.locator('input[type=file][name="files-new"]')
    seen: list[int] = []

    def cut(route) -> None:
        offset = int(route.request.headers.get("upload-offset", -1))
        seen.append(offset)
        route.abort() if offset >= 8 * MIB else route.continue_()

    page.route("**/transfers/*", cut)
    field.set_input_files(path)
    page.get_by_text("Нет связи").wait_for(timeout=60_000)
    page.unroute("**/transfers/*")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    note = page.locator("[data-unfinished]")
    assert "«продолжение.pdf», передано 33" in note.inner_text()
    again: list[int] = []
    page.on(
        "request",
        lambda r: again.append(int(r.headers["upload-offset"])) if r.method == "PATCH" else None,
    )
    page.locator('input[type=file][name="files-new"]').set_input_files(path)
    page.get_by_text("передан, сверен").wait_for(timeout=60_000)
    assert min(again) == 8 * MIB, "nothing is sent twice"


def test_without_script_the_form_sends_the_file_itself(site, town, task, desk_at, tmp_path) -> None:
    path = big_file(tmp_path, "просто.pdf", 3 * MIB, 13)
    desk = desk_at(site, site.login(town.authority().person_id), script=False)
    desk.page.goto(f"/tasks/{task.id}")
    desk.page.locator('input[type=file][name="files-new"]').set_input_files(path)
    desk.press_do("attach:files")
    number = desk.page.locator('input[type=hidden][name="files"]').input_value()
    assert stored(site, number).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_form_is_not_sent_while_a_file_is_on_its_way_and_refusals_are_words(
    site, town, task, desk_at, tmp_path
) -> None:
    desk = desk_at(site, site.login(town.authority().person_id))
    page = desk.page
    page.goto(f"/tasks/{task.id}")
    page.route("**/transfers/*", lambda route: route.abort())
    page.locator('input[type=file][name="files-new"]').set_input_files(big_file(tmp_path, "висит.pdf", MIB, 14))
    page.get_by_text("Нет связи").wait_for()
    page.locator(".op-savebar button[value=send]").click()
    page.get_by_text("Дождитесь конца передачи").wait_for()
    page.get_by_role("button", name="Остановить").click()
    page.locator(".op-sending").wait_for(state="detached")
    wrong = tmp_path / "таблица.exe"
    wrong.write_bytes(b"MZ" * 100)
    page.locator('input[type=file][name="files-new"]').set_input_files(wrong)
    page.get_by_text("вид файла не подходит").wait_for()
