"""Reading in the background of a web process: two files at a time, each in a child of its own, all from memory.

Progress stands in the draft, so every web process can show it. While jobs run a pulse is written to their drafts; when
the process is killed the pulse stops, and whoever opens the draft next sees that the reading was cut off.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from app.db import Database, for_update, utcnow
from app.errors import BadInput, TooMany
from app.imports import drafts, recognition
from app.imports.drafts import Upload
from app.imports.models import ImportDraft, ImportDraftFile
from app.imports.writing import Fate, readings_of, trial
from app.results.annotate import annotated
from app.tables.reading import Remark, packed
from app.tables.report import FileReport

log = logging.getLogger(__name__)
WORKERS = 2
PULSE_SECONDS = 5
BYTES_AT_ONCE = 256 * 1024**2
UNCHECKED = "Проверить файл не удалось. Загрузите его ещё раз."


@dataclass
class Job:
    """Files of one draft to read; the last to be read sets off the check."""

    draft_id: int
    region: str
    token: str
    uploads: Mapping[int, Upload]
    left: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_last(self) -> bool:
        with self.lock:
            self.left -= 1
            return self.left == 0


class Readers:
    """The pool of one web process; threads begin with the first file, after any fork."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._pool: ThreadPoolExecutor | None = None
        self._jobs: dict[str, Job] = {}
        self._futures: set[Future] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()

    @staticmethod
    def token() -> str:
        return secrets.token_hex(16)

    def room(self, uploads: Sequence[Upload]) -> None:
        """TooMany when the files that already wait leave no memory for these."""
        with self._lock:
            busy = sum(len(upload.data) for job in self._jobs.values() for upload in job.uploads.values())
        if busy and busy + sum(len(upload.data) for upload in uploads) > BYTES_AT_ONCE:
            raise TooMany("Сейчас читаются другие большие таблицы.", advice="Загрузите файлы через минуту.")

    def start(self, draft: ImportDraft, files: Sequence[ImportDraftFile], uploads: Sequence[Upload]) -> None:
        """Reads the waiting ones among the files just added; call it after the draft is committed."""
        waiting = {f.id: u for f, u in zip(files, uploads, strict=True) if f.state == "waiting"}
        if not waiting or draft.reader is None:
            return
        job = Job(draft.id, draft.region, draft.reader, waiting, len(waiting))
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="tables")
            if not self._jobs:
                self._stop = threading.Event()
                threading.Thread(target=self._beat, args=(self._stop,), daemon=True, name="pulse").start()
            self._jobs[job.token] = job
            futures = [self._pool.submit(self._take, job, file_id) for file_id in waiting]
            self._futures |= set(futures)
        for future in futures:
            future.add_done_callback(self._futures.discard)

    def settle(self, timeout: float = 120) -> None:
        """Wait until everything that was begun is read and checked."""
        wait(list(self._futures), timeout=timeout)

    def _beat(self, stop: threading.Event) -> None:
        while not stop.wait(PULSE_SECONDS):
            try:
                with self.db.write() as session:
                    session.execute(
                        sa.update(ImportDraft).where(ImportDraft.reader.in_(list(self._jobs))).values(beat_at=utcnow())
                    )
            except sa.exc.SQLAlchemyError as error:
                log.warning("pulse of reading failed: %s", type(error).__name__)

    def _take(self, job: Job, file_id: int) -> None:
        """One file; texts of failures are not logged, they could quote a table."""
        try:
            _read(self.db, job, file_id)
        except Exception as error:
            log.error("reading of a table failed: %s", type(error).__name__, extra={"draft": job.draft_id})
            _give_up(self.db, job, file_id)
        if not job.is_last():
            return
        try:
            finish(self.db, job)
        except Exception as error:
            log.error("check of tables failed: %s", type(error).__name__, extra={"draft": job.draft_id})
            _give_up(self.db, job)
        finally:
            with self._lock:
                self._jobs.pop(job.token, None)
                if not self._jobs:
                    self._stop.set()


def _own(session: Session, job: Job) -> ImportDraft | None:
    """The draft, locked, unless it was cancelled or taken for dead."""
    own = sa.select(ImportDraft).where(ImportDraft.id == job.draft_id, ImportDraft.reader == job.token)
    return session.scalar(for_update(own))


def _file(session: Session, job: Job, file_id: int) -> ImportDraftFile | None:
    return session.get(ImportDraftFile, file_id) if _own(session, job) else None


def _read(db: Database, job: Job, file_id: int) -> None:
    with db.write() as session:
        file = _file(session, job, file_id)
        if file is None:
            return
        file.state, file.started_at = "reading", utcnow()
    upload = job.uploads[file_id]
    reading = recognition.read_untrusted(upload.data, name=upload.shown)
    with db.write() as session:
        file = _file(session, job, file_id)
        if file is None:
            return
        if reading.fatal:
            file.state, file.fatal = "refused", reading.fatal[:2000]
        else:
            file.state, file.reading = "read", packed(reading)


def _give_up(db: Database, job: Job, file_id: int | None = None) -> None:
    """The file, or all that were read and not checked, are refused; the person may go on."""
    with db.write() as session:
        draft = _own(session, job)
        for file in draft.files if draft else ():
            if file.id == file_id or (file_id is None and file.state in ("read", *drafts.UNREAD)):
                file.state, file.fatal, file.reading = "refused", UNCHECKED, None
        if draft and file_id is None:
            draft.state, draft.reader = "checked", None


def finish(db: Database, job: Job) -> None:
    """The check of the whole draft, copies with marks for the files of this job, then the draft is the person's again."""
    check = Check.of(db, job.draft_id, utcnow())
    copies = {}
    for file_id, fate in check.fates.items():
        if file_id in job.uploads and (fate.report.rejected or fate.report.doubts):
            copies[file_id] = _copy(job.uploads[file_id], fate.report)
    with db.write() as session:
        draft = _own(session, job)
        if draft is None:
            return
        dropped = check.fates.keys() - {file.id for file in draft.files}
        check.save(draft, copies)
    if dropped:
        recheck(db, job.draft_id, utcnow())


def _copy(upload: Upload, report: FileReport) -> bytes | None:
    try:
        return annotated(upload.data, report, name=upload.shown)
    except BadInput:
        return None


@dataclass
class Check:
    """A trial of all files of a draft that were read."""

    fates: dict[int, Fate]
    schools: int

    @classmethod
    def of(cls, db: Database, draft_id: int, now: datetime) -> Check:
        with db.read() as session:
            query = sa.select(ImportDraftFile).where(
                ImportDraftFile.draft_id == draft_id, ImportDraftFile.state == "read"
            )
            files = session.scalars(query.order_by(ImportDraftFile.id).options(undefer(ImportDraftFile.reading))).all()
            region = session.scalar(sa.select(ImportDraft.region).where(ImportDraft.id == draft_id))
        if not files or region is None:
            return cls({}, 0)
        fates, schools = trial(db, region, readings_of(files), now)
        return cls({file.id: fate for file, fate in zip(files, fates, strict=True)}, schools)

    def save(self, draft: ImportDraft, copies: Mapping[int, bytes | None]) -> None:
        """Into the locked draft. A copy whose remarks have changed since it was made is dropped: the list stays."""
        for file in draft.files:
            fate = self.fates.get(file.id)
            if fate is None:
                continue
            made = fate.as_json()
            if file.id in copies:
                file.copy = copies[file.id]
            elif _marks(file.report) != _marks(made):
                file.copy = None
            file.report = made
        draft.summary = {"schools": self.schools}
        draft.state, draft.reader, draft.version = "checked", None, draft.version + 1


def _marks(report: Mapping | None) -> object:
    return report and (report["rejected"], report["doubts"])


def recheck(db: Database, draft_id: int, now: datetime) -> None:
    """Check a draft anew at once, after a file was dropped or the database moved. Nothing is read again."""
    check = Check.of(db, draft_id, now)
    with db.write() as session:
        query = sa.select(ImportDraft).where(ImportDraft.id == draft_id, ImportDraft.reader.is_(None))
        draft = session.scalar(for_update(query))
        if draft is not None and draft.state != "recorded":
            check.save(draft, {})


def rescue(db: Database, draft_id: int, now: datetime) -> None:
    """Take a draft from a process that was killed while reading it."""
    with db.write() as session:
        query = sa.select(ImportDraft).where(ImportDraft.id == draft_id)
        draft = session.scalar(for_update(query))
        if draft is None or not drafts.is_silent(draft, now):
            return
        drafts.release(draft)
    recheck(db, draft_id, now)


def remarks_of(report: Mapping) -> tuple[list[Remark], list[Remark]]:
    """Rejected cells and doubts of a stored report."""
    return [Remark(**r) for r in report["rejected"]], [Remark(**r) for r in report.get("doubts", ())]
