"""Loading of tables: files, check, writing. Uploads live in memory until they are read; only readings are staged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any, cast

import sqlalchemy as sa
from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.db import utcnow
from app.errors import BadInput, Conflict, NotFound, Refused, TooMany
from app.imports import drafts, pool, writing
from app.imports.drafts import Upload
from app.imports.models import ImportDraft
from app.imports.pool import Readers
from app.people import policy
from app.results.annotate import annotate
from app.results.models import ImportFile
from app.tables.sheets import XLSX
from app.web import import_pages as pages
from app.web.parts import SYSTEM, people_of, system
from app.web.typed import number

bp = Blueprint("imports", __name__)
PAGE = 30
READERS = "imports"


def _join(state: BlueprintSetupState) -> None:
    state.app.extensions[READERS] = Readers(state.app.extensions[SYSTEM].db)


bp.record_once(_join)


def _readers() -> Readers:
    return cast(Readers, current_app.extensions[READERS])


def _uploads() -> list[Upload]:
    sent = [storage for storage in request.files.getlist("files") if storage.filename]
    return [Upload(storage.filename or "", cast(BytesIO, storage.stream).getvalue()) for storage in sent]


# history ------------------------------------------------------------------------------------------------------------


@bp.get("/imports")
@requires("import.read")
def index() -> Any:
    """Files loaded for the region, newest first."""
    actor, before, now = current_actor(), number(request.args.get("cursor")), utcnow()
    where = [policy.scope(actor, ImportFile)]
    with system().db.read() as session:
        total = session.scalar(sa.select(sa.func.count()).select_from(ImportFile).where(*where)) or 0
        query = sa.select(ImportFile).where(*where, *([ImportFile.id < before] if before else []))
        found = session.scalars(query.order_by(ImportFile.id.desc()).limit(PAGE + 1)).all()
        who = people_of(session, (file.loaded_by for file in found))
        may_write = policy.may(actor, "import.write")
        mine = drafts.unfinished(session, actor, now) if may_write else []
    shown = found[:PAGE]
    more = url_for("imports.index", cursor=shown[-1].id) if len(found) > PAGE else ""
    return render_template(
        "imports/list.html",
        rows=[pages.history_row(file, who) for file in shown],
        unfinished=pages.unfinished_rows(mine),
        words=f"Показано {len(shown)} из {total}",
        next_url=more,
        new_url=url_for("imports.new") if may_write else "",
    )


@bp.get("/imports/files/<int:file_id>")
@requires("import.read")
def file(file_id: int) -> Any:
    """One loaded file: what was taken, what was not and why, its earlier and later versions."""
    with system().db.read() as session:
        row = _readable(session, file_id)
        later = session.get(ImportFile, row.superseded_by) if row.superseded_by else None
        earlier = session.scalars(
            sa.select(ImportFile).where(ImportFile.superseded_by == row.id).order_by(ImportFile.id)
        ).all()
        who = people_of(session, [row.loaded_by]).get(row.loaded_by or 0, "система")
    return render_template("imports/file.html", **pages.card(row, who=who, later=later, earlier=earlier))


@bp.get("/imports/files/<int:file_id>/remarks")
@requires("import.read")
def file_remarks(file_id: int) -> Response:
    """The list of refused cells of a loaded file; the file itself is not kept, so there is no copy of its rows."""
    with system().db.read() as session:
        row = _readable(session, file_id)
    made = annotate(b"", row.name, rejected=list(row.report.get("rejected", ())), doubts=[])
    return _download(made, row.name)


def _readable(session: Session, file_id: int) -> ImportFile:
    row = session.scalar(
        sa.select(ImportFile).where(ImportFile.id == file_id, policy.scope(current_actor(), ImportFile))
    )
    if row is None:
        raise NotFound("Такого файла нет.")
    return row


# step one -----------------------------------------------------------------------------------------------------------


@bp.get("/imports/new")
@requires("import.write")
def new() -> Any:
    return _new_page([])


def _new_page(errors: list[str]) -> str:
    actor = current_actor()
    with system().db.read() as session:
        campaign = writing.campaign_of(session, actor.region)
        mine = drafts.unfinished(session, actor, utcnow())
        total = session.scalar(
            sa.select(sa.func.count()).select_from(ImportFile).where(policy.scope(actor, ImportFile))
        )
    return render_template(
        "imports/new.html",
        caption=campaign.title if campaign else "",
        hint=pages.hint(_limit()),
        history={"title": f"Прежние загрузки ({total})", "url": url_for("imports.index")},
        unfinished=pages.unfinished_rows(mine),
        errors=errors,
    )


def _limit() -> int:
    return current_app.extensions["settings"].upload_limit_mb


@bp.post("/imports")
@bp.post("/imports/new")
@requires("import.write")
def create() -> Any:
    """Take files and begin to read them; the answer is the page where the reading is seen."""
    actor, now, uploads, readers = current_actor(), utcnow(), _uploads(), _readers()
    try:
        readers.room(uploads)
        with system().db.write() as session:
            draft = drafts.create(session, actor, uploads, readers.token(), now)
            files = list(draft.files)
    except (BadInput, TooMany) as refusal:
        return _new_page([refusal.message, refusal.advice]), refusal.status
    readers.start(draft, files, uploads)
    return redirect(url_for("imports.show", draft_id=draft.id), 303)


# steps two and three ------------------------------------------------------------------------------------------------


def _load(draft_id: int, now: datetime) -> ImportDraft:
    """The actor's own draft; one left by a killed process is taken up."""
    actor, db = current_actor(), system().db
    with db.read() as session:
        draft = drafts.mine(session, actor, draft_id, now)
    if drafts.is_silent(draft, now):
        pool.rescue(db, draft.id, now)
        with db.read() as session:
            draft = drafts.mine(session, actor, draft_id, now)
    return draft


@bp.get("/imports/<int:draft_id>")
@requires("import.write")
def show(draft_id: int) -> Any:
    """The check while it goes on and when it is done; after the writing, what was written."""
    draft = _load(draft_id, utcnow())
    if draft.state == "recorded":
        return _written_page(draft)
    return _check_page(draft)


def _check_page(draft: ImportDraft, *, confirm_error: str = "", errors: list[str] | None = None) -> str:
    with system().db.read() as session:
        campaign = writing.campaign_of(session, draft.region)
    return render_template(
        "imports/show.html",
        caption=campaign.title if campaign else "",
        history={"title": "Прежние загрузки", "url": url_for("imports.index")},
        hint=pages.hint(_limit()),
        checks=[] if draft.reader else pages.checks(draft),
        confirm_error=confirm_error,
        errors=errors or [],
        add_url=url_for("imports.change", draft_id=draft.id),
        version=draft.version,
        **_files(draft),
        **pages.verdict(draft),
    )


def _files(draft: ImportDraft) -> dict[str, Any]:
    return {
        "files": pages.file_rows(draft, utcnow()),
        "reading": bool(draft.reader),
        "overall": pages.overall(draft),
        "live_url": url_for("imports.files", draft_id=draft.id),
    }


def _written_page(draft: ImportDraft) -> str:
    campaign = url_for("cases.show", case_id=draft.case_id) if draft.case_id else ""
    return render_template(
        "imports/done.html",
        campaign_url=campaign,
        new_url=url_for("imports.new"),
        history_url=url_for("imports.index"),
        **pages.written(draft),
    )


@bp.get("/imports/<int:draft_id>/files")
@requires("import.write")
def files(draft_id: int) -> Response:
    """The live part; when the reading ends the whole page is asked for, because totals appear on it."""
    draft = _load(draft_id, utcnow())
    answer = make_response(render_template("imports/_files.html", fragment=True, **_files(draft)))
    if not draft.reader:
        answer.headers["HX-Refresh"] = "true"
    return answer


@bp.get("/imports/<int:draft_id>/annotated/<int:file_id>")
@requires("import.write")
def annotated(draft_id: int, file_id: int) -> Response:
    """The table with marked cells and without columns of people; the list of remarks alone when there is no copy."""
    with system().db.read() as session:
        draft = drafts.mine(session, current_actor(), draft_id, utcnow())
        row = next((file for file in draft.files if file.id == file_id), None)
        if row is None or row.state != "read" or row.report is None:
            raise NotFound("Такой копии нет.")
        copy, report = row.copy, row.report
    made = copy or annotate(b"", row.name, rejected=report["rejected"], doubts=report["doubts"])
    return _download(made, row.name)


def _download(content: bytes, name: str) -> Response:
    answer = make_response(content)
    answer.mimetype = XLSX
    answer.headers.set(
        "Content-Disposition", "attachment", filename=f"Замечания – {name.rpartition('.')[0] or name}.xlsx"
    )
    return answer


@bp.post("/imports/<int:draft_id>")
@requires("import.write")
def change(draft_id: int) -> Any:
    """Write, add files, take a file out, cancel."""
    now, wanted = utcnow(), request.form.get("do", "")
    draft = _load(draft_id, now)
    if "drop" in request.form:
        return _drop(draft, now)
    moves: dict[str, Callable[[ImportDraft, datetime], Any]] = {"record": _record, "add": _add, "cancel": _cancel}
    if wanted not in moves:
        raise BadInput("Не понято, что сделать с загрузкой.", advice="Вернитесь и нажмите кнопку на странице.")
    return moves[wanted](draft, now)


def _back(draft_id: int) -> Any:
    return redirect(url_for("imports.show", draft_id=draft_id), 303)


def _record(draft: ImportDraft, now: datetime) -> Any:
    """All chosen files in one transaction; pressed twice, it shows what the first press wrote."""
    actor, agreed = current_actor(), request.form.get("agree") == "y"
    try:
        with system().db.write() as session:
            mine = drafts.mine(session, actor, draft.id, now, lock=True)
            if mine.state != "recorded":
                version = number(request.form.get("version")) or 0
                writing.record(session, mine, version=version, agreed=agreed, actor=actor, now=now)
    except Conflict as changed:
        pool.recheck(system().db, draft.id, now)
        flash(changed.message, "warning")
    except Refused as refusal:
        return _check_page(draft, confirm_error=refusal.message), refusal.status
    return _back(draft.id)


def _add(draft: ImportDraft, now: datetime) -> Any:
    uploads, readers = _uploads(), _readers()
    try:
        readers.room(uploads)
        with system().db.write() as session:
            mine = drafts.mine(session, current_actor(), draft.id, now, lock=True)
            added = drafts.add(session, mine, uploads, readers.token(), now)
    except (BadInput, TooMany, Conflict) as refusal:
        return _check_page(draft, errors=[refusal.message, refusal.advice]), refusal.status
    readers.start(mine, added, uploads)
    return _back(draft.id)


def _drop(draft: ImportDraft, now: datetime) -> Any:
    with system().db.write() as session:
        mine = drafts.mine(session, current_actor(), draft.id, now, lock=True)
        drafts.drop(session, mine, number(request.form.get("drop")) or 0)
        reading = mine.reader is not None
    if not reading:
        pool.recheck(system().db, draft.id, now)
    return _back(draft.id)


def _cancel(draft: ImportDraft, now: datetime) -> Any:
    with system().db.write() as session:
        mine = drafts.mine(session, current_actor(), draft.id, now, lock=True)
        drafts.settled(mine) if mine.state == "recorded" else drafts.cancel(session, mine)
    flash("Загрузка отменена, ничего не записано.", "success")
    return redirect(url_for("imports.index"), 303)
