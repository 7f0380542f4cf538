"""Processes and cases: what runs, what may be opened, where a case is and what happened in it."""

from __future__ import annotations

from datetime import datetime

import orjson
import sqlalchemy as sa
from flask import Response, request
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.api import openings, rows, schemas
from app.api.contract import JSON, respond
from app.api.idempotency import HEADER, Once
from app.api.parts import PREFIX, endpoint, system
from app.cases import feed, operations, queries
from app.cases.models import Case
from app.db import utcnow
from app.journal.models import Event
from app.people import policy
from app.people.actor import Actor
from app.people.models import Person

TAG = "Дела"
XML = "application/xml"


@endpoint("GET", "/processes", tag="Процессы", answer=schemas.ProcessList)
@requires("workflow.read")
def processes() -> schemas.ProcessList:
    """Процессы и кто их открывает."""
    actor, found = current_actor(), []
    for key in sorted(system().catalogue.processes()):
        definition = system().catalogue.definition(key)
        found.append(
            schemas.ProcessOut(
                key=key,
                name=definition.name,
                version=definition.hash,
                documentation=definition.documentation,
                may_open=actor.role in system().handlers.openers.get(key, ()) and policy.may(actor, "case.open"),
            )
        )
    return schemas.ProcessList(items=found)


@endpoint("GET", "/cases", tag=TAG, query=schemas.CaseQuery, answer=schemas.CasePage)
@requires("case.read")
def list_cases(query: schemas.CaseQuery) -> schemas.CasePage:
    """Дела, которые вам видны, новые первыми."""
    with system().db.read() as session:
        return rows.case_page(session, current_actor(), query)


@endpoint(
    "POST",
    "/cases",
    tag=TAG,
    body=schemas.OpenCase,
    answer=schemas.CaseDetail,
    status=201,
    headers=(HEADER,),
    gives=("Location",),
    refuses=(404, 409),
)
@requires("case.open")
def open_case(body: schemas.OpenCase) -> Response:
    """Открыть дело об организации."""
    actor, now = current_actor(), utcnow()
    once = Once.of_request(system(), actor)
    return once.run(lambda: _open(body, once, actor, now))


def _open(body: schemas.OpenCase, once: Once, actor: Actor, now: datetime) -> Response:
    with system().db.read() as session:
        wanted = openings.check(session, system(), actor, body, now)
    answers: list[schemas.CaseDetail] = []

    def note(session: Session, case_id: int) -> None:
        session.flush()
        answers.append(rows.case_detail(session, system(), actor, session.get_one(Case, case_id), now))
        once.keep(session, answers[0], 201, now)

    case_id = operations.open_case(
        system(),
        wanted.kind,
        wanted.subject_id,
        wanted.school_year,
        wanted.data,
        actor=actor,
        now=now,
        parent_id=wanted.parent_id,
        note=note,
    )
    return respond(answers[0], 201, Location=f"{PREFIX}/cases/{case_id}")


@endpoint("GET", "/cases/{case_id}", tag=TAG, answer=schemas.CaseDetail)
@requires("case.read")
def show_case(case_id: int) -> schemas.CaseDetail:
    """Дело: чего ждёт, открытые задачи, сроки с основаниями, документы, вложенные дела."""
    actor = current_actor()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        return rows.case_detail(session, system(), actor, case, utcnow())


@endpoint("GET", "/cases/{case_id}/journal", tag=TAG, query=schemas.EventQuery, answer=schemas.EventPage)
@requires("case.read")
def case_journal(case_id: int, query: schemas.EventQuery) -> schemas.EventPage:
    """Что происходило в деле, новое первым.

    Технические записи и данные записей видят те, кому открыт сам журнал.
    """
    actor = current_actor()
    with system().db.read() as session:
        queries.visible_case(session, actor, case_id)
        whole = policy.may(actor, "journal.read")
        where = [Event.case_id == case_id]
        if not whole:
            where.append(Event.kind.in_(feed.SHOWN))
        if query.cursor:
            where.append(Event.seq < int(query.cursor))
        found = session.execute(
            sa.select(Event, Person)
            .outerjoin(Person, Person.id == Event.person_id)
            .where(*where)
            .order_by(Event.seq.desc())
            .limit(rows.SIZE + 1)
        ).all()
    following = str(found[rows.SIZE - 1].Event.seq) if len(found) > rows.SIZE else None
    return schemas.EventPage(items=[_event(*row, whole) for row in found[: rows.SIZE]], next=following)


def _event(event: Event, person: Person | None, whole: bool) -> schemas.EventOut:
    data = orjson.loads(event.body)["data"]
    return schemas.EventOut(
        seq=event.seq,
        at=event.at,
        kind=event.kind,
        title=feed.title(event.kind, data) if event.kind in feed.SHOWN else event.kind,
        actor=person.listed_name if person else None,
        data=data if whole else None,
        hash=event.hash.hex(),
    )


@endpoint("GET", "/cases/{case_id}/diagram", tag=TAG, answer=schemas.DiagramOut, media=(JSON, XML))
@requires("case.read")
def case_diagram(case_id: int) -> Response:
    """Схема, по которой идёт именно это дело: BPMN, а для Accept: application/json – вместе с местом дела на ней."""
    with system().db.read() as session:
        case = queries.visible_case(session, current_actor(), case_id)
        definition = system().pinned(session, case)
        if request.accept_mimetypes.best_match([XML, JSON]) != JSON:
            return Response(definition.xml, mimetype=XML)
        marks = [schemas.MarkOut.model_validate(mark) for mark in feed.elements(session, system(), case)]
    text = definition.xml.decode()
    return respond(schemas.DiagramOut(process=case.kind, version=definition.hash, xml=text, elements=marks))
