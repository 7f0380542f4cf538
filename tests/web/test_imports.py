"""Loading of tables over HTTP: recognition, check, writing, versions, rights."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.db import Database, utcnow
from app.imports.drafts import SILENCE, Upload, create
from app.imports.models import ImportDraft, ImportDraftFile
from app.people import actor as actors
from app.people.models import Person
from app.results.models import ImportFile, Result
from app.schools.models import School
from app.tables.grid import load
from tests.results import tables
from tests.results.tables import protocol, pupil
from tests.schools.test_importing import registry, school
from tests.web import importsite
from tests.web.importsite import press, rows, text, upload

GOOD = ("01_2025.05.30.xlsx", tables.xlsx({"П": protocol([pupil(i, 111001, result=50) for i in range(12)])}))
SPOILED = [pupil(i, 111002, result=50) for i in range(11)] + [pupil(20, "21407"), pupil(21, 111002, result="н/д")]
PARTLY = ("ЕГЭ часть.xlsx", tables.xlsx({"Протокол": protocol(SPOILED)}))
REGISTRY = ("список.xlsx", registry(*(school(i) for i in range(1, 4))))
FLAT = [name for name in tables.FLAT if name != "Логин"]
NO_CODE = ("Свод.csv", tables.text({"Л": [FLAT, [2025, 5, "Математика", "Район", "Школа", 10, 1, 2, 3, 4]]}))


@pytest.fixture
def app(db: Database, tmp_path: Path) -> Flask:
    importsite.fill(db)
    return importsite.build(db, tmp_path)


@pytest.fixture
def analyst(app: Flask) -> FlaskClient:
    return importsite.client_of(app, "analyst")


@pytest.fixture
def schooled(analyst: FlaskClient) -> FlaskClient:
    """The analyst of a region whose registry is loaded."""
    assert press(analyst, upload(analyst, REGISTRY).location, "record").status_code == 303
    return analyst


def count(db: Database, model: type) -> int:
    with db.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


@pytest.mark.req("OR-69", "OR-86")
def test_the_whole_way_from_an_empty_region(analyst: FlaskClient, db: Database) -> None:
    """Registry and results in one load: nothing is written before the button, all of it after."""
    answer = upload(analyst, GOOD, REGISTRY, PARTLY, NO_CODE)
    assert answer.status_code == 303
    page = text(analyst.get(answer.location))
    assert "Реестр школ" in page and "ЕГЭ, русский язык: протокол, основной период, 2024/25" in page
    assert "приняты все строки" in page and "принято 11, отклонено 2" in page
    assert "Не будет записан" in page and "но нет столбца" in page
    assert "5 знаков вместо 6" in page and "21407" in page and "Протокол" in page and "Код ОО" in page
    assert "Записать 3 файла" in page and "Отклонённые 2 строки просмотрены, записать без них" in page
    assert count(db, School) == count(db, Result) == count(db, ImportFile) == 0
    refused = press(analyst, answer.location, "record")
    assert refused.status_code == 422 and "Отметьте, что отклонённые строки просмотрены" in text(refused)
    assert count(db, School) == 0
    done = press(analyst, answer.location, "record", agree="y")
    assert done.status_code == 303
    page = text(analyst.get(done.location))
    assert "Записаны 3 файла" in page and "Не записан" in page
    assert count(db, School) == 3 and count(db, ImportFile) == 3
    found = rows(db, sa.select(Result.n, Result.low).where(Result.current).order_by(Result.school_id))
    assert [(row.n, row.low) for row in found] == [(12, 0), (11, 0)]
    assert all(row.loaded_by for row in rows(db, sa.select(ImportFile.loaded_by)))
    page = text(analyst.get("/imports"))
    assert "список.xlsx" in page and "Записан частично" in page and "Показано 3 из 3" in page


def test_pressing_the_button_twice_writes_once(schooled: FlaskClient, db: Database) -> None:
    url = upload(schooled, GOOD).location
    page = schooled.get(url).get_data(as_text=True)
    version = re.search(r'name="version" value="(\d+)"', page)
    data = {"csrf_token": importsite.token(page), "version": version and version[1], "do": "record"}
    assert [schooled.post(url, data=data).status_code for _ in range(2)] == [303, 303]
    assert count(db, Result) == 1 and count(db, ImportFile) == 2
    assert "Записан 1 файл" in text(schooled.get(url))
    assert press(schooled, "/imports/new", "add").status_code == 422
    late = schooled.post(url, data={**data, "do": "cancel"})
    assert late.status_code == 409 and count(db, Result) == 1


@pytest.mark.req("OR-86")
def test_a_file_loaded_before_is_recognised(schooled: FlaskClient, db: Database) -> None:
    press(schooled, upload(schooled, GOOD).location, "record")
    url = upload(schooled, ("под другим именем.xlsx", GOOD[1]), REGISTRY).location
    page = text(schooled.get(url))
    assert page.count("Уже загружен") == 2 and "под именем «01_2025.05.30.xlsx»" in page
    assert "Записывать нечего" in page and 'value="record"' not in schooled.get(url).get_data(as_text=True)
    assert press(schooled, url, "record").status_code == 422
    assert count(db, ImportFile) == 2


@pytest.mark.req("OR-86")
def test_a_corrected_file_supersedes_and_keeps_the_earlier(schooled: FlaskClient, db: Database) -> None:
    press(schooled, upload(schooled, GOOD).location, "record")
    better = tables.xlsx({"П": protocol([pupil(i, 111001, result=50 if i else 10) for i in range(12)])})
    url = upload(schooled, ("исправлено.xlsx", better)).location
    page = text(schooled.get(url))
    assert "Будет заменён прежний файл: «01_2025.05.30.xlsx»" in page and "Прежних результатов изменится: 1" in page
    press(schooled, url, "record")
    found = rows(db, sa.select(Result.low, Result.current).order_by(Result.id))
    assert [(row.low, row.current) for row in found] == [(0, False), (1, True)]
    old = rows(db, sa.select(ImportFile.id, ImportFile.superseded_by).where(ImportFile.name == GOOD[0]))[0]
    assert "Есть более новая версия" in text(schooled.get(f"/imports/files/{old.id}"))
    assert "Заменил прежние версии" in text(schooled.get(f"/imports/files/{old.superseded_by}"))


def test_dropping_adding_and_cancelling(schooled: FlaskClient, db: Database) -> None:
    url = upload(schooled, GOOD, NO_CODE).location
    bad = rows(db, sa.select(ImportDraftFile.id).where(ImportDraftFile.state == "refused"))[0].id
    assert press(schooled, url, "drop", drop=bad).status_code == 303
    assert "Свод.csv" not in text(schooled.get(url))
    assert upload(schooled, PARTLY, GOOD, url=url, do="add").status_code == 303
    page = text(schooled.get(url))
    assert "Записать 2 файла" in page and "уже есть в загрузке под именем" in page
    assert press(schooled, url, "cancel").status_code == 303
    assert schooled.get(url).status_code == 404
    left = rows(db, sa.select(ImportDraftFile.name))
    assert [row.name for row in left] == [REGISTRY[0]] and count(db, ImportFile) == 1


def test_without_files_and_with_too_large_ones(db: Database, tmp_path: Path) -> None:
    importsite.fill(db)
    client = importsite.client_of(importsite.build(db, tmp_path, upload_limit_mb=1), "analyst")
    assert "до 1 МБ" in text(client.get("/imports/new"))
    empty = upload(client)
    assert empty.status_code == 422 and "Файлы не выбраны" in text(empty)
    large = upload(client, ("большой.csv", b"1;2;3\n" * 200_000))
    assert large.status_code == 413 and "Файл слишком большой" in text(large)
    assert count(db, ImportDraft) == 0


def test_what_was_not_shown_is_not_written(app: Flask, schooled: FlaskClient, db: Database) -> None:
    """A colleague loads the same meanwhile: the check is made anew instead of writing something else."""
    url = upload(schooled, GOOD).location
    page = schooled.get(url).get_data(as_text=True)
    colleague = importsite.client_of(app, "colleague")
    press(colleague, upload(colleague, GOOD).location, "record")
    answer = press(schooled, url, "record")
    assert answer.status_code == 303 and count(db, Result) == 1
    assert "данные изменились" in (page := text(schooled.get(url))) and "Уже загружен" in page
    stale = schooled.post(
        url,
        data={"csrf_token": importsite.token(schooled.get(url).get_data(as_text=True)), "version": 1, "do": "record"},
    )
    assert stale.status_code == 303 and "данные изменились" in text(schooled.get(url))


def test_only_own_drafts_and_only_by_those_who_may(app: Flask, schooled: FlaskClient, db: Database) -> None:
    url = upload(schooled, PARTLY).location
    copy = schooled.get(url).get_data(as_text=True).split("/annotated/")[1].split('"')[0]
    colleague, auditor = importsite.client_of(app, "colleague"), importsite.client_of(app, "auditor")
    for way in (url, f"{url}/files", f"{url}/annotated/{copy}"):
        assert colleague.get(way).status_code == 404
        assert auditor.get(way).status_code == 403
    csrf = importsite.token(colleague.get("/imports/new").get_data(as_text=True))
    for do in ("record", "cancel"):
        assert colleague.post(url, data={"csrf_token": csrf, "do": do, "agree": "y"}).status_code == 404
    assert auditor.get("/imports/new").status_code == 403
    page = auditor.get("/imports")
    assert page.status_code == 200 and "Загрузить таблицы" not in text(page)
    assert importsite.client_of(app, "clerk").get("/imports").status_code == 403
    assert "Продолжить загрузку" in text(schooled.get("/imports")) and "Продолжить" not in text(
        colleague.get("/imports")
    )


@pytest.mark.req("OR-86")
def test_the_copy_marks_bad_cells_and_has_no_people(schooled: FlaskClient) -> None:
    url = upload(schooled, PARTLY).location
    way = re.search(r'href="([^"]+/annotated/\d+)"', schooled.get(url).get_data(as_text=True))
    assert way
    answer = schooled.get(way[1])
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    listed, sheet = load(answer.get_data())
    assert [row[2:5] for row in listed.cells.rows()[1:]] == [
        ("Код ОО", "21407", "5 знаков вместо 6"),
        ("Балл", "н/д", next(row[4] for row in listed.cells.rows() if row[3] == "н/д")),
    ]
    shown = repr(sheet.cells.rows())
    assert "21407" in shown and "н/д" in shown and not any(trace in shown for trace in tables.TRACES)


def test_a_killed_process_leaves_a_draft_that_says_so(app: Flask, schooled: FlaskClient, db: Database) -> None:
    """As a killed web process leaves it: files waiting, the last sign of life some time ago."""
    with db.write() as session:
        person = session.scalars(sa.select(Person.id).where(Person.login == "analyst")).one()
        now = utcnow() - SILENCE - timedelta(seconds=1)
        actor = actors.actors_of(session, person, now.date())[0]
        draft = create(session, actor, [Upload(*GOOD)], "dead", now)
    page = text(schooled.get(f"/imports/{draft.id}"))
    assert "Чтение прервано" in page and "Загрузите файл ещё раз" in page and "Записать" not in page
    assert upload(schooled, GOOD, url=f"/imports/{draft.id}", do="add").status_code == 303
    assert "Записать 1 файл" in text(schooled.get(f"/imports/{draft.id}"))


def test_progress_is_seen_by_every_process(schooled: FlaskClient, db: Database) -> None:
    """It stands in the draft: a page drawn by another process shows it and renews itself, with and without scripts."""
    with db.write() as session:
        person = session.scalars(sa.select(Person.id).where(Person.login == "analyst")).one()
        actor = actors.actors_of(session, person, utcnow().date())[0]
        draft = create(session, actor, [Upload(*GOOD), Upload(*PARTLY)], "another", utcnow())
        draft.files[0].state, draft.files[0].started_at = "reading", utcnow()
    url = f"/imports/{draft.id}"
    page = schooled.get(url).get_data(as_text=True)
    assert '<noscript><meta http-equiv="refresh"' in page and f'data-live="{url}/files"' in page
    assert "Прочитано 0 из 2" in page and "Читаем: около" in page and "Ждёт очереди" in page
    part = schooled.get(f"{url}/files")
    assert "HX-Refresh" not in part.headers and part.get_data(as_text=True).lstrip().startswith("<div")
    assert press(schooled, url, "record").status_code == 303, "nothing to write while files are read"
    assert count(db, Result) == 0
    assert press(schooled, url, "cancel").status_code == 303
