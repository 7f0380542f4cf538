"""Files of a task sent in parts by the protocol tus 1.0.0 (https://tus.io): creation, expiration, termination.

Every request is judged as the form itself is: signed in, our own page, the task still put before this person. Without
script the form sends its files as one ordinary request.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from wsgiref.handlers import format_date_time

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import ClientDisconnected

from app.access import current_actor, requires
from app.cases import operations, queries
from app.cases.models import Case
from app.db import utcnow
from app.errors import BadInput, DomainError
from app.files import transfers
from app.files.models import Transfer
from app.people.actor import Actor
from app.regions import Profile
from app.web.parts import system
from app.web.typed import line, number

bp = Blueprint("transfers", __name__)
VERSION = "1.0.0"
BODY = "application/offset+octet-stream"
WRONG_SUM = 460


def rules_of(profile: Profile) -> transfers.Rules:
    """What the region takes in."""
    uploads = profile.uploads
    return transfers.Rules(uploads.limit, uploads.kinds, uploads.at_once, timedelta(hours=uploads.keep_hours))


def tus(view: Callable[..., Response]) -> Callable[..., Response]:
    """Protocol version on both sides; refusals as words that the page shows beside the file."""

    @wraps(view)
    def answer(**given: Any) -> Response:
        if request.headers.get("Tus-Resumable") != VERSION:
            response = Response("Обновите страницу: она устарела.", 412)
            response.headers["Tus-Version"] = VERSION
        else:
            try:
                response = view(**given)
            except transfers.WrongSum as refusal:
                response = Response(f"{refusal.message} {refusal.advice}".strip(), WRONG_SUM)
            except DomainError as refusal:
                response = Response(f"{refusal.message} {refusal.advice}".strip(), refusal.status)
        response.headers["Tus-Resumable"] = VERSION
        response.mimetype = "text/plain"
        return response

    return answer


@bp.post("/tasks/<task_id>/transfers")
@requires("file.write")
@tus
def create(task_id: str) -> Response:
    """Make room for a file of this task: 201 with the address to send parts to."""
    actor, now = current_actor(), utcnow()
    with system().db.read() as session:
        case = _own_task(session, actor, task_id)
    sent = _announced()
    rules = rules_of(system().profile(case.region))
    with system().db.write() as session:
        row = transfers.begin(
            session,
            system().files,
            rules,
            sent,
            case_id=case.id,
            task_id=task_id,
            person_id=actor.person_id,
            now=now,
        )
        answer = Response(status=201)
        answer.headers["Location"] = url_for("transfers.part", transfer_id=row.id)
        answer.headers["Upload-Expires"] = _expires(row, rules)
    return answer


@bp.route("/transfers/<transfer_id>", methods=["HEAD"])
@requires("file.write")
@tus
def part(transfer_id: str) -> Response:
    """How much is there."""
    with system().db.read() as session:
        row, rules = _own(session, current_actor(), transfer_id)
        answer = _state(row, rules, 200)
        answer.headers["Upload-Length"] = str(row.size)
    return answer


@bp.patch("/transfers/<transfer_id>")
@requires("file.write")
@tus
def append(transfer_id: str) -> Response:
    """Take the next part. What came before the line dropped is kept: the sender asks where to go on."""
    if request.mimetype != BODY:
        return Response(status=415)
    actor, offset = current_actor(), number(request.headers.get("Upload-Offset"))
    with system().db.read() as session:
        row, rules = _own(session, actor, transfer_id)
    if offset != row.received:
        return Response("Часть файла не на своём месте.", 409)
    if (request.content_length or 0) > row.size - row.received:
        return Response("Прислано больше, чем весь файл.", 413)
    try:
        got = transfers.receive(system().files, row, _reader(), offset)
    except FileNotFoundError:
        return Response("Принятые части файла потеряны. Выберите файл ещё раз.", 404)
    with system().db.write() as session:
        transfers.advance(session, transfer_id, offset + got, utcnow())
    row.received = max(row.received, offset + got)
    if row.received == row.size:
        row.file_id = transfers.finish(system().db, system().files, transfer_id, utcnow())
    return _state(row, rules, 204)


@bp.delete("/transfers/<transfer_id>")
@requires("file.write")
@tus
def drop(transfer_id: str) -> Response:
    """The sender thinks better of it."""
    actor = current_actor()
    with system().db.write() as session:
        row, _ = _own(session, actor, transfer_id)
        transfers.abandon(session, system().files, row)
    return Response(status=204)


def _own_task(session: Session, actor: Actor, task_id: str) -> Case:
    """The case of a task that is put before the actor now."""
    task, case = queries.visible_task(session, actor, task_id)
    operations.require_holder(session, actor, case, task)
    return case


def _own(session: Session, actor: Actor, transfer_id: str) -> tuple[Transfer, transfers.Rules]:
    row = transfers.find(session, transfer_id, actor.person_id)
    case = _own_task(session, actor, row.task_id)
    return row, rules_of(system().profile(case.region))


def _state(row: Transfer, rules: transfers.Rules, status: int) -> Response:
    answer = Response(status=status)
    answer.headers["Upload-Offset"] = str(row.received)
    answer.headers["Upload-Expires"] = _expires(row, rules)
    if row.file_id is not None:
        answer.headers["Opora-File"] = str(row.file_id)
    return answer


def _expires(row: Transfer, rules: transfers.Rules) -> str:
    end: datetime = row.changed_at + rules.keep
    return format_date_time(end.timestamp())


def _announced() -> transfers.Sent:
    """Length and metadata of creation: `filename`, `field`, `sha256`, each in Base64. BadInput when they make no sense."""
    size, told = number(request.headers.get("Upload-Length")), {}
    try:
        for pair in filter(None, request.headers.get("Upload-Metadata", "").split(",")):
            name, _, text = pair.strip().partition(" ")
            told[name] = line(b64decode(text, validate=True).decode())
    except (binascii.Error, UnicodeDecodeError):
        size = None
    if size is None or not told.get("filename"):
        raise BadInput("Не сказано, какой файл передаётся.", advice="Выберите файл ещё раз.")
    return transfers.Sent(told["filename"], size, told.get("field", ""), told.get("sha256") or None)


def _reader() -> Callable[[int], bytes]:
    """The body in blocks; a sender who went away in the middle is the end of it."""

    def read(size: int) -> bytes:
        try:
            return request.stream.read(size)
        except ClientDisconnected:
            return b""

    return read
