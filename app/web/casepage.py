"""What a case's page shows: the stages of a school's case, why it stands, terms with their norms, people, the tree of cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session

from app.access import access, current_actor
from app.cases import feed, standing, why
from app.cases.models import Case, Deadline, Task
from app.cases.system import System
from app.documents.models import Document
from app.people import policy
from app.people.actor import Actor
from app.people.models import Organisation
from app.programmes import overview as school
from app.programmes.mentoring.models import Visit
from app.programmes.support import year_of
from app.web import ru
from app.web.parts import KINDS, STATUSES, due_of, name_of

TREE = 200
DOCUMENTS = {
    "draft": ("new", "Проект"),
    "approval": ("now", "Согласуется"),
    "signed": ("ok", "Подписан"),
    "registered": ("ok", "Зарегистрирован"),
    "in_force": ("ok", "Действует"),
    "refused": ("no", "Отклонён"),
    "withdrawn": ("new", "Снят"),
}
OFF = "не проводится"
GOES_ON = "Дело пойдёт дальше само"


def reason(session: Session, system: System, case: Case, now: datetime) -> dict[str, Any]:
    """«Почему дело стоит» for the macro: the sentence, what happens by itself, the kind of its icon."""
    found = why.why(session, system, case, now)
    kind = "ok" if case.status != "open" else "late" if found.late else "wait"
    heading = "Почему дело стоит" if case.status == "open" else "Чем кончилось"
    return {"now": found.text, "next": found.then, "kind": kind, "heading": heading}


def stage_bar(session: Session, system: System, case: Case) -> list[dict[str, Any]]:
    """The six stages of a school's case; nothing for other cases."""
    if case.kind != "support_cycle":
        return []
    return [_stage(one) for one in school.stages(session, system, case)]


def _stage(one: school.Stage) -> dict[str, Any]:
    if one.state == "done":
        words = f"завершена {ru.day_short(one.day)}" if one.day else "завершена"
        if one.title == "Наставничество" or one.title == "Обучение":
            words = words.replace("завершена", "завершено")
        if one.case_id is None and one.day:
            words = f"в перечне с {ru.day_short(one.day)}"
    elif one.state == "now":
        words = f"сейчас, до {ru.day_short(one.due)}" if one.due else "наблюдение" if one.case_id is None else "сейчас"
    else:
        words = OFF if one.off else "впереди"
    url = url_for("cases.show", case_id=one.case_id) if one.case_id is not None else ""
    return {"title": one.title, "state": one.state, "words": words, "url": url}


def caption(case: Case) -> str:
    """The kind of the case over its title, unless the title begins with it."""
    kind = KINDS.get(case.kind, "")
    return "" if case.title.startswith(kind) else kind


def facts(session: Session, system: System, case: Case) -> list[str]:
    """Under the title: number, the year that the case is in, which year of support it is."""
    found = [f"Дело № {case.id}"]
    if case.kind == "support_cycle":
        year = year_of(system, session, case)
        found += [f"{ru.school_year(year)} учебный год"]
        if year > case.school_year:
            opened = system.calendar(case.region).local(case.opened_at)
            found.append(f"{year - case.school_year + 1}-й год поддержки, дело открыто {opened:%d.%m.%Y}")
        return found
    return [*found, f"{ru.school_year(case.school_year)} учебный год"]


def crumbs(session: Session, actor: Actor, case: Case) -> list[tuple[str, str]]:
    """The way up: the registry of the kind, the case this one was opened by."""
    up = [("Дела", url_for("cases.index", kind=case.kind))]
    parent = session.get(Case, case.parent_id) if case.parent_id else None
    if parent is not None and policy.may(actor, "case.read", parent):
        up = [
            ("Дела", url_for("cases.index", kind=parent.kind)),
            (parent.title, url_for("cases.show", case_id=parent.id)),
        ]
    return up


# terms --------------------------------------------------------------------------------------------------------------


def nearest(case: Case, rows: Sequence[Deadline], now: datetime) -> dict[str, Any] | None:
    """The nearest term with its norm, for the panel."""
    if not rows:
        return None
    first = rows[0]
    due = due_of(case.region, first.due_at, now)
    assert due is not None
    days = abs(due["left"])
    unit = ru.plural(days, "рабочий день", "рабочих дня", "рабочих дней")
    if due["left"] < 0:
        unit += " просрочки"
    until = "" if first.kind == "timer" else "до "  # a date of the diagram comes, nobody works towards it
    return {
        "days": days,
        "unit": unit,
        "heading": f"{_named(first)}: {until}{due['date']:%d.%m.%Y}",
        "basis": _norm(first),
    }


def _named(row: Deadline) -> str:
    """A timer that is called by its length says nothing of what will happen then."""
    return GOES_ON if row.kind == "timer" and row.name[:1].isdigit() else row.name


def _norm(row: Deadline) -> str:
    """How the term was counted and by which norm."""
    length = standing.term_words(row.term)
    since = access().day_of(row.started_at, current_actor().region)
    counted = f"{length} с {since:%d.%m.%Y}" if length else f"отсчёт с {since:%d.%m.%Y}"
    basis = "дата схемы дела" if row.kind == "timer" else standing.basis_words(row.basis)
    return f"Основание: {basis}; {counted}, по производственному календарю России ({row.calendar})."


def terms(case: Case, rows: Sequence[Deadline], now: datetime) -> list[dict[str, Any]]:
    """The other terms of the case, the nearest first."""
    return [{"name": _named(row), "due": due_of(case.region, row.due_at, now), "basis": _norm(row)} for row in rows[1:]]


# people and papers --------------------------------------------------------------------------------------------------


def people(
    session: Session, system: System, case: Case, tasks: Sequence[Any], now: datetime, actor: Actor
) -> list[Any]:
    """People of a school's case by what they are to it, then the bodies of the case: who is waited for, who acted."""
    acted = feed.people(session, case.id, tasks)
    if case.kind != "support_cycle":
        return acted
    today = system.calendar(case.region).local(now)
    beside = school.people(session, system, case, today)
    shown = [
        {"role": one.role, "name": one.name, "substitute": one.substitute, "you": one.position_id == actor.position_id}
        for one in beside
    ]
    named = {one.name.split(",")[0] for one in beside}
    for one in acted:
        one["people"] = [person for person in one["people"] if person["name"] not in named]
    return [*shown, *(one for one in acted if one["people"] or one["waits"])]


def documents(session: Session, case: Case, actor: Actor) -> list[dict[str, Any]]:
    """Papers of the case that the reader may open: a title may name the person it is about."""
    found = sa.select(Document).where(Document.case_id == case.id, policy.scope(actor, Document))
    return [
        {
            "title": name_of(session, row),
            "url": url_for("documents.show", document_id=row.id),
            "status": DOCUMENTS[row.state],
            "facts": f"№ {row.number} от {row.day:%d.%m.%Y}" if row.number and row.day else f"редакция {row.edition}",
        }
        for row in session.scalars(found.order_by(Document.id.desc()))
    ]


# the tree -----------------------------------------------------------------------------------------------------------


def tree(session: Session, system: System, case: Case, actor: Actor) -> dict[str, list[dict[str, Any]]]:
    """Sub-cases with theirs below them: those of now, and those that have ended. What is waited for elsewhere stands first."""
    children = _below(session, actor, [case.id])
    rows = children.get(case.id, [])
    under = _below(session, actor, [child.id for child, _ in rows if child.status == "open"])
    outside = [one for one in _waited_outside(session, system, case) if policy.may(actor, "case.read", one)]
    every = [*(c for c, _ in rows), *(c for below in under.values() for c, _ in below), *outside]
    at = _places(session, system, case, [one.id for one in every if one.status == "open"])
    days = _days(session, system, case, [one.id for one in every])
    nodes = [
        {**_node(c, about, case, at, days), "below": _lines(under.get(c.id, []), c, at, days)} for c, about in rows
    ]
    now = [{**_node(one, "", case, at, days), "below": []} for one in outside]
    now += [node for node in nodes if node["open"]]
    return {"now": now, "past": [node for node in reversed(nodes) if not node["open"]]}


def _places(session: Session, system: System, case: Case, ids: Sequence[int]) -> dict[int, str]:
    """Case → where it stands in short: its step, else the date it goes on by, or that its paper is in force."""
    local = system.calendar(case.region).local
    dates = sa.select(Deadline).where(Deadline.case_id.in_(ids), Deadline.kind == "timer")
    own = [row for row in session.scalars(dates.order_by(Deadline.due_at.desc())) if not row.name[:1].isdigit()]
    acts = sa.select(Document.case_id).where(Document.case_id.in_(ids), Document.state == "in_force")
    acts = acts.join(Case, Case.id == Document.case_id).where(Case.kind == "act")
    return {
        **dict.fromkeys(session.scalars(acts), "действует"),
        **{row.case_id: f"{row.name} {local(row.due_at):%d.%m.%Y}" for row in own},
        **_steps(session, ids),
    }


def _days(session: Session, system: System, case: Case, ids: Sequence[int]) -> dict[int, str]:
    """Visit → its day: by it one visit is told from another."""
    local = system.calendar(case.region).local
    found = session.execute(sa.select(Visit.case_id, Visit.planned_at).where(Visit.case_id.in_(ids)))
    return {case_id: f" {local(planned):%d.%m.%Y}" for case_id, planned in found}


def _steps(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Case → its most urgent open task and whose it is."""
    found = (
        sa.select(Task.case_id, Task.name, Organisation.short_name)
        .join(Organisation, Organisation.id == Task.organisation_id)
        .where(Task.case_id.in_(ids))
        .order_by(Task.due_at.desc(), Task.id)
    )
    return {case_id: f"{name}, {place}" for case_id, name, place in session.execute(found)}


def _below(session: Session, actor: Actor, ids: Sequence[int]) -> Mapping[int, list[tuple[Case, str]]]:
    """Children of cases with what they are about, the newest last; only what the reader may see."""
    found = (
        sa.select(Case, Organisation.short_name)
        .join(Organisation, Organisation.id == Case.subject_id)
        .where(Case.parent_id.in_(ids), policy.scope(actor, Case))
        .order_by(Case.id.desc())
        .limit(TREE)
    )
    below: dict[int, list[tuple[Case, str]]] = {}
    for child, about in reversed(session.execute(found).all()):
        below.setdefault(child.parent_id or 0, []).append((child, about))
    return below


def feed_of(session: Session, case: Case, actor: Actor) -> dict[int, str]:
    """Sub-cases of a school's case whose records stand in its own feed: one feed of everything that the reader may see."""
    if case.kind != "support_cycle":
        return {}
    children = _below(session, actor, [case.id]).get(case.id, [])
    return {child.id: KINDS.get(child.kind, child.kind) for child, _ in children}


def _lines(
    rows: Sequence[tuple[Case, str]], parent: Case, steps: Mapping[int, str], days: Mapping[int, str]
) -> list[dict[str, Any]]:
    return [_node(child, about, parent, steps, days) for child, about in rows]


def _node(child: Case, about: str, parent: Case, steps: Mapping[int, str], days: Mapping[int, str]) -> dict[str, Any]:
    """A line of the tree: what it is, where it stands; its subject only when it is another than above."""
    at = steps.get(child.id) or (f"ждёт {child.awaits}" if child.awaits else "") if child.status == "open" else ""
    same = child.subject_id == parent.subject_id
    title = child.title.removesuffix(f": {about}") if same else child.title
    kind = KINDS.get(child.kind, "") if title == child.title else ""
    told = " · ".join(part for part in (kind, "" if same else about, at) if part)
    return {
        "title": title + days.get(child.id, ""),
        "url": url_for("cases.show", case_id=child.id),
        "status": STATUSES[child.status],
        "facts": told[:1].upper() + told[1:],
        "open": child.status == "open",
    }


def _waited_outside(session: Session, system: System, case: Case) -> list[Case]:
    """Cases that this one waits for and did not open itself: the campaign, the order that many schools share."""
    if case.status != "open":
        return []
    run = system.pinned(session, case).load(case.state, why.Reader())
    found = [one for wait in run.waits() for one in why.awaited(session, system, case, wait.message)]
    return list({one.id: one for one in found if one.parent_id != case.id}.values())
