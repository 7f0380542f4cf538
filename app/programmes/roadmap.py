"""A school's programme: drawn up from the approved diagnosis, adopted, agreed, published, changed in editions (OR 4.3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.models import Case, Remark, Task
from app.cases.move import Move, Unit
from app.cases.operations import close, locked, unit_of
from app.cases.system import System
from app.documents import signing, texts
from app.documents.models import Document, Edition, Publication
from app.engine import Card
from app.errors import BadInput, NotAllowed, Refused
from app.files import of_case
from app.people import policy
from app.people.actor import Actor, covers
from app.people.models import Organisation, Person, Position
from app.programmes import assignment_cards, diagnosis, drafting, plans, roadmap_papers, stages
from app.programmes.models import PlanRow
from app.programmes.plan_models import Roadmap

NOT_APPROVED = "У школы нет утверждённой диагностики этого учебного года."
SCHOOL = ("school_head", "school_deputy")


def open_roadmap(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """One open programme a school; its kind is the region's usual one unless the opener names another."""
    roadmaps = system.profile(subject.region).roadmaps
    kind = str(data.get("programme", roadmaps.usual))
    if subject.kind != "school" or kind not in roadmaps.kinds:
        raise Refused("Программу составляет школа, вид берётся из списка региона.")
    title = f"{roadmaps.kinds[kind].printed}: {subject.short_name}"
    return Opening(title, once=f"roadmap:{subject.id}", data={"programme": kind})


def standing(session: Session, case_id: int) -> Roadmap:
    return session.get_one(Roadmap, case_id)


def required_diagnosis(session: Session, case: Case) -> diagnosis.Found:
    found = diagnosis.approved(session, case.subject_id, case.school_year)
    if found is None:
        raise Refused(NOT_APPROVED, advice="Завершите диагностику: программа строится на её рисках.")
    return found


# gates ------------------------------------------------------------------------------------------------------------


def gate_diagnosis(move: Move, card: Card) -> Values:
    return {"has_diagnosis": diagnosed(move)}


def diagnosed(move: Move) -> bool:
    return diagnosis.approved(move.session, move.case.subject_id, move.case.school_year) is not None


def gate_expertise(move: Move, card: Card) -> Values:
    return {"needs_expertise": move.profile.roadmaps.expertise, "expertise_kind": "roadmap"}


# what the form shows and writes -----------------------------------------------------------------------------------


def write_draft(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """A new edition of the programme: passport, rows, answers to remarks, the text of the document."""
    found = required_diagnosis(move.session, move.case)
    roadmap = drafting.write(move, answers, found)
    drafting.answer_remarks(move, answers.get("answers_to") or ())
    roadmap.amendment = None
    move.session.flush()
    roadmap_papers.write_text(move, roadmap, draft=True)
    move.record("roadmap.written", edition=roadmap.edition, rows=len(answers["measures"]), diagnosis=found.case_id)
    return None


def text_context(ask: Asking) -> Values:
    """The text to be read, for who decides about it."""
    document, _ = text_of(ask.session, ask.case.id)
    roadmap = standing(ask.session, ask.case.id)
    stored = of_case(ask.session, ask.case.id)
    facts = {"document_id": document.id, "document": document.title, "edition": roadmap.edition, "case": ask.case.id}
    return {"facts": facts, "files": stored, "dates": {"today": ask.today.isoformat()}}


def text_of(session: Session, case_id: int) -> tuple[Document, Edition]:
    """The programme's document with its newest edition; Refused before the school has sent one."""
    document = roadmap_papers.document_of(session, case_id)
    edition = texts.current(session, document) if document else None
    if document is None or edition is None:
        raise Refused("Текста программы ещё нет.")
    return document, edition


def council_context(ask: Asking) -> Values:
    """The text, and the last protocol: after a small change the same meeting may stand."""
    kept = ("organ", "number", "day", "present", "votes_for", "votes_against", "abstained")
    before = standing(ask.session, ask.case.id).council
    return {**text_context(ask), "values": {name: before.get(name) for name in kept if before}}


def write_council(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    roadmap = standing(move.session, move.case.id)
    kept = ("organ", "number", "day", "present", "votes_for", "votes_against", "abstained", "files", "outcome")
    roadmap.council = {name: answers.get(name) for name in kept}
    if answers["outcome"] == "return":
        remark(move, task, answers["remarks"])
    return None


def remark(move: Move, task: Task, lines: Any) -> None:
    """Keep remarks; the author answers each of them with the next edition."""
    roadmap = standing(move.session, move.case.id)
    actor = move.actor
    for line in lines or ():
        move.session.add(
            Remark(
                case_id=move.case.id,
                form=task.form,
                round=roadmap.edition,
                edition=roadmap.edition,
                place=(line.get("place") or "")[:255],
                text=line["text"],
                compulsory=line.get("weight") != "advice",
                position_id=actor.position_id if actor else None,
                behalf_of=actor.behalf_of if actor else None,
                at=move.now,
            )
        )
    move.session.flush()


def signed_when(*outcomes: str) -> Any:
    """Fingerprint of the programme's text when the answers agree to it."""

    def shown(ask: Asking, answers: Values | None) -> str | None:
        if answers is not None and answers.get("outcome") not in outcomes:
            return None
        return text_of(ask.session, ask.case.id)[1].sha256

    return shown


def write_head(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The head approves by a signature under the text; never without an approved diagnosis."""
    if answers["outcome"] == "return":
        remark(move, task, answers["remarks"])
        return None
    required_diagnosis(move.session, move.case)
    document, edition = text_of(move.session, move.case.id)
    signing.sign(move, document, edition, move.proof, "sign")
    document.state = "approval"  # the curator and the municipality are still to agree
    document.day = move.today
    return None


def curator_context(ask: Asking) -> Values:
    """Rows to comment on, and what only the curator is told: a programme that repeats another school's."""
    roadmap, profile = standing(ask.session, ask.case.id), ask.profile
    rows = [
        {"row": row.number, "place": f"строка {row.number}", "measure": row.text, "weight": "must"}
        for row in plans.rows(ask.session, roadmap.case_id)
    ]
    shown = dict(text_context(ask))
    same = plans.alike(ask.session, roadmap)
    formal = same if same and same[1] > profile.roadmaps.same_percent else None
    facts = {**shown["facts"], "formal": {"school": formal[0], "percent": formal[1]} if formal else None}
    return {**shown, "facts": facts, "rows": {"comments": rows}, "choices": {"factor": drafting.factors(ask)}}


def write_curator(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    said = [line for line in answers["comments"] if line.get("text")]
    factors = drafting.labels(move.profile)
    said += [
        {"place": f"новая строка: {factors.get(p['factor'], '')}", "text": f"{p['text']} Почему: {p['reason']}"}
        for p in answers.get("proposed") or ()
    ]
    if answers.get("general"):
        weight = "must" if answers["outcome"] == "return" else "advice"
        said.append({"place": "программа в целом", "text": answers["general"], "weight": weight})
    if answers["outcome"] == "agree":
        said = [{**line, "weight": "advice"} for line in said]
    remark(move, task, said)
    if answers["outcome"] == "agree":
        document, edition = text_of(move.session, move.case.id)
        signing.sign(move, document, edition, move.proof, "approval", conclusion="agreed")
    return None


def sheet(ask: Asking) -> Values:
    """The municipality's row of the approval sheet, asked by `sign_off`."""
    position_id = plans.municipality_head(ask.session, ask.case.region, ask.case.subject_id, ask.today)
    if position_id is None:
        raise Refused(
            "Некому согласовать: в органе управления образованием нет сотрудников.", advice="Заведите должность."
        )
    position = ask.session.get_one(Position, position_id)
    person = ask.session.get_one(Person, position.person_id)
    days = ask.profile.limits.approval_days_default
    row = {"row": 1, "stage": 1, "position": position_id, "scope": "whole", "days": days, "compulsory": True}
    return {"rows": [row], "positions": {position_id: f"{person.listed_name}, {position.title}"}}


def write_publish(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    roadmap = standing(move.session, move.case.id)
    document, _ = text_of(move.session, move.case.id)
    roadmap.url, roadmap.published_on = answers["url"], date.fromisoformat(answers["day"])
    found = sa.select(Publication).where(Publication.document_id == document.id, Publication.place == "school_site")
    row = move.session.scalar(found) or Publication(document_id=document.id, place="school_site")
    row.url, row.day, row.recorded_at = answers["url"], roadmap.published_on, move.now
    row.recorded_by = move.actor.position_id if move.actor else None
    move.session.add(row)
    move.session.flush()
    move.record("document.published", document=document.id, place="school_site", url=row.url, day=answers["day"])
    return None


def render(move: Move, card: Card) -> Values | None:
    """The text before the head reads it; once everybody has agreed, the document with its marks and the edition in force."""
    roadmap = standing(move.session, move.case.id)
    if card.properties.get("mode") != "final":
        roadmap_papers.write_text(move, roadmap, draft=True)
        return None
    required_diagnosis(move.session, move.case)
    roadmap_papers.write_text(move, roadmap, draft=False)
    roadmap.approved_edition, roadmap.approved_at = roadmap.edition, move.now
    move.session.flush()
    move.record("roadmap.approved", edition=roadmap.edition)
    return None


# rows become assignments ------------------------------------------------------------------------------------------


def open_rows(move: Move, card: Card) -> Values | None:
    """Open an assignment for every row in force that has none; close those of rows that the new edition left out."""
    cards = plans.execution(move.session, move.case.id)
    gone = sa.select(PlanRow.id).where(PlanRow.case_id == move.case.id, PlanRow.dropped_in.is_not(None))
    for row_id in move.session.scalars(gone):
        if row_id in cards and cards[row_id].state in ("open", "reported"):
            cards[row_id].state = "dropped"
            close(
                move.unit, locked(move.session, cards[row_id].case_id), "replaced", "Строка изменена новой редакцией."
            )
    for subject_id, data in row_targets(move, card):
        assignment_cards.ensure(move.session, move.open_child("assignment", subject_id, data))
    return None


def row_targets(move: Move, card: Card) -> Iterator[tuple[int, dict[str, Any]]]:
    done = plans.execution(move.session, move.case.id)
    for row in plans.rows(move.session, move.case.id):
        if row.id not in done:
            yield move.case.subject_id, {"plan_row": row.id}


# people -----------------------------------------------------------------------------------------------------------


def author(move: Move, item: str | None) -> int | None:
    """Who sent the last edition, while he works at the school; else a deputy or the head."""
    today = move.today
    made_by = drafting.made_by(move.session, move.case.id)
    position = move.session.get(Position, made_by) if made_by else None
    if position is not None and covers(position, today):
        return position.id
    school = move.case.subject_id
    return plans.holder_of(move.session, school, "school_deputy", today) or signer(move, item)


def signer(move: Move, item: str | None) -> int | None:
    today = move.today
    return plans.head_of(move.session, move.case.subject_id, "school_head", today)


def curator(move: Move, item: str | None) -> int | None:
    today = move.today
    return plans.curator_of(move.session, move.case.region, move.case.subject_id, today)


# changes between stages -------------------------------------------------------------------------------------------


def amended(move: Move) -> bool:
    return standing(move.session, move.case.id).amendment is not None


def ask_amendment(system: System, case_id: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """Open an approved programme for changes between its stages: the school's own wish, with its reason."""
    with unit_of(system, actor, now) as unit:
        case = locked(unit.session, case_id)
        roadmap = unit.session.get(Roadmap, case_id)
        if actor.role not in SCHOOL or actor.organisation_id != case.subject_id:
            raise NotAllowed("Программу меняет школа, которая её составила.")
        if roadmap is None or roadmap.approved_edition is None or case.status != "open":
            raise Refused("Менять можно утверждённую программу открытого дела.")
        if _busy(unit.session, case_id) or not reason.strip():
            raise Refused("Сначала завершите открытую задачу дела и назовите причину изменений.")
        _amend(unit, case, roadmap, reason.strip())


def call_review(move: Move, case_id: int, reason: str) -> None:
    """Open a programme in force for changes, because the plan of the year says so.

    One that is being written, reported or summed up is in people's hands already.
    """
    case, roadmap = locked(move.session, case_id), move.session.get(Roadmap, case_id)
    if roadmap is not None and roadmap.approved_edition is not None and not _busy(move.session, case_id):
        _amend(move.unit, case, roadmap, reason)
        move.session.flush()


def _busy(session: Session, case_id: int) -> bool:
    return session.scalar(sa.select(Task.id).where(Task.case_id == case_id).limit(1)) is not None


def _amend(unit: Unit, case: Case, roadmap: Roadmap, reason: str) -> None:
    roadmap.amendment = reason
    unit.record("roadmap.amendment_asked", case.id, reason=reason)
    key = f"wake:{case.id}:roadmap.amend:{case.version}"
    unit.post("wake", key, case.id, message="roadmap.amend", values={}, sender=case.id)


def comment_row(system: System, case_id: int, row: int, text: str, *, actor: Actor, now: datetime) -> None:
    """A comment at a row of the newest edition by whoever sees the case; the next draft answers it."""
    with unit_of(system, actor, now) as unit:
        case = locked(unit.session, case_id)
        policy.require(actor, "case.comment", case)
        roadmap = unit.session.get(Roadmap, case_id)
        known = roadmap and row in {one.number for one in plans.rows(unit.session, case_id)}
        if roadmap is None or not known or case.status != "open":
            raise Refused("Такой строки в действующей программе нет.")
        if not text:
            raise BadInput("Напишите, что вы хотите сказать о строке.")
        facts = {"form": drafting.COMMENT, "round": roadmap.edition, "edition": roadmap.edition, "compulsory": False}
        who = {"position_id": actor.position_id, "behalf_of": actor.behalf_of, "at": now}
        unit.session.add(Remark(case_id=case_id, place=f"строка {row}", text=text, **facts, **who))
        unit.record("roadmap.commented", case_id, row=row)


def told_of_diagnosis(move: Move) -> list[int]:
    """The case that opened the diagnosis, and programmes that wait for the school's diagnosis."""
    where = (Case.kind == "roadmap", Case.subject_id == move.case.subject_id, Case.status == "open")
    waiting = list(move.session.scalars(sa.select(Case.id).where(*where).order_by(Case.id)))
    return [*([move.case.parent_id] if move.case.parent_id is not None else []), *waiting]


HANDLERS = Handlers(
    kinds={"roadmap": open_roadmap},
    about={"roadmap": ("school",)},
    openers={"roadmap": (*SCHOOL, "regional_operator")},
    forms={
        "roadmap_draft": write_draft,
        "roadmap_council": write_council,
        "roadmap_head": write_head,
        "roadmap_curator": write_curator,
        "roadmap_publish": write_publish,
        **stages.FORMS,
    },
    contexts={
        "roadmap_draft": drafting.context,
        "roadmap_council": council_context,
        "roadmap_head": text_context,
        "roadmap_curator": curator_context,
        "roadmap_publish": text_context,
        "roadmap.sheet": sheet,
        **stages.CONTEXTS,
    },
    operations={
        "check_gate.roadmap.diagnosis": gate_diagnosis,
        "check_gate.roadmap.expertise": gate_expertise,
        "check_gate.roadmap.stage": stages.gate_stage,
        "roadmap.render": render,
        "roadmap.open_cases": open_rows,
    },
    facts={"roadmap.diagnosis.approved": diagnosed, "roadmap.roadmap.amend": amended},
    roles={"roadmap.author": author, "roadmap.signer": signer, "roadmap.curator": curator},
    targets={"roadmap.rows": row_targets},
    audience={"diagnosis.approved": told_of_diagnosis},
    signed={
        "roadmap_head": signed_when("approve"),
        "roadmap_curator": signed_when("agree"),
        **stages.SIGNED,
    },
)
