"""A copy made while people work is whole, fills an empty installation, and says so itself."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import journal, models
from app.cases.system import System
from app.db import Database, utcnow
from app.documents.models import Rendition
from app.errors import BadInput, Refused
from app.files import FileStore, Upload, attach
from app.files.models import StoredFile
from app.ops import backup
from app.people.models import Person
from tests import postgres, schema

pytestmark = pytest.mark.req("OR-74")
SILENT = lambda share: None  # noqa: E731


@pytest.fixture
def empty(backend: str, postgres_url: str, tmp_path: Path) -> Iterator[Database]:
    """A database with nothing in it."""
    if backend == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'restored.db'}")
        yield made
        made.dispose()
        return
    url = postgres.create_database(postgres_url, "opora_restored")
    made = Database(url)
    yield made
    made.dispose()
    postgres.drop(url)


@pytest.fixture
def copy(installation: System, tmp_path: Path) -> Path:
    target = tmp_path / "opora.backup"
    backup.backup(installation.db, installation.files, target, utcnow(), SILENT)
    return target


@contextmanager
def people_at_work(system: System) -> Iterator[list[int]]:
    """Somebody uploads one file after another until the block ends; yields the ids of the files."""
    stop, made = threading.Event(), []
    with system.db.read() as session:
        case_id, person = session.scalar(sa.select(StoredFile.case_id)), session.scalar(sa.select(Person.id))

    def work() -> None:
        while not stop.is_set() or not made:
            with system.db.write() as session:
                upload = Upload("справка.pdf", b"%PDF-1.4 " + str(len(made)).encode())
                row = attach(
                    session, system.files, upload, case_id=case_id, task_id=None, person_id=person, now=utcnow()
                )
                journal.append(session, "file.attached", {"file": row.id}, case_id=case_id)
            made.append(row.id)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield made
    finally:
        stop.set()
        thread.join()


def counts(db: Database) -> dict[str, int]:
    with db.read() as session:
        tables = models.Base.metadata.sorted_tables
        return {t.name: session.scalar(sa.select(sa.func.count()).select_from(t)) for t in tables}


def test_what_was_cut_is_restored_and_proves_itself(
    installation: System, copy: Path, empty: Database, tmp_path: Path
) -> None:
    before = counts(installation.db)
    store = FileStore(tmp_path / "restored-files")
    manifest, proof = backup.restore(empty, store, copy, SILENT)
    assert proof.faults == ()
    assert (proof.records, proof.documents) == (manifest.seq, 1)
    assert proof.files == len({row.name for row in installation.files.root.glob("??/*")})
    assert counts(empty) == before
    assert copy.stat().st_mode & 0o077 == 0, "nobody else may read a copy"
    schema.upgrade(str(empty.url.render_as_string(hide_password=False)))
    with empty.write() as session:
        journal.append(session, "person.signed_in", {})
    with pytest.raises(sa.exc.DBAPIError, match="the journal is append-only"), empty.write() as session:
        session.execute(sa.text("delete from event"))


def test_a_copy_made_at_work_is_one_moment(installation: System, empty: Database, tmp_path: Path) -> None:
    target = tmp_path / "at-work.backup"
    with people_at_work(installation) as made:
        backup.backup(installation.db, installation.files, target, utcnow(), SILENT)
    manifest, proof = backup.restore(empty, FileStore(tmp_path / "restored-files"), target, SILENT)
    assert proof.faults == ()
    with empty.read() as session:
        kept = set(session.scalars(sa.select(StoredFile.id)))
        assert journal.head(session).seq == manifest.seq
    cut = [number in kept for number in made]
    assert cut == sorted(cut, reverse=True), "whatever came before the cut is there, nothing that came after it"


def test_a_damaged_copy_is_refused_and_nothing_is_touched(copy: Path, empty: Database, tmp_path: Path) -> None:
    whole = copy.read_bytes()
    with zipfile.ZipFile(copy) as archive:
        places = [one.header_offset + 200 for one in archive.infolist() if one.file_size > 200]
    for place in places:
        copy.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BadInput, match="не принята"):
            backup.restore(empty, FileStore(tmp_path / "files-2"), copy, SILENT)
    copy.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match="не архив"):
        backup.restore(empty, FileStore(tmp_path / "files-2"), copy, SILENT)
    with empty.engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == []
    assert not (tmp_path / "files-2").exists()


def test_what_does_not_fit_is_refused_in_words(installation: System, copy: Path, empty: Database) -> None:
    with pytest.raises(Refused, match="не пуста"):
        backup.restore(installation.db, installation.files, copy, SILENT)
    with pytest.raises(Refused, match="уже есть"):
        backup.backup(installation.db, installation.files, copy, utcnow(), SILENT)
    for change, words in (({"revision": "9999"}, "не знает"), ({"backend": "oracle"}, "снята с базы oracle")):
        with pytest.raises((BadInput, Refused), match=words):
            backup.restore(empty, installation.files, rewritten(copy, change), SILENT)


def rewritten(copy: Path, change: dict[str, str]) -> Path:
    """The copy with another manifest."""
    target = copy.with_name("changed.backup")
    with zipfile.ZipFile(copy) as source, zipfile.ZipFile(target, "w") as archive:
        for one in source.infolist():
            data = source.read(one)
            if one.filename == backup.MANIFEST:
                manifest = backup.Manifest.model_validate_json(data).model_copy(update=change)
                data = manifest.model_dump_json().encode()
            archive.writestr(one, data)
    return target


def test_a_file_that_was_lost_before_is_named(installation: System, empty: Database, tmp_path: Path) -> None:
    with installation.db.read() as session:
        lost = session.scalars(sa.select(Rendition.file_sha256)).one()
    installation.files.path(lost).unlink()
    target = tmp_path / "lame.backup"
    backup.backup(installation.db, installation.files, target, utcnow(), SILENT)
    _, proof = backup.restore(empty, FileStore(tmp_path / "restored-files"), target, SILENT)
    assert any(lost[:12] in fault for fault in proof.faults)
    assert any("не тот, что был издан" in fault for fault in proof.faults)
