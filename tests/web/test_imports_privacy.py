"""Names and documents of pupils exist nowhere after a load in the browser: before the writing, after it, in no file ever."""

from __future__ import annotations

import io
import logging
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.db import Base, Database
from app.imports.models import ImportDraftFile
from app.tables.reading import packed, unpacked
from tests.results import tables
from tests.results.test_privacy import assert_clean, spoiled
from tests.results.test_protocols import appeals
from tests.schools.test_importing import registry, school
from tests.web import importsite
from tests.web.accountsite import token
from tests.web.importsite import press, upload

FILES = (
    ("реестр.xlsx", registry(*(school(i) for i in range(1, 4)))),
    ("протокол.xlsx", tables.xlsx({"Протокол": spoiled()})),
    ("протокол.csv", tables.text({"П": spoiled()}, encoding="cp1251")),
    ("апелляции.xlsx", tables.xlsx({"А": appeals([(111001, 20, 26), (111001, 999, 26)])})),
    ("не таблица.csv", "\n".join(tables.SURNAMES).encode()),
)


class Opened:
    """Paths opened for writing while it is on; an audit hook cannot be taken off, so it can be silent."""

    def __init__(self) -> None:
        self.on, self.paths = False, []  # type: ignore[var-annotated]
        sys.addaudithook(self._heard)

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on or event != "open":
            return
        path, mode, flags = args
        writes = isinstance(flags, int) and flags & 0o3  # O_WRONLY, O_RDWR
        if (
            (writes or any(sign in (mode or "") for sign in "wax+"))
            and path != "/dev/null"
            and not isinstance(path, int)
        ):
            self.paths.append(str(path))

    @contextmanager
    def listening(self) -> Iterator[list[str]]:
        self.on, self.paths = True, []
        try:
            yield self.paths
        finally:
            self.on = False


OPENED = Opened()


@pytest.fixture
def app(db: Database, tmp_path: Path) -> Flask:
    importsite.fill(db)
    return importsite.build(db, tmp_path / "var")


@pytest.fixture
def analyst(app: Flask) -> FlaskClient:
    return importsite.client_of(app, "analyst")


def multipart(csrf: str, name: str, content: bytes) -> tuple[bytes, str]:
    """Body and type of a form as a browser sends it, made in memory: the test client would use a temporary file itself."""
    part = '--mark\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n'
    head = part.format("csrf_token", "") + csrf + "\r\n" + part.format("files", f'; filename="{name}"')
    return head.encode() + content + b"\r\n--mark--\r\n", "multipart/form-data; boundary=mark"


def assert_database_clean(db: Database) -> None:
    """Every cell of every table, with blobs as they are and unpacked."""
    with db.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(sa.select(table)):
                for value in row:
                    assert_clean(value if isinstance(value, bytes) else repr(value), table.name)
        for file in session.scalars(sa.select(ImportDraftFile)):
            if file.reading:
                reading = unpacked(file.reading)
                assert_clean(packed(reading), "the reading")
                assert_clean(repr([frame.rows() for frame in reading.frames.values()]), "facts")
            if file.copy:
                with zipfile.ZipFile(io.BytesIO(file.copy)) as archive:
                    for name in archive.namelist():
                        assert_clean(archive.read(name), name)


@pytest.mark.req("OR-69")
def test_planted_names_are_nowhere(
    app: Flask,
    analyst: FlaskClient,
    db: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    spool = tmp_path / "temporary"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    caplog.set_level(logging.DEBUG)
    assert any(tables.SURNAMES[0].encode("cp1251") in content for _, content in FILES), "the names are really planted"
    url = upload(analyst, *FILES).location
    pages = [analyst.get(url).get_data(as_text=True), analyst.get(f"{url}/files").get_data(as_text=True)]
    assert "протокол.xlsx" in pages[0] and "Скачать копию с замечаниями" in pages[0]
    assert_database_clean(db)
    press(analyst, url, "record", agree="y")
    pages += [analyst.get(way).get_data(as_text=True) for way in (url, "/imports", "/journal")]
    assert "Записан" in pages[2]
    assert_database_clean(db)
    assert_clean("".join(pages), "pages")
    assert_clean(caplog.text, "logs")
    assert_clean("".join(capfd.readouterr()), "output")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert_clean(path.read_bytes(), path.name)


def test_a_large_upload_opens_no_file(analyst: FlaskClient) -> None:
    """What a framework would spool to a temporary file stays in memory, from the first byte to the check."""
    filler = [tables.pupil(i, 111001) for i in range(30_000)]
    content = tables.text({"П": tables.protocol(filler)})
    assert len(content) > 2 * 1024**2
    csrf = token(analyst.get("/imports/new").get_data(as_text=True))
    body, kind = multipart(csrf, "01_2025.05.30.csv", content)
    with OPENED.listening() as paths:
        open(tempfile.gettempdir() + "/heard", "w").close()
        answer = analyst.post("/imports", data=body, content_type=kind)
        importsite.settle(analyst.application)
    assert answer.status_code == 303
    assert paths == [tempfile.gettempdir() + "/heard"], "the hook hears, and it heard nothing of ours"
    Path(paths[0]).unlink()
