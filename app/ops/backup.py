"""One file with everything an installation holds: database and files, cut together.

The database is cut first, by one snapshot; the store of files is copied after it. Files are written before the rows that
name them and are never changed, so whatever the snapshot names is there. The archive is a ZIP64: `manifest.json`,
`database` (a SQLite file, or a custom archive of pg_dump) and the files as they stand in the store. The secret key and the
settings are not in it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from pydantic import BaseModel, ValidationError

from app import journal, migrate
from app.db import Database
from app.errors import BadInput, Refused
from app.files.store import BLOCK, FileStore
from app.ops import proof

FORMAT = 1
MANIFEST, DATABASE, FILES = "manifest.json", "database", "files/"
_FILE = re.compile(r"files/([0-9a-f]{2})/(\1[0-9a-f]{62})")
Progress = Callable[[float], None]


class Manifest(BaseModel):
    """What a backup says of itself. `seq` and `hash`: the head of the journal at the cut."""

    format: int
    made_at: datetime
    backend: str
    revision: str
    seq: int
    hash: str
    database_sha256: str
    files: int
    bytes: int


def backup(db: Database, store: FileStore, target: Path, now: datetime, progress: Progress) -> Manifest:
    """Write the archive at `target`, whole or not at all; Refused when something stands there already."""
    if target.exists():
        raise Refused(f"Файл «{target}» уже есть.", advice="Назовите другой файл: копия копию не затирает.")
    if not target.parent.is_dir():
        raise Refused(f"Папки «{target.parent}» нет.", advice="Создайте её или назовите другую.")
    part = target.with_name(target.name + ".part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            manifest = _write(db, store, stream, now, progress)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _write(db: Database, store: FileStore, stream: IO[bytes], now: datetime, progress: Progress) -> Manifest:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        with _cut(db) as (dump, revision, head), archive.open(DATABASE, "w", force_zip64=True) as member:
            digest = _pour(dump, member)
        kept = list(_kept(store))
        for number, path in enumerate(kept, 1):
            archive.write(path, f"{FILES}{path.parent.name}/{path.name}")
            progress(number / len(kept))
        manifest = Manifest(
            format=FORMAT, made_at=now, backend=db.url.get_backend_name(), revision=revision, seq=head.seq,
            hash=head.hash.hex(), database_sha256=digest, files=len(kept), bytes=sum(p.stat().st_size for p in kept),
        )  # fmt: skip
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return manifest


def _kept(store: FileStore) -> Iterator[Path]:
    """Whole files of the store: neither parts on their way nor copies being written."""
    return (path for path in sorted(store.root.glob("??/*")) if re.fullmatch("[0-9a-f]{64}", path.name))


def _pour(source: IO[bytes], target: IO[bytes]) -> str:
    """Copy to the end; the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    while block := source.read(BLOCK):
        digest.update(block)
        target.write(block)
    return digest.hexdigest()


@contextmanager
def _cut(db: Database) -> Iterator[tuple[IO[bytes], str, journal.Head]]:
    """The database at one moment, as a stream; the revision of its schema and the head of its journal at that moment."""
    if db.sqlite:
        with tempfile.TemporaryDirectory(dir=Path(db.url.database or "").parent, prefix="backup-") as folder:
            copy = Path(folder) / "copy.db"
            with db.engine.connect() as connection:
                connection.connection.driver_connection.execute("VACUUM INTO ?", (str(copy),))  # type: ignore[union-attr]
            cut = Database(f"sqlite:///{copy}")
            try:
                with cut.read() as session:
                    found = migrate.revision_of(session.connection()), journal.head(session)
            finally:
                cut.dispose()
            with copy.open("rb") as stream:
                yield stream, *found
        return
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.scalar(sa.text("select pg_export_snapshot()"))
        with sa.orm.Session(connection) as session:
            found = migrate.revision_of(connection), journal.head(session)
            with _postgres("pg_dump", db, "--format=custom", f"--snapshot={snapshot}", "--no-owner") as stream:
                yield stream, *found


@contextmanager
def _postgres(program: str, db: Database, *options: str, stdin: IO[bytes] | None = None) -> Iterator[IO[bytes]]:
    """What a program of PostgreSQL prints; Refused with its own words when it fails, or when it is not installed."""
    if shutil.which(program) is None:
        raise Refused(
            f"Программы {program} нет.", advice="Установите пакет postgresql-client той же версии, что сервер."
        )
    url = db.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = {**os.environ, **({"PGPASSWORD": str(db.url.password)} if db.url.password else {})}
    command = [program, f"--dbname={url}", *options]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, env=environment, stdin=stdin, stdout=subprocess.PIPE, stderr=said) as run,  # noqa: S603
    ):
        assert run.stdout is not None
        yield run.stdout
        run.stdout.read()
        if run.wait():
            said.seek(0)
            raise Refused(f"{program}: {said.read(2000).decode(errors='replace').strip()}")


# the way back --------------------------------------------------------------------------------------------------------


def restore(db: Database, store: FileStore, source: Path, progress: Progress) -> tuple[Manifest, proof.Proof]:
    """Fill an empty installation and prove that it holds what was cut.

    Nothing is touched before the archive is read through: BadInput for one that is damaged or of a newer form, Refused when
    its schema is unknown here, when the database is not empty or is of another kind.
    """
    try:
        archive = zipfile.ZipFile(source)
    except zipfile.BadZipFile:
        raise _damaged(source, "это не архив копии") from None
    with archive:
        manifest = _manifest(archive, source)
        _require_room(db, manifest)
        names = _checked(archive, manifest, source, lambda share: progress(share / 2))
        with tempfile.TemporaryFile(dir=store.root.parent if store.root.parent.is_dir() else None) as dump:
            with archive.open(DATABASE) as member:
                _pour(member, dump)
            for number, (name, digest) in enumerate(names, 1):
                with archive.open(name) as member:
                    store.take(member, digest)
                progress(0.5 + number / len(names) / 2)
            dump.seek(0)
            _fill(db, dump)
    with db.read() as session:
        proven = proof.prove(session, store, (manifest.seq, manifest.hash))
    return manifest, proven


def _damaged(source: Path, why: str) -> BadInput:
    return BadInput(f"Копия «{source.name}» не принята: {why}.", advice="Возьмите другую копию; ничего не изменено.")


def _manifest(archive: zipfile.ZipFile, source: Path) -> Manifest:
    try:
        manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except (KeyError, ValidationError, zipfile.BadZipFile):
        raise _damaged(source, "в ней нет описи") from None
    if manifest.format > FORMAT:
        raise BadInput(
            f"Копия «{source.name}» снята более новой программой.",
            advice="Установите ту же или более новую версию «Опоры»; ничего не изменено.",
        )
    migrate.require_known(manifest.revision, f"Копия «{source.name}» снята с базы версии")
    return manifest


def _require_room(db: Database, manifest: Manifest) -> None:
    if manifest.backend != db.url.get_backend_name():
        raise Refused(
            f"Копия снята с базы {manifest.backend}, а настроена {db.url.get_backend_name()}.",
            advice="Укажите в OPORA_DATABASE_URL пустую базу того же вида.",
        )
    with db.engine.connect() as connection:
        if sa.inspect(connection).get_table_names():
            raise Refused("База не пуста.", advice="Восстанавливают в пустую базу: укажите её в OPORA_DATABASE_URL.")


def _checked(archive: zipfile.ZipFile, manifest: Manifest, source: Path, progress: Progress) -> list[tuple[str, str]]:
    """Every member read to its end and compared with its fingerprint; names of files with the fingerprints they bear."""
    members = archive.infolist()
    total = sum(one.file_size for one in members) or 1
    names: list[tuple[str, str]] = []
    read = 0
    for one in members:
        found = _FILE.fullmatch(one.filename)
        if found is not None:
            names.append((one.filename, found[2]))
        elif one.filename not in (MANIFEST, DATABASE):
            raise _damaged(source, f"в ней посторонний файл {one.filename[:80]}")
        wanted = found[2] if found else manifest.database_sha256
        if one.filename != MANIFEST and _digest(archive, one) != wanted:
            raise _damaged(source, f"повреждён файл {one.filename}")
        read += one.file_size
        progress(read / total)
    if len(names) != manifest.files or DATABASE not in archive.namelist():
        raise _damaged(source, "файлов в ней не столько, сколько в описи")
    return names


def _digest(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str | None:
    digest = hashlib.sha256()
    try:
        with archive.open(member) as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    except (zipfile.BadZipFile, EOFError):
        return None
    return digest.hexdigest()


def _fill(db: Database, dump: IO[bytes]) -> None:
    if db.sqlite:
        path = Path(db.url.database or "")
        db.dispose()
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        part = path.with_name(path.name + ".part")
        with part.open("wb") as target:
            _pour(dump, target)
            target.flush()
            os.fsync(target.fileno())
        part.replace(path)
        return
    options = ("--exit-on-error", "--single-transaction", "--no-owner")
    with _postgres("pg_restore", db, *options, stdin=dump):
        pass
