"""The directory of files and the checks before a file is taken in."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import threading
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.errors import BadInput, NotFound
from app.files.models import StoredFile

KINDS: dict[str, tuple[str, bytes]] = {
    ".pdf": ("application/pdf", b"%PDF-"),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    ".odt": ("application/vnd.oasis.opendocument.text", b"PK\x03\x04"),
    ".ods": ("application/vnd.oasis.opendocument.spreadsheet", b"PK\x03\x04"),
    ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    ".png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    ".sig": ("application/pkcs7-signature", b""),
}
UNPACKED_LIMIT, ENTRIES_LIMIT = 600 * 1024**2, 2_000
BLOCK = 1024**2


@dataclass(frozen=True)
class Upload:
    """A file as it came: its name is shown and never used as a path."""

    name: str
    data: bytes


@dataclass(frozen=True)
class FileStore:
    """Bytes by fingerprint under `root`; `scanner` is an optional command that gets the path of a new file.

    `parts` holds files that are still arriving, under names that nobody outside knows.
    """

    root: Path
    limit: int = 60 * 1024**2
    scanner: str = ""

    def check(self, upload: Upload, limit: int = 0) -> str:
        """The media type by content and name; BadInput says what is wrong with the file and what to do."""
        media_type = self.check_name(upload.name, len(upload.data), limit)
        check_content(upload.name, BytesIO(upload.data))
        return media_type

    def check_name(self, name: str, size: int, limit: int = 0, kinds: Iterable[str] = ()) -> str:
        """What can be said of a file before its content is there. `kinds`: endings taken here, all known ones if empty."""
        suffix = Path(name).suffix.lower()
        taken = {f".{kind}" for kind in kinds} or KINDS.keys()
        if suffix not in KINDS or (suffix not in taken and suffix != ".sig"):
            words = "PDF, DOCX, XLSX, ODT, ODS, JPG, PNG"
            raise BadInput(f"Файл «{name}» не принят: вид файла не подходит.", advice=f"Приложите {words}.")
        if not size:
            raise BadInput(f"Файл «{name}» пуст.", advice="Проверьте файл на диске и приложите ещё раз.")
        most = limit or self.limit
        if size > most:
            raise BadInput(f"Файл «{name}» больше {most // 1024**2} МБ.", advice="Сожмите или разделите файл.")
        return KINDS[suffix][0]

    def put(self, data: bytes) -> str:
        """Write bytes once; returns their SHA-256. The file is whole or absent: it is renamed into place."""
        return self.take(BytesIO(data), hashlib.sha256(data).hexdigest())

    def take(self, source: IO[bytes], digest: str) -> str:
        """Keep what `source` holds under its known SHA-256, once. The copy is hashed again: BadInput when it differs."""
        target = self.path(digest)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_suffix(f".{os.getpid()}.{threading.get_ident()}.new")
            try:
                self._write(source, temporary, digest)
                self._scan(temporary)
                temporary.replace(target)
            except BaseException:  # what is half-written takes the room that is lacking
                temporary.unlink(missing_ok=True)
                raise
        return digest

    @staticmethod
    def _write(source: IO[bytes], path: Path, digest: str) -> None:
        with path.open("wb") as stream:
            copied = _copy(source, stream)
            stream.flush()
            os.fsync(stream.fileno())
        if copied != digest:
            raise BadInput("Файл изменился, пока его принимали.", advice="Приложите его ещё раз.")

    def get(self, digest: str) -> bytes:
        try:
            return self.path(digest).read_bytes()
        except FileNotFoundError:
            raise NotFound("Файла нет в хранилище.", advice="Сообщите администратору системы.") from None

    def path(self, digest: str) -> Path:
        return self.root / digest[:2] / digest

    @property
    def parts(self) -> Path:
        return self.root / "parts"

    def _scan(self, path: Path) -> None:
        if not self.scanner:
            return
        found = subprocess.run([*shlex.split(self.scanner), str(path)], capture_output=True, timeout=120)  # noqa: S603
        if found.returncode:
            raise BadInput(
                "Проверка на вирусы не пропустила файл.", advice="Проверьте файл антивирусом и приложите чистую копию."
            )


def _copy(source: IO[bytes], target: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := source.read(BLOCK):
        digest.update(block)
        target.write(block)
    return digest.hexdigest()


def check_start(name: str, start: bytes) -> None:
    """BadInput when the first bytes are not those of the kind that the name promises."""
    magic = KINDS[Path(name).suffix.lower()][1]
    if start[: len(magic)] != magic[: len(start)]:
        raise BadInput(f"Содержимое файла «{name}» не соответствует его виду.", advice="Сохраните файл заново.")


def check_content(name: str, content: IO[bytes]) -> None:
    """BadInput when the content does not fit the name, or an archive unpacks into too much."""
    start = content.read(16)
    check_start(name, start)
    if len(start) < len(KINDS[Path(name).suffix.lower()][1]):
        raise BadInput(f"Содержимое файла «{name}» не соответствует его виду.", advice="Сохраните файл заново.")
    if start.startswith(b"PK"):
        _check_archive(name, content)


def _check_archive(name: str, content: IO[bytes]) -> None:
    try:
        entries = zipfile.ZipFile(content).infolist()
    except zipfile.BadZipFile:
        raise BadInput(f"Файл «{name}» повреждён.", advice="Сохраните файл заново.") from None
    if len(entries) > ENTRIES_LIMIT or sum(e.file_size for e in entries) > UNPACKED_LIMIT:
        raise BadInput(f"Файл «{name}» распаковывается в слишком большой объём.", advice="Разделите файл.")


def shown_name(name: str) -> str:
    """The name as it is shown: without a path and without characters that no name has."""
    return re.sub(r"[\x00-\x1f\x7f]", "", Path(name.replace("\\", "/")).name)[:255]


def attach(
    session: Session,
    store: FileStore,
    upload: Upload,
    *,
    case_id: int,
    task_id: str,
    person_id: int,
    now: datetime,
    limit: int = 0,
) -> StoredFile:
    """Check a file, keep it and attach it to a task of a case. `limit`: bytes at most, else the store's own."""
    media_type = store.check(upload, limit)
    row = StoredFile(
        case_id=case_id,
        task_id=task_id,
        name=shown_name(upload.name),
        media_type=media_type,
        size=len(upload.data),
        sha256=store.put(upload.data),
        uploaded_by=person_id,
        uploaded_at=now,
    )
    session.add(row)
    session.flush()
    return row


_OF_CASE = (
    sa.select(StoredFile.id, StoredFile.name, StoredFile.size)
    .where(StoredFile.case_id == sa.bindparam("case"))
    .order_by(StoredFile.id)
)


def of_case(session: Session, case_id: int) -> dict[int, dict[str, Any]]:
    """Stored files of a case as forms take them: id → name, size in bytes, `stored`: that it may be opened by its id."""
    rows = session.execute(_OF_CASE, {"case": case_id})
    return {row.id: {"name": row.name, "size": row.size, "stored": True} for row in rows}
