"""The campaign of a school year: plan, intake, runs, preliminary and final list, order, cases of the listed schools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values, school_year_start
from app.cases.models import Answer, Case, Task
from app.cases.move import Move
from app.cases.operations import close
from app.cases.queries import last_answer
from app.cases.system import System
from app.documents import contexts, texts
from app.engine import Card
from app.errors import Conflict, Refused
from app.identification import changes, fingerprints, lists, notes, quality, runs
from app.identification.models import DataQuestion, IdentificationRun, Objection, SupportListRow, Verdict
from app.people.models import Organisation, Person, Position
from app.results.models import AssessmentOccasion, ImportFile
from app.schools.models import School, SocialPassport

DEFAULT_WINDOW = 5
SOURCES: Mapping[str, tuple[str, ...]] = {
    "fis_oko": ("fisoko_extract", "fisoko_statistics", "fisoko_individual", "vpr_collection", "fisoko_scores"),
    "ris_gia_9": ("oge_protocol",),
    "ris_gia_11": ("ege_protocol",),
}
"""Source of the plan → kinds of import files that bring it; the others cannot be told by a file."""


def open_campaign(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """One campaign a region and school year, whether it is still open or done."""
    if subject.kind != "region":
        raise Refused("Кампанию открывают для региона.")
    same = (
        Case.kind == "campaign",
        Case.region == subject.region,
        Case.school_year == school_year,
        Case.status != "cancelled",
    )
    year = contexts.school_year(school_year)
    if session.scalar(sa.select(Case.id).where(*same).limit(1)) is not None:
        raise Conflict(f"Кампания {year} учебного года уже есть.", advice="Откройте её в списке кампаний.")
    days = system.profile(subject.region).limits.window_days[0]
    title = f"Кампания {year} учебного года"
    return Opening(title, scope={"window": days}, once=f"campaign:{subject.region}:{school_year}")


# plan and intake --------------------------------------------------------------------------------------------------


def plan_context(ask: Asking) -> Values:
    """Procedures of the two years that the rule looks at, sources with those who bring them, the region's terms."""
    profile, year = ask.profile, ask.case.school_year
    rule = runs.rule_for(profile, year)
    calendar = ask.system.calendar(ask.case.region)
    start = school_year_start(year)
    people = _operators(ask.session, ask.case.region)
    by = {
        name: calendar.term(profile.terms[name], ask.now, {}, start).date().isoformat() for name in ("sources", "order")
    }
    years = range(year - 1, year - rule.years - 1, -1)
    procedures = [
        {"procedure": code, "year": y, "held": "yes", "grade": profile.procedure(code).grade}
        for y in years
        for code in rule.procedures
    ]
    sources = [*SOURCES, *(["social_passport"] if profile.social_passport.required else [])]
    responsible = next(iter(people), None)
    return {
        "choices": {"rule_version": {rule.key: f"{rule.title}, редакция {rule.version}"}, "person": people},
        "values": {
            "school_year": year,
            "rule": rule.key,
            "procedures": procedures,
            "sources": [{"source": s, "responsible": responsible, "due": by["sources"]} for s in sources],
            "window": max(profile.limits.window_days[0], DEFAULT_WINDOW),
            "order_due": by["order"],
        },
        "dates": {
            "today": ask.today.isoformat(),
            "year_start": start.isoformat(),
            "year_end": date(year + 1, 6, 30).isoformat(),
        },
    }


def _operators(session: Session, region: str) -> dict[int, str]:
    found = (
        sa.select(Person)
        .join(Position, Position.person_id == Person.id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Organisation.region == region, Organisation.kind == "operator", Position.valid_to.is_(None))
        .order_by(Person.family_name)
    )
    return {person.id: person.listed_name for person in session.scalars(found)}


def write_plan(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Occasions of the plan: what was held, what was not, what was moved."""
    if answers["school_year"] != move.case.school_year:
        raise Refused("Учебный год плана не тот, что у кампании.", advice=f"Укажите {move.case.school_year}.")
    for line in answers["procedures"]:
        where = {"region": move.case.region, "procedure": line["procedure"], "school_year": line["year"]}
        row = move.session.scalar(sa.select(AssessmentOccasion).filter_by(**where)) or AssessmentOccasion(**where)
        row.held, row.actual_grade = line["held"], line.get("actual_grade")
        row.day = date.fromisoformat(line["held_on"]) if line.get("held_on") else row.day
        move.session.add(row)
    move.session.flush()
    return None


def _loaded(session: Session, region: str) -> dict[int, ImportFile]:
    where = (ImportFile.region == region, ImportFile.kind != "registry", ImportFile.superseded_by.is_(None))
    return {row.id: row for row in session.scalars(sa.select(ImportFile).where(*where).order_by(ImportFile.id))}


def _planned(session: Session, case_id: int) -> list[str]:
    plan = last_answer(session, case_id, "campaign_plan") or {"sources": []}
    return [line["source"] for line in plan["sources"]]


def _has(source: str, files: Mapping[int, ImportFile], year: int) -> bool:
    """Is the source there for the last year of the list's data; passports are gathered by cases, not by files."""
    wanted = SOURCES.get(source)
    if wanted is None:
        return source == "social_passport"
    return any(file.kind in wanted and f" {year} " in f"{file.scope} " for file in files.values())


def import_context(ask: Asking) -> Values:
    """Files loaded for the region with what each brought, and the sources of the plan with their state."""
    files = _loaded(ask.session, ask.case.region)
    before = {
        line["source"]: line
        for line in (last_answer(ask.session, ask.case.id, "campaign_import") or {}).get("sources", ())
    }
    rows = []
    for number, source in enumerate(_planned(ask.session, ask.case.id), 1):
        there = _has(source, files, ask.case.school_year - 1)
        state = "загружен" if there else "нет файлов"
        earlier = before.get(source, {})
        rows.append(
            {
                "row": number,
                "source": source,
                "state": state,
                "absent": earlier.get("absent"),
                "reason": earlier.get("reason"),
            }
        )
    return {
        "rows": {"sources": rows},
        "files": {row.id: {"name": row.name, "size": 0} for row in files.values()},
        "values": {"files": list(files)},
        "facts": {
            "files": [{"name": f.name, "kind": f.kind, "rows": f.rows, "accepted": f.accepted} for f in files.values()]
        },
    }


def write_import(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The files belong to the campaign from now on; questions about the data are put for the next step."""
    ids = [int(number) for number in answers.get("files") or ()]
    move.session.execute(sa.update(ImportFile).where(ImportFile.id.in_(ids)).values(case_id=move.case.id))
    quality.store(move.session, move.case.id, quality.questions(move.session, move.case.region, move.case.school_year))
    return None


def gate_sources(move: Move, card: Card) -> Values:
    files = _loaded(move.session, move.case.region)
    answers = last_answer(move.session, move.case.id, "campaign_import") or {"sources": []}
    absent = {line["source"] for line in answers["sources"] if line.get("absent")}
    year = move.case.school_year - 1
    return {"sources_complete": all(s in absent or _has(s, files, year) for s in _planned(move.session, move.case.id))}


def quality_context(ask: Asking) -> Values:
    found = (
        sa.select(DataQuestion, Organisation.short_name)
        .outerjoin(Organisation, Organisation.id == DataQuestion.school_id)
        .where(DataQuestion.case_id == ask.case.id)
        .order_by(DataQuestion.id)
    )
    rows = [
        {"row": q.id, "school": school or "–", "problem": q.text, "resolution": q.decision or "kept", "note": q.reason}
        for q, school in ask.session.execute(found)
    ]
    return {"rows": {"problems": rows}, "facts": {"questions": len(rows)}, "values": {"data_state": None}}


def write_quality(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    for line in answers["problems"]:
        row = move.session.get_one(DataQuestion, int(line["row"]))
        row.decision, row.reason = line.get("resolution"), line.get("note")
    move.session.flush()
    return None


# runs -------------------------------------------------------------------------------------------------------------


def run_of(session: Session, case_id: int) -> IdentificationRun | None:
    """The campaign's newest run."""
    found = (
        sa.select(IdentificationRun).where(IdentificationRun.case_id == case_id).order_by(IdentificationRun.id.desc())
    )
    return session.scalar(found.limit(1))


def required_run(session: Session, case_id: int) -> IdentificationRun:
    run = run_of(session, case_id)
    if run is None:
        raise Refused("В кампании ещё нет расчёта.", advice="Загрузите результаты и завершите проверку данных.")
    return run


def identify(move: Move, card: Card) -> Values:
    """A new run; decisions recorded by objections and clarifications are carried into it."""
    asked = last_answer(move.session, move.case.id, "campaign_run") or {}
    overrides = {"pool_predecessors": True} if asked.get("merge_predecessors") else None
    run = runs.identify(
        move.session,
        move.case.region,
        move.case.school_year,
        overrides=overrides,
        carry=run_of(move.session, move.case.id),
        actor=move.actor,
        case_id=move.case.id,
        now=move.now,
    )
    return {"run_id": run.id}


def run_context(ask: Asking) -> Values:
    run = required_run(ask.session, ask.case.id)
    summary = lists.summary(ask.session, run)
    chosen = (
        sa.select(School.id, Organisation.short_name, School.code)
        .join(Organisation, Organisation.id == School.id)
        .join(Verdict, Verdict.school_id == School.id)
        .where(Verdict.run_id == run.id, Verdict.status.in_(("listed", "watch")))
        .order_by(Organisation.short_name)
    )
    choices = {school_id: f"{name}, код {code}" for school_id, name, code in ask.session.execute(chosen)}
    missing = len(changes.missing_notes(ask.session, run))
    return {
        "facts": {"run": run.id, "rule": run.rule, "counts": summary["counts"], "small_samples": missing},
        "choices": {"school": choices},
    }


def write_run(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The remark on small samples stands beside every verdict that rests on one."""
    run = required_run(move.session, move.case.id)
    note = (answers.get("small_sample_note") or "").strip()
    for school_id in changes.missing_notes(move.session, run) if note else ():
        changes.annotate(move.session, run, school_id, note)
    return None


def list_context(ask: Asking) -> Values:
    run = required_run(ask.session, ask.case.id)
    document = texts.of_case(ask.session, ask.case.id, notes.KIND)
    counts = lists.summary(ask.session, run)["counts"]
    return {
        "facts": {"run": run.id, "rule": run.rule, "counts": counts, "document_id": document.id if document else None}
    }


def list_shown(ask: Asking, answers: Values | None) -> str | None:
    if answers is not None and answers.get("outcome") != "sign":
        return None
    return fingerprints.of_run(ask.session, required_run(ask.session, ask.case.id))


def write_preliminary(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    _four_eyes(move)
    return None


def write_final(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Sign the list and its note; an objection that is still open stops it."""
    _four_eyes(move)
    if answers["outcome"] != "sign":
        return None
    if undecided(move):
        raise Refused("Есть нерассмотренные возражения.", advice="Дождитесь решений: они могут изменить перечень.")
    notes.sign(move)
    return None


def _four_eyes(move: Move) -> None:
    found = (
        sa.select(Position.person_id)
        .join(Answer, Answer.position_id == Position.id)
        .where(Answer.case_id == move.case.id, Answer.form == "campaign_run")
        .order_by(Answer.id.desc())
        .limit(1)
    )
    if move.actor is not None and move.session.scalar(found) == move.actor.person_id:
        raise Refused(
            "Расчёт проверили вы сами: подписать должен другой человек.", advice="Передайте подпись замещающему."
        )


# children ---------------------------------------------------------------------------------------------------------


def for_municipality(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """Municipalities that have schools in the run."""
    run = required_run(move.session, move.case.id)
    found = (
        sa.select(School.municipality_id)
        .join(Verdict, Verdict.school_id == School.id)
        .join(Organisation, Organisation.id == School.municipality_id)
        .where(Verdict.run_id == run.id)
        .group_by(School.municipality_id, Organisation.name)
        .order_by(Organisation.name)
    )
    for organisation_id in move.session.scalars(found):
        if organisation_id is not None:
            yield organisation_id, {"run_id": run.id, "campaign": move.case.id}


def without_passport(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """Schools whose social passport of this year is not accepted yet."""
    accepted = sa.select(SocialPassport.school_id).where(
        SocialPassport.school_year == move.case.school_year, SocialPassport.accepted_at.is_not(None)
    )
    found = (
        sa.select(School.id)
        .join(Organisation, Organisation.id == School.id)
        .where(School.region == move.case.region, Organisation.valid_to.is_(None), School.id.not_in(accepted))
        .order_by(School.code)
    )
    for school_id in move.session.scalars(found).all():
        yield school_id, {"campaign": move.case.id}


def for_picked_school(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    asked = last_answer(move.session, move.case.id, "campaign_run") or {}
    for school_id in asked.get("schools") or ():
        yield int(school_id), {"campaign": move.case.id, "run_id": move.scope.get("run_id")}


def for_listed_school(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    """A case for every row of the signed list, and one under watch for every school at risk."""
    frozen = lists.signed(move.session, move.case.region, move.case.school_year)
    assert frozen is not None
    rows = (
        sa.select(SupportListRow.school_id).where(SupportListRow.list_id == frozen.id).order_by(SupportListRow.position)
    )
    listed = move.session.scalars(rows).all()
    _end_watch(move, set(listed))
    for school_id in listed:
        yield school_id, {"track": "listed", "list_id": frozen.id}
    final = sa.func.coalesce(Verdict.decided_status, Verdict.status)
    watched = (
        sa.select(Verdict.school_id)
        .where(Verdict.run_id == frozen.run_id, final == "watch")
        .order_by(Verdict.school_id)
    )
    for school_id in move.session.scalars(watched):
        yield school_id, {"track": "watch", "list_id": frozen.id}


def _end_watch(move: Move, listed: set[int]) -> None:
    """A school that was watched and is listed now gets a case of support: its watch ends in this very move."""
    where = (
        Case.region == move.case.region,
        Case.kind == "support_cycle",
        Case.status == "open",
        Case.subject_id.in_(listed),
    )
    for case in move.session.scalars(sa.select(Case).where(*where).order_by(Case.id).with_for_update()).all():
        if case.data.get("track") == "watch":
            close(move.unit, case, "listed")
        else:
            move.unit.record("support.listed_again", case.id, campaign=move.case.id)


def the_order(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    run = required_run(move.session, move.case.id)
    yield move.case.subject_id, {"document_kind": "list_act", "run_id": run.id}


def undecided(move: Move) -> bool:
    """Is an objection of this campaign still without a signed decision? One that waits for the school's mark is decided."""
    decided = sa.select(Objection.case_id).where(Objection.decided_at.is_not(None))
    where = (Case.parent_id == move.case.id, Case.kind == "objection", Case.status == "open", Case.id.not_in(decided))
    return move.session.scalar(sa.select(Case.id).where(*where).limit(1)) is not None


def gate_objections(move: Move, card: Card) -> Values:
    return {"objections_open": undecided(move)}


def objections_decided(move: Move) -> bool:
    return not undecided(move)


def order_decided(move: Move) -> bool | Values:
    """The fate of the newest order of this campaign; None while it is on its way."""
    order = move.session.scalar(
        sa.select(Case).where(Case.parent_id == move.case.id, Case.kind == "act").order_by(Case.id.desc()).limit(1)
    )
    if order is None or order.outcome not in ("in_force", "refused"):
        return False
    return {"act_state": order.outcome}


def list_rows(move: Move, card: Card | None) -> Values:
    """Rows of the annex: municipality, code, name, basis. No shares and no numbers of low results (OR 4.2.1)."""
    run = runs.run_by_id(move.session, move.case.data["run_id"])
    lines = lists.listed(move.session, run)
    rows = [
        {
            "n": number,
            "municipality": line.school.municipality,
            "school_code": line.school.code,
            "school_name": line.school.name,
            "basis": line.basis,
        }
        for number, line in enumerate(lines, 1)
    ]
    return {"rows": rows}


def freeze_list(move: Move, card: Card) -> Values | None:
    """The list as signed becomes a snapshot that no later run changes."""
    order = move.session.scalar(
        sa.select(Case.id).where(Case.parent_id == move.case.id, Case.kind == "act").order_by(Case.id.desc()).limit(1)
    )
    document = texts.of_case(move.session, order) if order is not None else None
    run = required_run(move.session, move.case.id)
    frozen = lists.freeze(
        move.session, run, campaign_id=move.case.id, document_id=document.id if document else None, now=move.now
    )
    move.record("list.frozen", list=frozen.id, sha256=frozen.sha256, run=run.id)
    return None


def running_cycles(move: Move) -> Iterator[int]:
    """Cases of schools that run already: a new list begins their new year or ends their watch."""
    where = (
        Case.region == move.case.region,
        Case.kind == "support_cycle",
        Case.status == "open",
        Case.parent_id != move.case.id,
    )
    yield from move.session.scalars(sa.select(Case.id).where(*where).order_by(Case.id))


HANDLERS = Handlers(
    kinds={"campaign": open_campaign},
    about={"campaign": ("region",)},
    openers={"campaign": ("regional_operator", "operator_head")},
    forms={
        "campaign_plan": write_plan,
        "campaign_import": write_import,
        "campaign_quality": write_quality,
        "campaign_run": write_run,
        "campaign_preliminary": write_preliminary,
        "campaign_final": write_final,
    },
    contexts={
        "campaign_plan": plan_context,
        "campaign_import": import_context,
        "campaign_quality": quality_context,
        "campaign_run": run_context,
        "campaign_preliminary": list_context,
        "campaign_final": list_context,
    },
    operations={
        "campaign.identify": identify,
        "campaign.freeze_list": freeze_list,
        "campaign.render": notes.render,
        "check_gate.campaign.sources": gate_sources,
        "check_gate.campaign.objections": gate_objections,
        "act.list_rows": list_rows,
    },
    facts={"campaign.act.decided": order_decided, "campaign.children.done.objection": objections_decided},
    targets={
        "campaign.municipality": for_municipality,
        "campaign.school": without_passport,
        "campaign.picked_school": for_picked_school,
        "campaign.listed_school": for_listed_school,
        "campaign.subject": the_order,
    },
    signed={"campaign_preliminary": list_shown, "campaign_final": list_shown},
    audience={"list.frozen": running_cycles, "school.listed": running_cycles},
)
