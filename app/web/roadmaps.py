"""A school's programme as a page: rows by risk with their execution and remarks; two editions row by row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.access import current_actor, requires
from app.cases import attached, queries
from app.cases.models import Case
from app.db import utcnow
from app.errors import NotAllowed, NotFound
from app.people import policy
from app.people.actor import Actor
from app.people.models import Person
from app.programmes import assignments, drafting, plans, resources, roadmap, stage_rows
from app.programmes.models import PlanRow
from app.programmes.plan_models import AssignmentCard, Roadmap, RoadmapEdition
from app.web.parts import STATUSES, people_of, system
from app.web.typed import line, number
from forms.values import show_number

bp = Blueprint("roadmaps", __name__)
LONGEST = 5000
KINDS = {"same": "без изменений", "changed": "изменена", "added": "добавлена", "dropped": "исключена"}


def _found(session: Session, case_id: int, actor: Actor) -> tuple[Case, Roadmap]:
    case = queries.visible_case(session, actor, case_id)
    found = session.get(Roadmap, case.id)
    if found is None:
        raise NotFound("Программы в этом деле ещё нет.", advice="Она появится, когда школа отправит первую редакцию.")
    return case, found


@bp.get("/programmes/<int:case_id>")
@requires("case.read")
def show(case_id: int) -> Any:
    actor = current_actor()
    with system().db.read() as session:
        case, found = _found(session, case_id, actor)
        today = system().calendar(case.region).local(utcnow())
        sections = _sections(session, case, found, today)
        own = actor.organisation_id == case.subject_id and actor.role in policy.SCHOOL
        return render_template(
            "roadmaps/show.html",
            case={"id": case.id, "title": case.title, "url": url_for("cases.show", case_id=case.id)},
            page_title=found.title,
            crumbs=[(case.title, url_for("cases.show", case_id=case.id))],
            status=STATUSES[case.status],
            facts=_facts(found),
            numbers=_numbers(sections),
            sections=sections,
            leaderless=[row.number for row in plans.leaderless(session, found, today)],
            editions=_editions(session, found),
            may_amend=own and case.status == "open" and found.approved_edition is not None,
            may_comment=policy.may(actor, "case.comment", case),
            own=own,
        )


def _facts(found: Roadmap) -> list[str]:
    state = f"действует редакция {found.approved_edition}" if found.approved_edition else "ещё не утверждена"
    if found.approved_edition and found.approved_edition != found.edition:
        state += f", готовится редакция {found.edition}"
    return [state, f"{found.starts_on:%d.%m.%Y} – {found.ends_on:%d.%m.%Y}"]


def _sections(session: Session, case: Case, found: Roadmap, today: date) -> list[dict[str, Any]]:
    profile = system().profile(case.region)
    data, words = plans.passport(session, case.id, found.edition), drafting.labels(profile)
    cards, remarks = plans.execution(session, case.id), _remarks(session, case.id)
    rows = plans.rows(session, case.id)
    people = _people(session, rows)
    aims = data.get("targets", ())
    files = attached.by_ids(session, (key for card in cards.values() for key in _evidence(card)))
    unbegun = assignments.unbegun(session, [card.case_id for card in cards.values()])
    made = [_row(row, cards.get(row.id), people, aims, remarks.get(row.number, ()), today) for row in rows]
    for one in made:
        one["waits"] = one["case_id"] in unbegun
    made = [{**one, **_proofs(cards.get(row.id), files)} for one, row in zip(made, rows, strict=True)]
    return [
        {
            "risk": words.get(one["factor"], one["factor"]),
            "severity": profile.dictionaries["severity"].get(one["severity"], ""),
            "task": one["task"],
            "rows": [line for line in made if line["section"] == one["factor"]],
        }
        for one in data.get("sections", ())
    ]


def _evidence(card: AssignmentCard) -> list[Any]:
    """Ids of the files that the executor's report names."""
    return card.data.get("files") or []


def _proofs(card: AssignmentCard | None, files: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    """What the report shows for evidence: files and an address."""
    if card is None:
        return {"files": [], "link": None}
    return {"files": [files[int(key)] for key in _evidence(card) if int(key) in files], "link": card.data.get("link")}


def _people(session: Session, rows: Any) -> dict[int, str]:
    wanted = {row.responsible_id for row in rows}
    return {p.id: p.listed_name for p in session.scalars(sa.select(Person).where(Person.id.in_(wanted)))}


def _row(
    row: PlanRow, card: AssignmentCard | None, people: dict[int, str], aims: Any, remarks: Any, today: date
) -> dict[str, Any]:
    place = row.data.get("target")
    aim = aims[place - 1] if place and place <= len(aims) else None
    late = card is not None and card.state == "open" and card.due_on < today
    done = card is not None and card.state == "accepted"
    return {
        "section": row.section,
        "number": row.number,
        "text": row.text,
        "expected": row.expected,
        "term": (row.starts_on, row.due_on),
        "responsible": people.get(row.responsible_id or 0, "не назначен"),
        "aim": f"{aim['name']}: {show_number(aim['base'])} → {show_number(aim['target'])} {aim['unit']}" if aim else "",
        "state": stage_rows.state_of(card, today) if card else "поручения ещё нет",
        "kind": "no" if late else "ok" if done else "now" if card else "new",
        "late": late,
        "done": done,
        "quality": row.quality,
        "url": url_for("cases.show", case_id=card.case_id) if card else "",
        "case_id": card.case_id if card else None,
        "remarks": remarks,
    }


def _remarks(session: Session, case_id: int) -> dict[int, list[dict[str, Any]]]:
    """Remarks of all rounds by the number of the row they stand at."""
    found: dict[int, list[dict[str, Any]]] = {}
    rows = queries.remarks(session, case_id)
    names = people_of(session, [row.position_id for row in rows])
    for row in rows:
        word, _, text = row.place.partition(" ")
        if word == "строка" and text.isdecimal():
            said = {"who": names.get(row.position_id or 0, ""), "text": row.text, "at": row.at}
            found.setdefault(int(text), []).append({**said, "answer": row.answer_text, "hard": row.compulsory})
    return found


def _numbers(sections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = [row for section in sections for row in section["rows"]]
    scores = [row["quality"] for row in rows if row["quality"] is not None]
    done, late = sum(row["done"] for row in rows), sum(row["late"] for row in rows)
    mean = f"{sum(scores) / len(scores):.1f}".replace(".", ",") if scores else "–"
    told = (
        (len(rows), len(rows), "мероприятий"),
        (done, done, "исполнено и принято"),
        (late, late, "просрочено"),
        (len(scores), mean, "средняя оценка, 0–3"),
    )
    return [{"n": n, "value": value, "label": label, "words": label} for n, value, label in told]


def _editions(session: Session, found: Roadmap) -> list[dict[str, Any]]:
    rows = session.scalars(
        sa.select(RoadmapEdition).where(RoadmapEdition.case_id == found.case_id).order_by(RoadmapEdition.number.desc())
    ).all()
    names = people_of(session, [row.made_by for row in rows])
    return [
        {
            "number": row.number,
            "at": row.made_at,
            "who": names.get(row.made_by or 0, ""),
            "in_force": row.number == found.approved_edition,
            "url": url_for("roadmaps.compare", case_id=found.case_id, a=row.number - 1, b=row.number)
            if row.number > 1
            else "",
        }
        for row in rows
    ]


@bp.get("/programmes/<int:case_id>/compare")
@requires("case.read")
def compare(case_id: int) -> Any:
    """Two editions side by side: rows by their numbers, what changed in each; `all=1` shows the unchanged ones too."""
    actor = current_actor()
    with system().db.read() as session:
        case, found = _found(session, case_id, actor)
        later = min(max(number(request.args.get("b")) or found.edition, 1), found.edition)
        earlier = min(max(number(request.args.get("a")) or later - 1, 1), later)
        rows = plans.compare(session, case.id, earlier, later)
        told = [_difference(session, case, one) for one in rows]
        passport = plans.compare_passports(session, case.id, earlier, later)
        return render_template(
            "roadmaps/compare.html",
            case={"id": case.id, "title": case.title, "url": url_for("roadmaps.show", case_id=case.id)},
            page_title=f"Редакции {earlier} и {later}" if found.edition > 1 else "Сравнение редакций",
            crumbs=[(case.title, url_for("cases.show", case_id=case.id)), (found.title, url_for("roadmaps.show", case_id=case.id))],
            earlier=earlier,
            later=later,
            editions=range(1, found.edition + 1),
            counts={kind: sum(one.kind == kind for one in rows) for kind in KINDS},
            rows=[row for row in told if row["kind"] != "same" or request.args.get("all")],
            passport=_passport_changes(passport),
            everything=bool(request.args.get("all")),
        )  # fmt: skip


def _difference(session: Session, case: Case, one: plans.Difference) -> dict[str, Any]:
    row = one.after or one.before
    assert row is not None
    changes = [
        {"label": label, "before": _words(session, case, label, a), "after": _words(session, case, label, b)}
        for label, (a, b) in one.changes.items()
    ]
    return {"number": one.number, "kind": one.kind, "word": KINDS[one.kind], "text": row.text, "changes": changes}


def _words(session: Session, case: Case, label: str, value: Any) -> str:
    if value in (None, ""):
        return "не указано"
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if label == "ответственный":
        person = session.get(Person, int(value))
        return person.listed_name if person else str(value)
    if label == "показатель":
        return f"№ {value}"
    words = system().profile(case.region).dictionaries
    known = {**drafting.labels(system().profile(case.region)), **words["direction"], **words["mechanism"]}
    return str({**known, **words["evidence_kind"]}.get(value, value))


PASSPORT = {
    "name": "название",
    "kind": "вид",
    "starts_on": "начало",
    "ends_on": "окончание",
    "goal": "цель",
    "head": "руководитель",
    "team": "рабочая группа",
    "sections": "задачи по рискам",
    "targets": "показатели",
}


def _passport_changes(changes: dict[str, tuple[Any, Any]]) -> list[dict[str, Any]]:
    """Plain values with both texts; lists only by name: their tables stand in the document."""
    found = []
    for name, (before, after) in changes.items():
        plain = isinstance(before, str) and isinstance(after, str)
        if name in PASSPORT:
            found.append({"label": PASSPORT[name], "before": before if plain else "", "after": after if plain else ""})
    return found


@bp.post("/programmes/<int:case_id>/amend")
@requires("task.complete")
def amend(case_id: int) -> Any:
    """The school opens its programme for changes between the stages."""
    reason = line(request.form.get("reason"))[:LONGEST]
    roadmap.ask_amendment(system(), case_id, reason, actor=current_actor(), now=utcnow())
    flash("Программа открыта для изменений. Задача с новой редакцией появится в работе школы.", "success")
    return redirect(url_for("roadmaps.show", case_id=case_id), 303)


@bp.post("/programmes/<int:case_id>/rows/<int:row>/comment")
@requires("case.comment")
def comment(case_id: int, row: int) -> Any:
    """A comment at a row, at any time: the school answers it with its next edition."""
    text = str(request.form.get("text", "")).strip()[:LONGEST]
    roadmap.comment_row(system(), case_id, row, text, actor=current_actor(), now=utcnow())
    flash(f"Комментарий к строке {row} записан.", "success")
    return redirect(url_for("roadmaps.show", case_id=case_id, _anchor=f"row-{row}"), 303)


@bp.post("/assignments/<int:case_id>/begin")
@requires("task.complete")
def begin(case_id: int) -> Any:
    """The school begins a row before its date."""
    assignments.begin_early(system(), case_id, actor=current_actor(), now=utcnow())
    flash("Строка начата раньше срока: задача с отчётом появится у ответственного.", "success")
    return redirect(url_for("cases.show", case_id=case_id), 303)


@bp.route("/requests/<int:case_id>/used", methods=["GET", "POST"])
@requires("task.complete")
def used_early(case_id: int) -> Any:
    """The school tells of the use of what it received before half a year has passed; a confirmed step."""
    actor = current_actor()
    with system().db.read() as session:
        case = queries.visible_case(session, actor, case_id)
        if not resources.may_report_early(session, actor, case):
            raise NotAllowed("Сообщить о пользе раньше срока может школа, которая ресурсы получила.")
        title = case.title
    if request.method == "POST":
        resources.report_early(system(), case_id, actor=actor, now=utcnow())
        flash("Задача с отзывом о пользе открывается.", "ok")
        return redirect(url_for("cases.show", case_id=case_id), 303)
    return render_template(
        "forms/confirm.html",
        page_title="Сообщить о пользе раньше срока",
        section="cases",
        caption=title,
        text="Через полгода после получения школа сообщает, используется ли ресурс и что изменилось. Задача откроется сейчас.",
        submit="Открыть задачу",
        action="",
        cancel={"url": url_for("cases.show", case_id=case_id), "title": "Не сейчас"},
    )
