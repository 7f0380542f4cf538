"""Objections of schools: filed within the window, answered with reasons before the list is signed (OR 3.2)."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.models import Case, Deadline, Task
from app.cases.move import Move
from app.cases.system import System
from app.documents import contexts, renditions, signing, texts
from app.documents.acts import number_document
from app.documents.issuing import issuing_place
from app.documents.models import Signature
from app.engine import Card
from app.errors import Refused
from app.files import of_case
from app.identification import changes, fingerprints, runs
from app.identification.campaign import required_run
from app.identification.models import IdentificationRun, Objection, Verdict
from app.identification.words import SUBJECTS
from app.people.models import Organisation
from app.years import school_year_name

DECISION = "objection_decision"
DECIDED = ("accept", "partly", "reject")


def open_objection(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """A school objects to its verdict in a campaign whose order is not signed yet; a second one joins the first."""
    campaign = session.get(Case, data.get("campaign", 0))
    if campaign is None or campaign.kind != "campaign" or campaign.region != subject.region or subject.kind != "school":
        raise Refused("Возражение подают по своей школе в открытой кампании.")
    if campaign.status != "open" or _ordered(session, campaign.id):
        raise Refused("Перечень уже утверждён приказом.", advice="Обратитесь к региональному оператору за уточнением.")
    run = required_run(session, campaign.id)
    if session.scalar(sa.select(Verdict.id).where(Verdict.run_id == run.id, Verdict.school_id == subject.id)) is None:
        raise Refused("В расчёте этой школы нет.", advice="Проверьте код школы в реестре.")
    end = _window_end(session, campaign.id)
    closes = end or campaign.changed_at + timedelta(days=7)
    title = f"Возражение: {subject.short_name}"
    return Opening(
        title,
        scope={"window": closes.date().isoformat()},
        once=f"objection:{campaign.id}:{subject.id}",
        data={"late": end is None},
    )


def _window_end(session: Session, campaign_id: int) -> Any:
    where = (Deadline.case_id == campaign_id, Deadline.kind == "timer")
    return session.scalar(sa.select(Deadline.due_at).where(*where))


def _ordered(session: Session, campaign_id: int) -> bool:
    where = (Case.parent_id == campaign_id, Case.kind == "act", Case.outcome == "in_force")
    return session.scalar(sa.select(Case.id).where(*where).limit(1)) is not None


def campaign_run(session: Session, case: Case) -> IdentificationRun:
    """The run that an objection or its verdict is about: the campaign's newest."""
    return required_run(session, int(case.data["campaign"]))


def verdict_of(session: Session, case: Case) -> Verdict:
    return runs.verdict_row(session, campaign_run(session, case), case.subject_id)


def row_of(session: Session, case_id: int) -> Objection:
    return session.get_one(Objection, case_id)


# filing -----------------------------------------------------------------------------------------------------------


def submit_context(ask: Asking) -> Values:
    """What the calculation used, beside what the school says."""
    verdict = verdict_of(ask.session, ask.case)
    used = {f"{low['procedure']}:{low['school_year']}": {"n": low["n"], "low": low["low"]} for low in verdict.evidence}
    rows = [
        {"procedure": low["procedure"], "year": low["school_year"], "n": low["n"], "low": low["low"]}
        for low in verdict.evidence
    ]
    return {
        "facts": {
            "system": used,
            "late": ask.case.data.get("late", False),
            "verdict": verdict.final_status,
            "run": verdict.run_id,
        },
        "values": {"positions": [{**row, "source": ""} for row in rows]},
        "files": of_case(ask.session, ask.case.id),
    }


def submit_shown(ask: Asking, answers: Values | None) -> str:
    return fingerprints.of_verdict(verdict_of(ask.session, ask.case))


def write_submit(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    move.session.add(
        Objection(
            case_id=move.case.id,
            campaign_id=int(move.case.data["campaign"]),
            school_id=move.case.subject_id,
            subject=answers["subject"],
            rows=answers["positions"],
            grounds=answers["grounds"],
            asks=answers["request"],
            late=bool(move.case.data.get("late")),
            filed_at=move.now,
        )
    )
    move.session.flush()
    move.record("objection.filed", subject=answers["subject"], asks=answers["request"])
    return None


def gate_authority(move: Move, card: Card) -> Values:
    parent = move.session.get(Organisation, move.subject.parent_id) if move.subject.parent_id else None
    return {"has_authority": parent is not None and parent.kind == "municipality"}


# review -----------------------------------------------------------------------------------------------------------


def review_context(ask: Asking) -> Values:
    row = row_of(ask.session, ask.case.id)
    rows = [{"row": number, "position": _position_text(ask.profile, line)} for number, line in enumerate(row.rows, 1)]
    facts = {
        "subject": SUBJECTS[row.subject],
        "grounds": row.grounds,
        "opinion": row.opinion,
        "opinion_text": row.opinion_text,
        "asks": row.asks,
        "late": row.late,
    }
    return {"rows": {"checks": rows}, "facts": facts}


def _position_text(profile: Any, line: dict[str, Any]) -> str:
    used = line.get("system")
    system = f"в расчёте {used['low']} из {used['n']}" if used else "в расчёте нет"
    name = profile.procedure(line["procedure"]).title
    return f"{name}, {school_year_name(line['year'])}: по данным школы {line['low']} из {line['n']}, {system}"


def write_review(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """A decision with its reasons becomes the draft that the operator's head signs."""
    row = row_of(move.session, move.case.id)
    if answers["decision"] not in DECIDED:
        return None
    row.decision, row.motive, row.new_status = answers["decision"], answers["motive"], answers.get("verdict")
    move.session.flush()
    document = texts.of_case(move.session, move.case.id, DECISION)
    if document is None:
        place = issuing_place(move.session, move.case.region, "operator")
        document = texts.create(move, DECISION, f"по возражению {move.subject.short_name}", place)
    texts.write(move, document, _context(move, document, _checked(move, row, answers["checks"]), draft=True))
    return None


def _checked(move: Move, row: Objection, checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The school's positions with the outcome of the check beside them; figures that were confirmed count from now on."""
    lines = []
    for line in checks:
        claimed = row.rows[int(line["row"]) - 1]
        figures = {"n": claimed["n"], "low": claimed["low"]}
        used = claimed.get("system")
        lines.append(
            {
                "procedure": move.profile.procedure(claimed["procedure"]).title,
                "year": school_year_name(claimed["year"]),
                "claimed": figures,
                "accepted": figures if line.get("confirmed") else used,
                "confirmed": bool(line.get("confirmed")),
                "evidence": line.get("evidence") or "",
            }
        )
    return lines


def sign_context(ask: Asking) -> Values:
    document = texts.of_case(ask.session, ask.case.id, DECISION)
    return {"facts": {"document_id": document.id if document else None}}


def sign_shown(ask: Asking, answers: Values | None) -> str | None:
    if answers is not None and answers.get("outcome") != "sign":
        return None
    document = texts.of_case(ask.session, ask.case.id, DECISION)
    edition = texts.current(ask.session, document) if document else None
    return edition.sha256 if edition else sha256(orjson.dumps(ask.case.id)).hexdigest()


def write_sign(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    document = texts.of_case(move.session, move.case.id, DECISION)
    edition = texts.current(move.session, document) if document else None
    if answers["outcome"] != "sign" or document is None or edition is None:
        return None
    signing.sign(move, document, edition, move.proof, "sign")
    row_of(move.session, move.case.id).decided_at = move.now
    return None


def number(move: Move, card: Card) -> Values | None:
    document = texts.of_case(move.session, move.case.id, DECISION)
    if document is not None:
        number_document(move, document)
    return None


def render_decision(move: Move, card: Card) -> Values | None:
    document = texts.of_case(move.session, move.case.id, DECISION)
    if document is None:
        return None
    edition = texts.current(move.session, document)
    assert edition is not None
    texts.write(move, document, _context(move, document, edition.context["checks"], draft=False))
    renditions.request(move, document)
    return None


def _context(move: Move, document: Any, checks: list[dict[str, Any]], *, draft: bool) -> dict[str, Any]:
    profile, row = move.profile, row_of(move.session, move.case.id)
    verdict = verdict_of(move.session, move.case)
    calendar = move.system.calendar(move.case.region)
    today = move.today
    code = profile.signers["operator_head"]
    head = contexts.holder(move.session, move.case.region, code, today)
    signed = signing.valid(move.session, document.id, "sign")
    after = row.new_status if row.decision in ("accept", "partly") and row.new_status else verdict.final_status
    return {
        "doc": contexts.registration(
            profile, document, move.case, move.system.base_url, place=profile.capital, draft=draft, edition_day=today
        ),
        "issuer": contexts.issuer(profile, "operator"),
        "basis": " ".join(filter(None, (profile.vocabulary.get("objection_clause"), profile.act.genitive))),
        "objection_ref": f"возражение {move.subject.short_name} от {calendar.local(row.filed_at):%d.%m.%Y}",
        "subject": SUBJECTS[row.subject],
        "received": calendar.local(row.filed_at).isoformat(),
        "opinion": row.opinion_text or "",
        "opinion_missing": row.opinion_text is None,
        "checks": checks,
        "decision": row.decision,
        "school": move.subject.name,
        "reasons": row.motive,
        "verdict_before": verdict.status,
        "verdict_after": after,
        "signers": [
            contexts.signer(profile.positions[code].post, head[1] if head else None, signed[-1] if signed else None)
        ],
        "journal": None if draft else contexts.head(move.session),
    }


def change_verdict(move: Move, card: Card) -> Values | None:
    """Write the new conclusion beside the computed one: this and a clarification are the only ways."""
    row = row_of(move.session, move.case.id)
    if row.new_status is None:
        return None
    run = campaign_run(move.session, move.case)
    changes.change_verdict(
        move.session,
        run,
        move.case.subject_id,
        row.new_status,
        row.motive or "",
        case_id=move.case.id,
        actor=move.actor,
        now=move.now,
    )
    move.record("verdict.changed", run=run.id, school=move.case.subject_id, decided=row.new_status)
    return None


def deliver(move: Move, card: Card) -> Values | None:
    """A letter to the school: the decision is in its case."""
    key = f"objection:{move.case.id}:decision"
    move.post(
        "mail", key, template="task", role="school_head", subject=f"Решение по возражению: {move.subject.short_name}"
    )
    return None


def acquainted(move: Move) -> bool:
    document = texts.of_case(move.session, move.case.id, DECISION)
    where = (Signature.document_id == (document.id if document else 0), Signature.purpose == "acquaint")
    return move.session.scalar(sa.select(Signature.id).where(*where).limit(1)) is not None


HANDLERS = Handlers(
    kinds={"objection": open_objection},
    about={"objection": ("school",)},
    within={"objection": "campaign"},
    openers={"objection": ("school_head", "municipal_method_service", "municipal_authority")},
    forms={"objection_submit": write_submit, "objection_review": write_review, "objection_sign": write_sign},
    contexts={"objection_submit": submit_context, "objection_review": review_context, "objection_sign": sign_context},
    operations={
        "check_gate.objection.authority": gate_authority,
        "objection.number": number,
        "objection.render": render_decision,
        "objection.collect_facts": change_verdict,
        "objection.deliver": deliver,
    },
    facts={"objection.acquaintance.all": acquainted},
    signed={"objection_submit": submit_shown, "objection_sign": sign_shown},
)
