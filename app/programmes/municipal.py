"""Municipal programmes: the municipality's measures beside the road maps of its schools, approved by its act (OR 2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.models import Case, Task
from app.cases.move import Move
from app.cases.operations import close, locked
from app.cases.system import System
from app.documents import acts
from app.engine import Card
from app.errors import Refused
from app.people.models import Organisation
from app.programmes import municipal_texts, proposals, shared
from app.programmes.models import PlanRow
from app.programmes.municipal_models import MunicipalProgramme

KIND, REVIEW = "municipal_program", "review"
SAME = ("text", "school_id", "starts_on", "due_on", "responsible_id", "expected", "section", "data")


def open_programme(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """One running programme a municipality; a review is the operator's word on one."""
    if subject.kind != "municipality":
        raise Refused("Программу составляет муниципалитет.", advice="Выберите муниципалитет.")
    if data.get("mode") == REVIEW:
        return Opening(f"Отзыв о муниципальной программе: {subject.short_name}", scope={"mode": REVIEW})
    title = f"Муниципальная программа: {subject.short_name}"
    return Opening(title, scope={"mode": "programme"}, once=f"{KIND}:{subject.id}")


def programme(session: Session, case: Case) -> MunicipalProgramme | None:
    """The programme of a case, or of the case that a review belongs to."""
    return session.get(MunicipalProgramme, case.parent_id if case.data.get("mode") == REVIEW else case.id)


def required(session: Session, case: Case) -> MunicipalProgramme:
    return session.get_one(MunicipalProgramme, case.parent_id if case.data.get("mode") == REVIEW else case.id)


def rows(session: Session, case_id: int) -> list[PlanRow]:
    """Measures of the standing edition."""
    where = (PlanRow.case_id == case_id, PlanRow.dropped_in.is_(None))
    return list(session.scalars(sa.select(PlanRow).where(*where).order_by(PlanRow.number)))


# drafting -----------------------------------------------------------------------------------------------------------


def draft_context(ask: Asking) -> Values:
    """Listed schools, their road maps, proposals that wait; the standing edition or the last draft."""
    session, case = ask.session, ask.case
    standing, schools = programme(session, case), shared.schools_of(session, case.subject_id)
    listed = shared.listed_of(session, case.region, case.subject_id)
    places = [case.subject_id, *_services(session, case.subject_id), *(listed or schools)]
    people = shared.positions(session, places, ask.today, PEOPLE, by_person=True)
    names = ("programme_indicator", "resource", "evidence_kind", "risk_factor")
    proposed = proposals.waiting(session, case)
    return {
        "choices": {
            "listed": listed,
            "school": {**listed, **schools},
            "person": people,
            **shared.dictionaries(ask.profile, *names),
        },
        "facts": {
            "listed": listed,
            "proposed": bool(proposed),
            "roadmaps": municipal_texts.roadmaps(session, list(standing.schools if standing else listed)),
            "basis": ask.profile.municipal.programmes.basis,
        },
        "values": _standing_values(standing, listed) if standing else _first_values(ask, list(listed)),
        "rows": {"measures": [_measure(row) for row in rows(session, case.id)], "proposals": proposed},
    }


PEOPLE = ("municipal_authority", "municipal_method_service", "subject_union", "school_head", "clerk")


def _services(session: Session, municipality_id: int) -> list[int]:
    where = (Organisation.parent_id == municipality_id, Organisation.kind == "method_service")
    return list(session.scalars(sa.select(Organisation.id).where(*where)))


def _first_values(ask: Asking, listed: list[int]) -> dict[str, Any]:
    year = ask.case.school_year
    place = ask.session.get_one(Organisation, ask.case.subject_id).short_name
    name = f"Программа улучшения образовательных результатов ({place})"
    return {
        "name": name,
        "starts_on": ask.today.isoformat(),
        "ends_on": date(year + 1, 6, 30).isoformat(),
        "schools": listed,
    }


def _standing_values(row: MunicipalProgramme, listed: dict[int, str]) -> dict[str, Any]:
    return {
        "name": row.name,
        "goal": row.goal,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "tasks": row.tasks,
        "schools": [school for school in row.schools if school in listed],
        "others": [{"school": school} for school in row.schools if school not in listed],
        "risks": row.risks,
        "targets": [{key: target[key] for key in ("indicator", "base", "target")} for target in row.targets],
    }


def _measure(row: PlanRow) -> dict[str, Any]:
    return {
        "row": row.number,
        "text": row.text,
        "school": row.school_id,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.due_on.isoformat(),
        "responsible": row.responsible_id,
        "result": row.expected,
        "kind": row.section,
        **{name: row.data.get(name) for name in ("resource", "source", "evidence")},
        "amount": row.data["kopecks"] / 100 if row.data.get("kopecks") else None,
    }


def write_draft(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """A new edition: equal measures stay with their assignments, changed ones begin anew."""
    row = programme(move.session, move.case)
    if row is None:
        row = MunicipalProgramme(case_id=move.case.id, municipality_id=move.case.subject_id, edition=0)
        move.session.add(row)
    row.edition += 1
    row.name, row.goal = answers["name"], answers["goal"]
    row.starts_on, row.ends_on = date.fromisoformat(answers["starts_on"]), date.fromisoformat(answers["ends_on"])
    others = [line["school"] for line in answers.get("others") or []]
    row.schools = list(dict.fromkeys([*answers["schools"], *others]))
    row.tasks, row.risks = answers["tasks"], answers["risks"] or []
    row.targets, row.recommended = answers["targets"], None
    move.session.flush()
    _write_measures(move, row, answers["measures"])
    proposals.decide(move, answers.get("proposals") or [])
    return None


def _write_measures(move: Move, row: MunicipalProgramme, lines: list[dict[str, Any]]) -> None:
    standing = {one.number: one for one in rows(move.session, row.case_id)}
    last = move.session.scalar(sa.select(sa.func.max(PlanRow.number)).where(PlanRow.case_id == row.case_id)) or 0
    kept = set()
    for line in lines:
        number, values = line.get("row"), _values(line)
        before = standing.get(int(number)) if number else None
        if before is not None and all(getattr(before, name) == values[name] for name in SAME):
            kept.add(before.number)
            continue
        if before is None:
            last += 1
        place = before.number if before is not None else last
        move.session.add(PlanRow(case_id=row.case_id, number=place, edition=row.edition, **values))
    for number, before in standing.items():
        if number not in kept:
            before.dropped_in = row.edition
    move.session.flush()


def _values(line: dict[str, Any]) -> dict[str, Any]:
    """A line of the form as columns of `plan_row`; money is whole kopecks."""
    kopecks = round(line["amount"] * 100) if line.get("amount") else 0
    data = {
        "resource": line.get("resource"),
        "source": line["source"],
        "evidence": line["evidence"],
        "kopecks": kopecks,
    }
    return {
        "section": line["kind"],
        "text": line["text"],
        "school_id": line.get("school"),
        "starts_on": date.fromisoformat(line["starts_on"]),
        "due_on": date.fromisoformat(line["ends_on"]),
        "responsible_id": int(line["responsible"]),
        "expected": line["result"],
        "direction": "resources" if line["kind"] == "money" else "programme",
        "data": data,
    }


# the operator's word and the act ------------------------------------------------------------------------------------


def operator_context(ask: Asking) -> Values:
    """The programme as a paper, and neighbours whose programmes read the same."""
    parent = ask.session.get_one(Case, ask.case.parent_id)
    row = required(ask.session, ask.case)
    limit = ask.profile.municipal.programmes.similar_percent
    same = municipal_texts.neighbours(ask.session, row, rows(ask.session, row.case_id), limit)
    return {"facts": {**shared.paper_facts(ask.session, parent.id, KIND), "similar": same}}


def write_operator(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = required(move.session, move.case)
    row.recommended = answers["outcome"] == "recommend"
    move.case.outcome = answers["outcome"]
    municipal_texts.write_remarks(move, row.case_id, "mp_draft", row.edition, answers.get("remarks") or [])
    return None


def operator_answered(move: Move) -> bool | Values:
    """The operator's word on the newest edition; False while it is asked for."""
    where = (Case.parent_id == move.case.id, Case.kind == KIND)
    newest = move.session.scalar(sa.select(Case).where(*where).order_by(Case.id.desc()).limit(1))
    if newest is None or newest.status == "open":
        return False
    return {"mp_operator_outcome": newest.outcome or "no_answer"}


def the_act(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """The municipality's act that approves the programme, prepared by its author."""
    yield move.case.subject_id, {"document_kind": "municipal_program_act", "author": move.case.opened_by}


# execution ----------------------------------------------------------------------------------------------------------


def measures(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """Measures that nobody was charged with yet: about their school, or about the municipality.

    Assignments of measures that the edition has dropped are closed first.
    """
    standing = {row.id: row for row in rows(move.session, move.case.id)}
    charged = {}
    for child_id in move.open_children("assignment"):
        child = move.session.get_one(Case, child_id)
        charged[child.data.get("plan_row")] = child_id
    for row_id, child_id in charged.items():
        if row_id not in standing:
            close(move.unit, locked(move.session, child_id), "dropped", "Мера исключена новой редакцией программы")
    for row in standing.values():
        if row.id not in charged and row.result is None:
            yield row.school_id or move.case.subject_id, {"plan_row": row.id}


def all_done(move: Move) -> bool:
    """Is every measure of the standing edition executed, or found not to be?"""
    standing = rows(move.session, move.case.id)
    return bool(standing) and all(row.result is not None for row in standing)


def next_quarter(move: Move, card: Card) -> Values:
    """The end of the quarter, at least two weeks ahead."""
    return {"next_review": municipal_texts.quarter_end(move.today).isoformat()}


def monitor_context(ask: Asking) -> Values:
    found = [
        {
            "row": row.number,
            "measure": row.text,
            "due": f"{row.due_on:%d.%m.%Y}",
            "state": municipal_texts.state_words(ask.profile, row, ask.today),
            "course": "plan",
        }
        for row in rows(ask.session, ask.case.id)
    ]
    schools = list(required(ask.session, ask.case).schools)
    return {"rows": {"rows": found}, "facts": {"roadmaps": municipal_texts.roadmaps(ask.session, schools)}}


def write_monitor(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    by_number = {row.number: row for row in rows(move.session, move.case.id)}
    for line in answers["rows"]:
        row = by_number[int(line["row"])]
        row.data = {**row.data, "course": line["course"], "remark": line.get("remark") or ""}
    return None


def report_context(ask: Asking) -> Values:
    row, labels = required(ask.session, ask.case), ask.profile.dictionaries["programme_indicator"]
    targets = [
        {
            "row": number,
            "indicator": labels.get(one["indicator"], one["indicator"]),
            "base": municipal_texts.figure(one["base"]),
            "target": municipal_texts.figure(one["target"]),
            "fact": one.get("fact"),
        }
        for number, one in enumerate(row.targets, 1)
    ]
    facts = {
        "figures": municipal_texts.figures(ask.session, ask.profile, row, rows(ask.session, row.case_id)),
        "roadmaps": municipal_texts.roadmaps(ask.session, list(row.schools)),
    }
    values = {"conclusion": row.conclusion or None, "lessons": row.lessons or None}
    return {"rows": {"targets": targets}, "facts": facts, "values": values}


def write_report(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = required(move.session, move.case)
    reached = {int(line["row"]): line["fact"] for line in answers["targets"]}
    row.targets = [{**one, "fact": reached.get(n, one.get("fact"))} for n, one in enumerate(row.targets, 1)]
    row.conclusion, row.lessons = answers["conclusion"], answers.get("lessons") or ""
    return None


def accept_context(ask: Asking) -> Values:
    return {"facts": shared.paper_facts(ask.session, ask.case.id, "programme_report")}


def write_accept(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = required(move.session, move.case)
    if answers["outcome"] == "accept":
        row.closed_at = move.now
    else:
        lines = answers.get("remarks") or []
        municipal_texts.write_remarks(move, move.case.id, "mp_report", row.edition, lines)
    return None


def render(move: Move, card: Card) -> Values | None:
    """The programme or its report, as a draft or as it is in force."""
    final = card.properties["mode"] == "final"
    if card.properties["document"] == "programme_report":
        municipal_texts.write_report(move, required(move.session, move.case), final=final)
        return None
    row = required(move.session, move.case)
    if final:
        row.approved_at = move.now
    municipal_texts.write_programme(move, row, rows(move.session, row.case_id), final=final)
    if not final:
        return None
    today = move.today
    return {
        "next_review": municipal_texts.quarter_end(today).isoformat(),
        "report_due": municipal_texts.report_day(row.ends_on).isoformat(),
    }


HANDLERS = Handlers(
    kinds={KIND: open_programme},
    about={KIND: ("municipality",)},
    openers={KIND: ("municipal_authority", "municipal_method_service")},
    forms={
        "mp_draft": write_draft,
        "mp_operator": write_operator,
        "mp_monitor": write_monitor,
        "mp_report": write_report,
        "mp_accept": write_accept,
    },
    contexts={
        "mp_draft": draft_context,
        "mp_operator": operator_context,
        "mp_monitor": monitor_context,
        "mp_report": report_context,
        "mp_accept": accept_context,
    },
    operations={f"{KIND}.render": render, f"{KIND}.collect_facts": next_quarter},
    facts={
        f"{KIND}.children.done.{KIND}": operator_answered,
        f"{KIND}.act.decided": acts.outcome,
        f"{KIND}.children.done.assignment": all_done,
    },
    targets={f"{KIND}.act": the_act, f"{KIND}.measures": measures},
    audience={"proposal.decided": proposals.proposers},
    annexes={"municipal_program_act": municipal_texts.act_annex},
)
