"""The campaign of a school year: runs, preliminary and final list, order, cases of the listed schools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.models import Answer, Case, Task
from app.cases.move import Move
from app.cases.operations import close
from app.cases.queries import last_answer
from app.cases.system import System
from app.db import for_update
from app.documents import acts, texts
from app.engine import Card
from app.errors import Conflict, Refused
from app.identification import changes, fingerprints, lists, notes, runs
from app.identification.models import IdentificationRun, Objection, SupportListRow, Verdict
from app.people.models import Organisation, Position
from app.schools.models import School, SocialPassport
from app.years import school_year_name


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
    year = school_year_name(school_year)
    if session.scalar(sa.select(Case.id).where(*same).limit(1)) is not None:
        raise Conflict(f"Кампания {year} учебного года уже есть.", advice="Откройте её в списке кампаний.")
    days = system.profile(subject.region).limits.window_days[0]
    title = f"Кампания {year} учебного года"
    return Opening(title, scope={"window": days}, once=f"campaign:{subject.region}:{school_year}")


# runs -------------------------------------------------------------------------------------------------------------


_RUN = (
    sa.select(IdentificationRun)
    .where(IdentificationRun.case_id == sa.bindparam("case"))
    .order_by(IdentificationRun.id.desc())
    .limit(1)
)
_UNDECIDED = (
    sa.select(Case.id)
    .where(Case.parent_id == sa.bindparam("campaign"), Case.kind == "objection", Case.status == "open")
    .where(Case.id.not_in(sa.select(Objection.case_id).where(Objection.decided_at.is_not(None))))
    .limit(1)
)


def run_of(session: Session, case_id: int) -> IdentificationRun | None:
    """The campaign's newest run."""
    return session.scalar(_RUN, {"case": case_id})


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
        "facts": {"run": run.id, "rule": _rule(run), "counts": summary["counts"], "small_samples": missing},
        "choices": {"school": choices},
    }


def _rule(run: IdentificationRun) -> str:
    rule = runs.method_of(run).rule
    return f"{rule.title}, версия {rule.key}"


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
        "facts": {"run": run.id, "rule": _rule(run), "counts": counts, "document_id": document.id if document else None}
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
    """Municipalities that have schools in the run; a school without one that is listed or watched reads for itself."""
    run = required_run(move.session, move.case.id)
    found = (
        sa.select(School.municipality_id)
        .join(Verdict, Verdict.school_id == School.id)
        .join(Organisation, Organisation.id == School.municipality_id)
        .where(Verdict.run_id == run.id)
        .group_by(School.municipality_id, Organisation.name)
        .order_by(Organisation.name)
    )
    final = sa.func.coalesce(Verdict.decided_status, Verdict.status)
    alone = (
        sa.select(School.id)
        .join(Verdict, Verdict.school_id == School.id)
        .where(Verdict.run_id == run.id, School.municipality_id.is_(None), final.in_(("listed", "watch")))
        .order_by(School.code)
    )
    for organisation_id in [*move.session.scalars(found), *move.session.scalars(alone)]:
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
    for case in move.session.scalars(for_update(sa.select(Case).where(*where).order_by(Case.id))).all():
        if case.data.get("track") == "watch":
            close(move.unit, case, "listed")
        else:
            move.unit.record("support.listed_again", case.id, campaign=move.case.id)


def the_order(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    run = required_run(move.session, move.case.id)
    yield move.case.subject_id, {"document_kind": "list_act", "run_id": run.id}


def undecided(move: Move) -> bool:
    """Is an objection of this campaign still without a signed decision? One that waits for the school's mark is decided."""
    return move.session.scalar(_UNDECIDED, {"campaign": move.case.id}) is not None


def gate_objections(move: Move, card: Card) -> Values:
    return {"objections_open": undecided(move)}


def objections_decided(move: Move) -> bool:
    return not undecided(move)


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
    order = acts.newest_of(move.session, move.case.id)
    document = texts.of_case(move.session, order.id) if order is not None else None
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
        "campaign_run": write_run,
        "campaign_preliminary": write_preliminary,
        "campaign_final": write_final,
    },
    contexts={
        "campaign_run": run_context,
        "campaign_preliminary": list_context,
        "campaign_final": list_context,
    },
    operations={
        "campaign.identify": identify,
        "campaign.freeze_list": freeze_list,
        "campaign.render": notes.render,
        "check_gate.campaign.objections": gate_objections,
        "act.list_rows": list_rows,
    },
    facts={"campaign.act.decided": acts.outcome, "campaign.children.done.objection": objections_decided},
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
