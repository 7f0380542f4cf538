"""The journal for auditors: what happened by person, period and case; the check of the whole chain."""

from __future__ import annotations

from typing import Any

import orjson
import sqlalchemy as sa
from flask import Blueprint, render_template, request, url_for

from app import journal
from app.access import current_actor, requires
from app.documents import witnesses
from app.journal.models import Event
from app.journal.titles import TITLES, title
from app.people import policy
from app.people.models import Person
from app.web.parts import system
from app.web.typed import number

bp = Blueprint("journal", __name__)
PAGE = 50


@bp.get("/journal")
@requires("journal.read")
def index() -> Any:
    """Records of the actor's region, newest first; `case` and `kind` narrow them."""
    actor, before = current_actor(), number(request.args.get("cursor"))
    case_id, kind = number(request.args.get("case")), request.args.get("kind", "").strip()
    where = [policy.scope(actor, Event)]
    if case_id:
        where.append(Event.case_id == case_id)
    if kind:
        where.append(Event.kind == kind)
    if before:
        where.append(Event.seq < before)
    with system().db.browse() as session:
        found = (
            sa.select(Event, Person)
            .outerjoin(Person, Person.id == Event.person_id)
            .where(*where)
            .order_by(Event.seq.desc())
            .limit(PAGE)
        )
        rows = [_row(event, person) for event, person in session.execute(found)]
        end = journal.head(session)
    last = rows[-1]["seq"] if len(rows) == PAGE else None
    return render_template(
        "journal/list.html",
        rows=rows,
        head={"seq": end.seq, "hash": end.hash.hex()},
        filter={"case": case_id or "", "kind": kind},
        kinds=sorted(TITLES.items(), key=lambda item: item[1]),
        next_url=url_for("journal.index", cursor=last, case=case_id, kind=kind or None) if last else "",
    )


def _row(event: Event, person: Person | None) -> dict[str, Any]:
    body = orjson.loads(event.body)
    return {
        "seq": event.seq,
        "at": event.at,
        "kind": event.kind,
        "title": title(event.kind),
        "who": person.listed_name if person else "система",
        "case": event.case_id,
        "data": orjson.dumps(body["data"], option=orjson.OPT_INDENT_2).decode(),
        "hash": event.hash.hex(),
    }


@bp.post("/journal/verify")
@requires("journal.verify")
def verify() -> Any:
    """Walk the whole chain and compare it with what is printed on documents."""
    with system().db.read() as session:
        report = journal.verify(session, witnesses.printed_heads(session))
    return render_template("journal/verified.html", report=report)
