"""The directory of files and the checks before a file is taken in."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

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


@dataclass(frozen=True)
class Upload:
    """A file as it came: its name is shown and never used as a path."""

    name: str
    data: bytes


@dataclass(frozen=True)
class FileStore:
    """Bytes by fingerprint under `root`; `scanner` is an optional command that gets the path of a new file."""

    root: Path
    limit: int = 20 * 1024**2
    scanner: str = ""

    def check(self, upload: Upload) -> str:
        """The media type by content and name; BadInput says what is wrong with the file and what to do."""
        suffix = Path(upload.name).suffix.lower()
        if suffix not in KINDS:
            kinds = "PDF, DOCX, XLSX, ODT, ODS, JPG, PNG"
            raise BadInput(f"Файл «{upload.name}» не принят: вид файла не подходит.", advice=f"Приложите {kinds}.")
        if not upload.data:
            raise BadInput(f"Файл «{upload.name}» пуст.", advice="Проверьте файл на диске и приложите ещё раз.")
        if len(upload.data) > self.limit:
            size = self.limit // 1024**2
            raise BadInput(f"Файл «{upload.name}» больше {size} МБ.", advice="Сожмите или разделите файл.")
        media_type, magic = KINDS[suffix]
        if not upload.data.startswith(magic):
            raise BadInput(
                f"Содержимое файла «{upload.name}» не соответствует его виду.", advice="Сохраните файл заново."
            )
        if magic.startswith(b"PK"):
            _check_archive(upload)
        return media_type

    def put(self, data: bytes) -> str:
        """Write bytes once; returns their SHA-256. The file is whole or absent: it is renamed into place."""
        digest = hashlib.sha256(data).hexdigest()
        target = self.path(digest)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_suffix(f".{os.getpid()}.new")
            with temporary.open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            self._scan(temporary)
            temporary.replace(target)
        return digest

    def get(self, digest: str) -> bytes:
        try:
            return self.path(digest).read_bytes()
        except FileNotFoundError:
            raise NotFound("Файла нет в хранилище.", advice="Сообщите администратору системы.") from None

    def path(self, digest: str) -> Path:
        return self.root / digest[:2] / digest

    def _scan(self, path: Path) -> None:
        if not self.scanner:
            return
        found = subprocess.run([*shlex.split(self.scanner), str(path)], capture_output=True, timeout=120)  # noqa: S603
        if found.returncode:
            path.unlink()
            raise BadInput(
                "Проверка на вирусы не пропустила файл.", advice="Проверьте файл антивирусом и приложите чистую копию."
            )


def _check_archive(upload: Upload) -> None:
    try:
        entries = zipfile.ZipFile(BytesIO(upload.data)).infolist()
    except zipfile.BadZipFile:
        raise BadInput(f"Файл «{upload.name}» повреждён.", advice="Сохраните файл заново.") from None
    if len(entries) > ENTRIES_LIMIT or sum(e.file_size for e in entries) > UNPACKED_LIMIT:
        raise BadInput(f"Файл «{upload.name}» распаковывается в слишком большой объём.", advice="Разделите файл.")


def shown_name(name: str) -> str:
    """The name as it is shown: without a path and without characters that no name has."""
    return re.sub(r"[\x00-\x1f\x7f]", "", Path(name.replace("\\", "/")).name)[:255]


def attach(
    session: Session, store: FileStore, upload: Upload, *, case_id: int, task_id: str, person_id: int, now: datetime
) -> StoredFile:
    """Check a file, keep it and attach it to a task of a case."""
    media_type = store.check(upload)
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


def stored(session: Session, ids: Iterable[int], case_id: int) -> list[StoredFile]:
    """The files of a case by their ids; foreign ids are not found."""
    wanted = list(ids)
    found = session.scalars(sa.select(StoredFile).where(StoredFile.id.in_(wanted), StoredFile.case_id == case_id)).all()
    if len(found) != len(set(wanted)):
        raise NotFound("Один из приложенных файлов не найден в деле.", advice="Приложите файл ещё раз.")
    return list(found)
