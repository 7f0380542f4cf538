"""Reorganisation of schools: registered from the founder's act, verified, approved, applied on its day (OR-03, OR-05)."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from textwrap import shorten
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import inherit
from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.models import Case, Remark, Task
from app.cases.move import Move
from app.cases.queries import last_answer
from app.cases.system import System
from app.documents import renditions, signing, texts
from app.documents.acts import number_document
from app.documents.models import ISSUED, Document
from app.engine import Card
from app.errors import Refused
from app.files import of_case
from app.people.models import Organisation
from app.regions import Profile
from app.schools import reorganisation_papers as papers
from app.schools import succession
from app.schools.models import RegistryDifference, Reorganisation, ReorganisedCase, School
from app.schools.succession import ceases

NEW = "new"
CYCLE = "support_cycle"
SUGGESTED = {"renamed": "rename", "recoded": "rename", "kind": "kind", "founder": "founder", "municipality": "founder"}


def open_reorganisation(
    session: Session, system: System, subject: Organisation, school_year: int, data: Values
) -> Opening:
    """One at a time about a school that is not closed; from a difference of the registry when `data` names one."""
    if subject.kind != "school":
        raise Refused("Реорганизация оформляется по школе.", advice="Выберите школу в реестре.")
    if subject.valid_to is not None:
        raise Refused("Школа уже закрыта.", advice="Реорганизация закрытой школы не оформляется.")
    return Opening(f"Реорганизация: {subject.short_name}", once=f"reorganisation:{subject.id}")


def row_of(session: Session, case_id: int) -> Reorganisation:
    return session.get_one(Reorganisation, case_id)


# registration -----------------------------------------------------------------------------------------------------


def register_context(ask: Asking) -> Values:
    """Lists to choose from; what the registry has brought already is not refused as «the former»."""
    session, school = ask.session, ask.session.get_one(School, ask.case.subject_id)
    subject = session.get_one(Organisation, school.id)
    near = _schools(session, subject, municipality=school.municipality_id)
    heirs = near if ask.actor.role == "municipal_authority" else _schools(session, subject)
    standing = last_answer(session, ask.case.id, "reorg_register")
    return {
        "choices": {
            "reorganisation_kind": ask.profile.dictionaries["reorganisation_kind"],
            "school": near,
            "heir": {NEW: "новая школа, которой ещё нет в реестре", **heirs},
            "municipality": _municipalities(session, ask.case.region),
            "document": _acts(session, ask.profile, school.municipality_id),
        },
        "values": standing or _suggested(session, ask.case),
        "facts": {} if ask.case.data.get("difference") else {"name": subject.name, "kind": school.kind},
        "known": [*_school_known(subject, school), *_difference_known(ask)],
        "files": of_case(session, ask.case.id),
        "dates": {"today": ask.today.isoformat()},
    }


def _schools(session: Session, subject: Organisation, municipality: int | None = None) -> dict[int, str]:
    """Schools that are open, told apart by code and found by typing it: two of them may bear one name."""
    found = sa.select(School.id, Organisation.short_name, School.code).join(Organisation, Organisation.id == School.id)
    where = [School.region == subject.region, School.id != subject.id, Organisation.valid_to.is_(None)]
    if municipality is not None:
        where.append(School.municipality_id == municipality)
    rows = session.execute(found.where(*where).order_by(School.code))
    return {id_: f"{code}, {name}" for id_, name, code in rows}


def _municipalities(session: Session, region: str) -> dict[int, str]:
    where = (Organisation.region == region, Organisation.kind == "municipality", Organisation.valid_to.is_(None))
    found = sa.select(Organisation.id, Organisation.short_name).where(*where).order_by(Organisation.short_name)
    return {id_: name for id_, name in session.execute(found)}


def _acts(session: Session, profile: Profile, municipality: int | None) -> dict[int, str]:
    """Acts of the founder that were issued here and not in the course of another case, newest first."""
    issuers = sa.select(Organisation.id).where(
        Organisation.region == profile.region, sa.or_(Organisation.id == municipality, Organisation.kind == "ministry")
    )
    kinds = [code for code, kind in profile.document_kinds.items() if kind.by_hand]
    where = (Document.organisation_id.in_(issuers), Document.kind.in_(kinds), Document.number.is_not(None))
    issued = Document.state.in_(ISSUED)
    found = sa.select(Document).where(*where, issued).order_by(Document.id.desc()).limit(100)
    return {document.id: _act_line(document) for document in session.scalars(found)}


def _act_line(document: Document) -> str:
    return shorten(f"№ {document.number} от {document.day:%d.%m.%Y}: {document.title}", 200, placeholder="…")


def _difference(session: Session, case: Case) -> RegistryDifference | None:
    return session.get(RegistryDifference, case.data["difference"]) if case.data.get("difference") else None


def _suggested(session: Session, case: Case) -> dict[str, Any]:
    """What the registry's difference says already."""
    found = _difference(session, case)
    if found is None:
        return {}
    subject, school = session.get_one(Organisation, case.subject_id), session.get_one(School, case.subject_id)
    return {
        "kind": SUGGESTED.get(found.kind),
        "name": subject.name,
        "short_name": subject.short_name,
        "founder": school.founder,
        "school_kind": school.kind,
    }


def _school_known(subject: Organisation, school: School) -> list[dict[str, str]]:
    codes = ", ".join(filter(None, (school.code, school.fisoko_login)))
    return [
        {"label": "Школа", "value": subject.name},
        {"label": "Коды", "value": codes},
        {
            "label": "Вид и учредитель",
            "value": f"{papers.SCHOOL_KINDS[school.kind]}, {papers.FOUNDERS[school.founder]}",
        },
    ]


def _difference_known(ask: Asking) -> list[dict[str, str]]:
    found = _difference(ask.session, ask.case)
    if found is None:
        return []
    words = f"было «{found.before}», стало «{found.after}»" if found.after else f"«{found.before}» в реестре нет"
    day = ask.system.calendar(ask.case.region).local(found.found_at)
    return [{"label": "Расхождение с реестром", "value": words, "source": f"{found.file}, {day:%d.%m.%Y}"}]


def write_register(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The act's facts; codes are refused at once when they belong to somebody else."""
    session, subject = move.session, move.subject
    successor = answers.get("successor")
    heir = int(successor) if successor and successor != NEW else None
    schools = [subject.id, *(int(one["school"]) for one in answers.get("others") or ())]
    owner = heir if answers["kind"] in succession.WITH_SUCCESSOR else subject.id
    succession.require_free(session, subject.region, answers.get("codes") or (), owner)
    _not_elsewhere(session, move.case, [*schools, *([heir] if heir else [])])
    row = session.get(Reorganisation, move.case.id) or Reorganisation(case_id=move.case.id, school_id=subject.id)
    row.kind, row.schools, row.successor_id = answers["kind"], schools, heir
    row.day, row.act = date.fromisoformat(answers["day"]), answers["act"]
    row.document_id = int(answers["document"]) if answers.get("document") else None
    row.data = {**answers, "day": str(answers["day"])}
    session.add(row)
    difference = _difference(session, move.case)
    if difference is not None:
        difference.case_id = move.case.id
    session.flush()
    return None


def _not_elsewhere(session: Session, case: Case, schools: list[int]) -> None:
    """Two acts about one school are applied one after the other, never side by side."""
    others = sa.select(Reorganisation, Case).join(Case, Case.id == Reorganisation.case_id)
    for other, its in session.execute(others.where(Case.status == "open", Case.region == case.region)):
        if (
            other.case_id != case.id
            and other.applied_at is None
            and ({*other.schools, other.successor_id} & {*schools})
        ):
            raise Refused(
                f"Одна из школ уже участвует в другой реорганизации: дело № {its.id}.",
                advice="Дождитесь её завершения или отмените то дело.",
            )


# verification, fate of cases ----------------------------------------------------------------------------------------


def verify_context(ask: Asking) -> Values:
    row = row_of(ask.session, ask.case.id)
    lines = papers.changes(ask.session, row)
    known = [{"label": "Акт", "value": row.act}, {"label": "Дата", "value": f"{row.day:%d.%m.%Y}"}]
    if row.document_id is not None:
        chosen = _act_line(ask.session.get_one(Document, row.document_id))
        known.insert(1, {"label": "Акт в системе", "value": chosen})
    heir = papers.successor_line(ask.session, row)
    if heir is not None:
        known.append({"label": "Правопреемник", "value": f"{heir['name']}, код {heir['code']}"})
    known += [{"label": c["what"], "value": f"{c['before'] or '–'} → {c['after'] or '–'}"} for c in lines]
    after = papers.ordered_after(ask.session, row.schools, row.day)
    if after is not None:
        kept = "школа в нём останется" if papers.ceases(row) else "в нём останутся прежние сведения о школе"
        known.append({"label": "Дата в прошлом", "value": f"перечень утверждён позже: он не изменится, {kept}"})
    joins = row.kind in ("merge", "branch")
    values = {"note": row.note, **({"merge_results": row.merge_results} if joins and row.note else {})}
    return {"known": known, "facts": {"joins": joins}, "values": values if row.note else {}}


def write_verify(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    row.note = answers["note"]
    if answers.get("merge_results") is not None:
        row.merge_results = answers["merge_results"]
    if answers["outcome"] != "ok":
        _remark(move, task, answers["note"])
    if answers["outcome"] == "reject":
        move.case.outcome = "rejected"
    return None


def _remark(move: Move, task: Task, text: str, place: str = "") -> None:
    before = sa.select(sa.func.count()).select_from(Remark).where(Remark.case_id == move.case.id)
    number = (move.session.scalar(before) or 0) + 1
    position = move.actor.position_id if move.actor else None
    values = {"case_id": move.case.id, "form": task.form, "round": number, "place": place, "text": text}
    move.session.add(Remark(**values, position_id=position, at=move.now))


def gate_cases(move: Move, card: Card) -> Values:
    row = row_of(move.session, move.case.id)
    return {"has_cases": ceases(row) and bool(open_cases(move.session, row))}


def open_cases(session: Session, row: Reorganisation) -> list[Case]:
    """Open cases whose fate the reorganisation decides: of the schools that cease, without the reorganisation itself."""
    return [case for case in inherit.roots(session, row.schools) if case.kind != "reorganisation"]


def cases_context(ask: Asking) -> Values:
    row = row_of(ask.session, ask.case.id)
    heir = ask.session.get(Organisation, row.successor_id) if row.successor_id else None
    found = open_cases(ask.session, row)
    twins = [c.id for c in found if heir is not None and inherit.twin(ask.session, ask.system, c, heir)]
    standing = {fate.case_id: fate for fate, _ in papers.fates(ask.session, row)}
    rows = []
    for case in found:
        fate = standing.get(case.id)
        line = {"row": case.id, "title": f"№ {case.id}. {case.title}", "terms": "keep"}
        line["fate"] = fate.fate if fate else default_fate(row, case.id in twins)
        line |= {"curator": "keep"} if case.kind == CYCLE else {}
        line |= {"reason": fate.reason} if fate else {}
        rows.append(line)
    options = papers.FATES if row.kind != "close" else {"close": papers.FATES["close"]}
    return {
        "rows": {"cases": rows},
        "facts": {"twins": twins},
        "choices": {"fate": options},
        "dates": {"today": ask.today.isoformat()},
    }


def default_fate(row: Reorganisation, has_twin: bool) -> str:
    """What becomes of a case that nobody decided about: the successor has it, once."""
    if row.kind == "close":
        return "close"
    return "merge" if has_twin else "transfer"


def write_cases(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    move.session.execute(sa.delete(ReorganisedCase).where(ReorganisedCase.reorganisation_id == row.case_id))
    for line in answers["cases"]:
        pause = line.get("pause_until") if line.get("terms") == "pause" else None
        move.session.add(
            ReorganisedCase(
                reorganisation_id=row.case_id,
                case_id=int(line["row"]),
                fate=line["fate"],
                reason=line["reason"],
                keep_curator=line.get("curator") != "change",
                pause_until=date.fromisoformat(pause) if pause else None,
            )
        )
    return None


# approval -----------------------------------------------------------------------------------------------------------


def approve_context(ask: Asking) -> Values:
    document = texts.of_case(ask.session, ask.case.id, papers.CARD)
    return {"facts": {"document_id": document.id if document else None}}


def approve_shown(ask: Asking, answers: Values | None) -> str | None:
    if answers is not None and answers.get("outcome") != "sign":
        return None
    document = texts.of_case(ask.session, ask.case.id, papers.CARD)
    edition = texts.current(ask.session, document) if document else None
    return edition.sha256 if edition else sha256(orjson.dumps(ask.case.id)).hexdigest()


def write_approve(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    if answers["outcome"] != "sign":
        for line in answers.get("remarks") or ():
            _remark(move, task, line["text"], line.get("place") or "")
        return None
    document = texts.of_case(move.session, move.case.id, papers.CARD)
    edition = texts.current(move.session, document) if document else None
    assert document is not None and edition is not None
    signing.sign(move, document, edition, move.proof, "sign")
    return None


def number(move: Move, card: Card) -> Values | None:
    """The signed card gets its number and its PDF."""
    document = texts.of_case(move.session, move.case.id, papers.CARD)
    assert document is not None
    number_document(move, document)
    papers.write_card(move, row_of(move.session, move.case.id), draft=False)
    renditions.request(move, document)
    return None


def act_repealed(move: Move) -> bool:
    """Was the founder's act, issued here, withdrawn before the day came?"""
    row = row_of(move.session, move.case.id)
    document = move.session.get(Document, row.document_id) if row.document_id else None
    return document is not None and document.state == "withdrawn"


HANDLERS = Handlers(
    kinds={"reorganisation": open_reorganisation},
    about={"reorganisation": ("school",)},
    openers={"reorganisation": ("municipal_authority", "regional_operator")},
    forms={
        "reorg_register": write_register,
        "reorg_verify": write_verify,
        "reorg_cases": write_cases,
        "reorg_approve": write_approve,
    },
    contexts={
        "reorg_register": register_context,
        "reorg_verify": verify_context,
        "reorg_cases": cases_context,
        "reorg_approve": approve_context,
    },
    operations={
        "check_gate.reorganisation.cases": gate_cases,
        "reorganisation.number": number,
    },
    facts={"reorganisation.act.repealed": act_repealed},
    signed={"reorg_approve": approve_shown},
)
