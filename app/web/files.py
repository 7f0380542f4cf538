"""A stored file of a case: given to be saved, never shown in the page, to whoever may read the case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, render_template, send_file, url_for
from sqlalchemy.orm import Session

import forms
from app.access import current_actor, requires
from app.cases import attached, queries
from app.cases.models import Case
from app.engine import Card
from app.errors import NotFound
from app.files.models import StoredFile
from app.web.parts import system
from forms.attached import places

bp = Blueprint("files", __name__)
LISTED, MOST = 12, 2000


@bp.get("/files/<int:file_id>")
@requires("file.read")
def download(file_id: int) -> Response:
    """The bytes as they were sent, under their name, as a download: nothing of it runs as a page of this site."""
    with system().db.read() as session:
        row = attached.readable(session, current_actor(), file_id)
        name, media_type, path = row.name, row.media_type, system().files.path(row.sha256)
    if not path.is_file():
        raise NotFound("Файла нет в хранилище.", advice="Сообщите администратору системы.")
    answer = send_file(path, mimetype=media_type, as_attachment=True, download_name=name, etag=False, conditional=False)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/cases/<int:case_id>/files")
@requires("case.read")
def index(case_id: int) -> Any:
    """Everything that was sent in the case with its forms, newest first."""
    with system().db.read() as session:
        case = queries.visible_case(session, current_actor(), case_id)
        files, count = attached.of_case(session, case.id, MOST)
        return render_template(
            "cases/files.html",
            page_title="Файлы дела",
            caption=case.title,
            crumbs=[(case.title, url_for("cases.show", case_id=case.id))],
            files=[_line(row, who) for row, who in files],
            count=count,
        )


def case_files(session: Session, case: Case) -> dict[str, Any]:
    """The newest files of a case, for its page and the pages of its tasks."""
    files, count = attached.of_case(session, case.id, LISTED)
    more = url_for("files.index", case_id=case.id) if count > LISTED else ""
    return {"list": [_line(row, who) for row, who in files], "count": count, "url": more}


def with_files(cards: Iterable[Card]) -> bool:
    """Whether any form of these steps takes files: else a page need not ask for them."""
    return any(places(card.form) for card in cards if card.form in forms.KEYS)


def _line(row: StoredFile, who: str) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "size": row.size, "who": who, "at": row.sent_at}
