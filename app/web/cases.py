"""Cases: registries by kind, the case's page with its live diagram, people, sub-cases, documents and feed."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.cases import deadlines as terms
from app.cases import feed, openings, operations, queries
from app.cases.models import Case
from app.db import utcnow
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.programmes import pair_work, resources
from app.tables.sheets import XLSX
from app.web import casepage, experts, mentoring, registries
from app.web.files import case_files
from app.web.openings import address
from app.web.parts import KINDS, OWN_PAGES, STATUSES, due_of, system
from app.web.typed import line, number

bp = Blueprint("cases", __name__)
FEED = 15
LONGEST_REASON = 5000


@bp.get("/cases")
@requires("case.read")
def index() -> Any:
    """A registry is the list of cases of one kind; the address keeps the filter."""
    actor = current_actor()
    with system().db.browse() as session:
        shown = registries.listed(session, actor)
    return render_template(
        "cases/list.html",
        section="campaigns" if shown["wanted"].kind == "campaign" else "cases",
        new_url=_new_url(actor, shown["wanted"].kind),
        left=None,
        **shown,
    )


def _new_url(actor: Actor, kind: str) -> str:
    """Where a case is begun: of the kind that the list is of, else of any that the position opens."""
    offered = [one.kind for one in openings.offers(system(), actor)]
    if kind in offered:
        return address(kind)
    return url_for("openings.index") if offered and not kind else ""


@bp.get("/cases.xlsx")
@requires("list.export")
def export() -> Response:
    """The same selection as a sheet."""
    with system().db.browse() as session:
        data, name = registries.exported(session, current_actor())
    return send_file(BytesIO(data), mimetype=XLSX, as_attachment=True, download_name=name)


@bp.get("/cases/<int:case_id>")
@requires("case.read")
def show(case_id: int) -> Any:
    actor, now = current_actor(), utcnow()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        subject = session.get_one(Organisation, case.subject_id)
        tasks = queries.case_tasks(session, case.id)
        deadlines = queries.case_deadlines(session, case.id)
        among = casepage.feed_of(session, case, actor)
        events = feed.events(session, case.id, limit=FEED, among=among)
        return render_template(
            "cases/show.html",
            case={
                "title": case.title,
                "caption": casepage.caption(case),
                "full_name": "" if subject.name in case.title else subject.name,
                "facts": [*casepage.facts(session, system(), case), *_pauses(session, case), *_joined(case)],
                "status": STATUSES[case.status],
            },
            crumbs=casepage.crumbs(session, actor, case),
            stages=casepage.stage_bar(session, system(), case),
            why=casepage.reason(session, system(), case, now),
            deadline=casepage.nearest(case, deadlines, now),
            terms=casepage.terms(case, deadlines, now),
            tasks=[_task(t, case, now) for t in tasks if policy.holds_task(actor, t.Task)],
            diagram=_diagram(session, case),
            events=events,
            older=_older(session, case, among, events),
            people=casepage.people(session, system(), case, tasks, now, actor),
            documents=casepage.documents(session, case, actor),
            files=case_files(session, case),
            tree=casepage.tree(session, system(), case, actor),
            actions=[
                *_actions(actor, case),
                *_of_kind(session, actor, case),
                *experts.offers(session, actor, case, tasks, now),
            ],
        )


def _joined(case: Case) -> list[str]:
    """After a reorganisation two cases may be one: each says where the other history is."""
    into = [f"присоединено к делу № {case.data['joined_to']}"] if case.data.get("joined_to") else []
    return into + [f"с ним объединено дело № {one}" for one in case.data.get("joined", ())]


def _pauses(session: Session, case: Case) -> list[str]:
    return [f"пауза {p.since:%d.%m}–{p.until or p.since:%d.%m.%Y}: {p.basis}" for p in terms.pauses(session, case.id)]


def _older(session: Session, case: Case, among: dict[int, str], events: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The way to what the feed's first page leaves out."""
    more = feed.count(session, case.id, events[-1]["seq"], among) if events else 0
    return {"url": url_for("cases.history", case_id=case.id), "count": more} if more > 0 else None


def _task(row: Any, case: Case, now: Any) -> dict[str, Any]:
    return {
        "url": url_for("tasks.show", task_id=row.Task.id),
        "name": row.Task.name,
        "due": due_of(case.region, row.Task.due_at, now),
        "others": row.organisation,
    }


def _diagram(session: Session, case: Case) -> dict[str, Any]:
    return {
        "xml": url_for("cases.diagram", case_id=case.id),
        "state": url_for("cases.state", case_id=case.id),
        "steps": feed.steps(session, system(), case),
        "every": 15 if case.status == "open" else 0,
    }


def _actions(actor: Actor, case: Case) -> list[dict[str, str]]:
    """What the reader may do with the whole case; each leads to a page that asks for the reason."""
    offered = (
        ("case.pause", "pauses.pause", "Поставить на паузу"),
        ("case.cancel", "cases.cancel", "Закрыть дело решением"),
    )
    page = (
        [{"url": url_for(OWN_PAGES[case.kind][0], case_id=case.id), "text": OWN_PAGES[case.kind][1]}]
        if case.kind in OWN_PAGES
        else []
    )
    if case.status != "open":
        return page
    return [
        *page,
        *mentoring.offers(actor, case),
        *(
            {"url": url_for(endpoint, case_id=case.id), "text": text}
            for action, endpoint, text in offered
            if policy.may(actor, action, case)
        ),
    ]


def _of_kind(session: Session, actor: Actor, case: Case) -> list[dict[str, str]]:
    """What cases of one kind offer beside the steps of their diagram."""
    if case.kind == "support_cycle":
        return [{"url": url_for("support.card", case_id=case.id), "text": "Карточка сопровождения (PDF)"}]
    if pair_work.may_stop(session, actor, case):
        return [{"url": url_for("pairs.stop", case_id=case.id), "text": "Прекратить работу пары"}]
    if resources.may_report_early(session, actor, case):
        return [{"url": url_for("roadmaps.used_early", case_id=case.id), "text": "Сообщить о пользе раньше срока"}]
    return []


@bp.route("/cases/<int:case_id>/cancel", methods=["GET", "POST"])
@requires("case.cancel")
def cancel(case_id: int) -> Any:
    """Closing a case by decision is confirmed with a reason; nothing is deleted."""
    actor = current_actor()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        policy.require(actor, "case.cancel", case)
    reason = line(request.form.get("reason"))[:LONGEST_REASON]
    if request.method == "POST" and reason:
        operations.cancel_case(system(), case_id, "decision", reason, actor=actor, now=utcnow())
        flash("Дело закрыто. Всё сделанное в нём сохранено.", "success")
        return redirect(url_for("cases.show", case_id=case_id), 303)
    return render_template("cases/cancel.html", case=case, missing=request.method == "POST")


@bp.get("/cases/<int:case_id>/feed")
@requires("case.read")
def history(case_id: int) -> Any:
    """Everything that happened in the case, newest first, by pages."""
    actor, before = current_actor(), number(request.args.get("cursor"))
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        among = casepage.feed_of(session, case, actor)
        events = feed.events(session, case.id, limit=50, before=before, among=among)
        older = _older(session, case, among, events)
        status = STATUSES[case.status]
    return render_template(
        "cases/feed.html",
        case={"title": case.title, "caption": KINDS.get(case.kind, ""), "facts": [], "status": status},
        crumbs=[(case.title, url_for("cases.show", case_id=case.id))],
        page_title="Лента дела",
        events=events,
        words=f"Показано событий: {len(events)}",
        next_url=url_for("cases.history", case_id=case.id, cursor=events[-1]["seq"]) if older else "",
        left=None,
    )


@bp.get("/cases/<int:case_id>/diagram.bpmn")
@requires("case.read")
def diagram(case_id: int) -> Response:
    """The drawing that this very case runs on."""
    with system().db.read() as session:
        case = queries.visible_case(session, current_actor(), case_id)
        definition = system().pinned(session, case)
    response = Response(definition.files[f"{case.kind}.bpmn"], mimetype="application/xml")
    response.set_etag(definition.hash)
    response.make_conditional(request)
    return response


@bp.get("/cases/<int:case_id>/state")
@requires("case.read")
def state(case_id: int) -> Any:
    """Where the case is on its drawing."""
    with system().db.read() as session:
        case = queries.visible_case(session, current_actor(), case_id)
        elements = feed.elements(session, system(), case)
    response = jsonify(elements=elements, done=case.status != "open")
    response.set_etag(f"{case.id}-{case.version}")
    return response.make_conditional(request)
