"""The profile decided: the curator's analysis, the school's choice, two signatures under one text (OR-42, OR-65)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.cases.handlers import Asking, Handlers, Values
from app.cases.models import Remark, Task
from app.cases.move import Move
from app.diagnostics import diagnosis, instruments, opinion_paper, papers
from app.diagnostics.diagnosis import OPINION, PROFILE, of, opinions, scores, title_of
from app.documents import renditions, signing, texts
from app.documents.acts import number_document
from app.documents.models import Document, Edition
from app.engine import Card
from app.errors import Refused
from app.files import of_case

LEVELS = {"high": "высокая", "medium": "средняя", "low": "низкая"}
AT_SCHOOL, AT_OPERATOR = "diag_school", "diag_verify"


# contexts ---------------------------------------------------------------------------------------------------------


def self_context(ask: Asking) -> Values:
    """Every factor with what to look at; the last self-assessment is shown as its source."""
    guides = instruments.newest(ask.profile.diagnostics.self_assessment).guides
    rows = [{"row": n, "factor": f.code} for n, f in enumerate(ask.profile.diagnostics.factors, 1)]
    return {"rows": {"factors": rows}, "choices": _choices(ask), "facts": {"guides": dict(guides)}}


def docs_context(ask: Asking) -> Values:
    checklist = instruments.newest(ask.profile.diagnostics.checklist)
    rows = [{"row": n, "block": b.title, "item": i.text} for n, (b, i) in enumerate(checklist.items, 1)]
    return {"rows": {"items": rows}, "files": of_case(ask.session, ask.case.id)}


def seen_context(ask: Asking) -> Values:
    return {"choices": _choices(ask), "dates": {"today": ask.today.isoformat()}}


def _choices(ask: Asking) -> dict[str, Any]:
    known = ask.profile.dictionaries
    names = ("risk_factor", "subject", "tool")
    factors = {f.code: known["risk_factor"][f.code] for f in ask.profile.diagnostics.factors}
    return {**{name: dict(known[name]) for name in names if name in known}, "risk_factor": factors}


def analysis_context(ask: Asking) -> Values:
    """The computed score beside each decision; what was decided before is filled in."""
    rows, values = [], []
    for score in scores(ask.session, ask.case.id):
        computed = f"{score.score} – {LEVELS[score.level]}" if score.level else "сведений мало"
        rows.append({"row": score.number, "factor": score.factor, "computed": computed})
        if score.decided:
            kept = {"significance": score.decided, "reason": score.reason, "conclusion": score.conclusion}
            values.append({"row": score.number, "factor": score.factor, **kept})
    filled = {"factors": values} if len(values) == len(rows) else {}
    return {
        "rows": {"factors": rows},
        "choices": _choices(ask),
        "values": filled,
        "facts": {
            "levels": {score.factor: score.level for score in scores(ask.session, ask.case.id)},
            "factors": papers.shown_factors(ask.session, ask.profile, ask.case.id),
            "remarks": _remarks(ask),
            "case": ask.case.id,
        },
    }


def _remarks(ask: Asking) -> list[dict[str, Any]]:
    found = sa.select(Remark).where(Remark.case_id == ask.case.id).order_by(Remark.id)
    return [
        {"n": n, "place": r.place, "text": r.text, "answer": r.answer_text}
        for n, r in enumerate(ask.session.scalars(found), 1)
    ]


def school_context(ask: Asking) -> Values:
    row, rules = of(ask.session, ask.case.id), ask.profile.diagnostics
    decided = scores(ask.session, ask.case.id)
    significant = [s for s in decided if s.decided in ("high", "medium")]
    outcomes = {"agree": "согласиться", "remarks": "вернуть куратору с замечаниями"}
    if row.rounds >= rules.rounds:
        outcomes = {"agree": "согласиться", "disagree": "принять с особым мнением"}
    return {
        "choices": {
            **_choices(ask),
            "outcome": outcomes,
            "significant": {
                s.factor: f"{title_of(ask.profile, s.factor)} – {LEVELS[s.decided or 'low']}" for s in significant
            },
        },
        "values": {"in_work": [s.factor for s in decided if s.in_work]},
        "facts": {
            "significant": [s.factor for s in significant],
            "high": [s.factor for s in significant if s.decided == "high"],
            "document_id": _document_id(ask),
        },
    }


def _document_id(ask: Asking) -> int | None:
    document = texts.of_case(ask.session, ask.case.id, PROFILE)
    return document.id if document else None


def confirm_context(ask: Asking) -> Values:
    return {"choices": _choices(ask), "facts": {"document_id": _document_id(ask)}}


def confirm_shown(ask: Asking, answers: Values | None) -> str | None:
    """The very text of the profile; a return signs nothing."""
    if answers is not None and answers.get("outcome") not in ("sign", "approve"):
        return None
    _, edition = _profile(ask.session, ask.case.id)
    return edition.sha256


def _profile(session: Any, case_id: int) -> tuple[Document, Edition]:
    document = texts.of_case(session, case_id, PROFILE)
    edition = texts.current(session, document) if document else None
    if document is None or edition is None:
        raise Refused("Профиль ещё не подготовлен.", advice="Его готовит куратор, когда анализирует факторы.")
    return document, edition


def correct_context(ask: Asking) -> Values:
    """The operator's open remarks, and the self-assessment as it stands."""
    last = {o.factor: o for o in opinions(ask.session, ask.case.id, "school")}
    rows, values = [], []
    for number, factor in enumerate(ask.profile.diagnostics.factors, 1):
        rows.append({"row": number, "factor": factor.code})
        opinion = last.get(factor.code)
        if opinion:
            given = {"score": opinion.score, "situation": opinion.text, "done": opinion.data.get("done", "")}
            values.append({"row": number, "factor": factor.code, **given})
    remarks = [
        {"row": r.id, "remark": f"{r.place}: {r.text}" if r.place else r.text} for r in _open(ask.session, ask.case.id)
    ]
    filled = {"factors": values} if len(values) == len(rows) else {}
    guides = instruments.newest(ask.profile.diagnostics.self_assessment).guides
    return {
        "rows": {"replies": remarks, "factors": rows},
        "values": filled,
        "choices": _choices(ask),
        "facts": {"guides": dict(guides)},
    }


def _open(session: Any, case_id: int) -> Any:
    where = (Remark.case_id == case_id, Remark.form == AT_OPERATOR, Remark.answer.is_(None))
    return session.scalars(sa.select(Remark).where(*where).order_by(Remark.id)).all()


# writing ----------------------------------------------------------------------------------------------------------


def write_analysis(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The significance decided; the computed one stays beside it."""
    known = {score.factor: score for score in scores(move.session, move.case.id)}
    for line in answers["factors"]:
        score = known[line["factor"]]
        changed = score.decided not in (None, line["significance"])
        score.decided, score.conclusion = line["significance"], line["conclusion"]
        score.reason = (line.get("reason") or "") if score.decided != score.level else ""
        score.decided_by = move.actor.position_id if move.actor else None
        score.decided_at = move.now
        if changed or score.decided == "low":
            score.in_work = False
    move.session.flush()
    overruled = {s.factor: [s.level, s.decided] for s in known.values() if s.decided != s.level}
    move.record("diagnosis.analysed", overruled=overruled)
    papers.write_profile(move)
    return None


def write_school(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = of(move.session, move.case.id)
    if answers["outcome"] == "remarks":
        row.rounds += 1
        _note(move, task, answers["remarks"], row.rounds)
        return None
    chosen = set(answers.get("in_work") or ())
    for score in scores(move.session, row.case_id):
        score.in_work = score.factor in chosen
    row.school_opinion = answers.get("opinion") or ""
    row.left_out, row.basis = answers.get("left_out") or "", answers.get("basis") or ""
    move.session.flush()
    move.record("diagnosis.chosen", in_work=sorted(chosen), disagrees=answers["outcome"] == "disagree")
    papers.write_profile(move)
    return None


def _note(move: Move, task: Task, lines: list[dict[str, Any]], number: int) -> None:
    position = move.actor.position_id if move.actor else None
    titles = move.profile.dictionaries["risk_factor"]
    for line in lines:
        place = line.get("place") or titles.get(line.get("factor") or "", "")
        facts = {"place": place[:255], "text": line["text"], "compulsory": line.get("weight") != "advice"}
        move.session.add(
            Remark(case_id=move.case.id, form=task.form, round=number, position_id=position, at=move.now, **facts)
        )
    move.session.flush()


def write_confirm(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    document, edition = _profile(move.session, move.case.id)
    if answers["outcome"] == "sign":
        signing.sign(move, document, edition, move.proof, "sign")
        papers.write_profile(move)
    else:
        _note(move, task, answers.get("remarks") or [], document.edition)
    return None


def write_verify(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Approve by the second signature, of another person than the first; a return makes the first one fall."""
    document, edition = _profile(move.session, move.case.id)
    if answers["outcome"] != "approve":
        _note(move, task, answers.get("remarks") or [], document.edition)
        for signature in signing.valid(move.session, document.id, "sign"):
            signature.fallen_at, signature.fallen_reason = move.now, "профиль возвращён на доработку"
        return None
    signed = signing.valid(move.session, document.id, "sign")
    if any(move.actor and move.actor.same_person(one.person_id) for one in signed):
        raise Refused(
            "Подтвердить и утвердить профиль должны разные люди.",
            advice="Передайте задачу другому сотруднику оператора.",
        )
    signing.sign(move, document, edition, move.proof, "sign")
    of(move.session, move.case.id).approved_at = move.now
    document.state = "signed"
    return None


def write_correct(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Answers to remarks, and a new self-assessment where it changed; the former stays."""
    known = {remark.id: remark for remark in _open(move.session, move.case.id)}
    for line in answers["replies"]:
        remark = known[int(line["row"])]
        remark.answer, remark.answer_text, remark.answered_at = line["resolution"], line["reply"], move.now
    last = {o.factor: o for o in opinions(move.session, move.case.id, "school")}
    for line in answers["factors"]:
        before = last.get(line["factor"])
        if before is None or (before.score, before.text) != (line["score"], line["situation"]):
            diagnosis._opine(
                move, line["factor"], "school", line["score"], line["situation"], done=line.get("done") or ""
            )
    return None


# the papers -------------------------------------------------------------------------------------------------------


def number(move: Move, card: Card) -> Values | None:
    document, _ = _profile(move.session, move.case.id)
    number_document(move, document)
    return None


def render(move: Move, card: Card) -> Values | None:
    """The signed profile, or the expert's opinion, as it is printed."""
    if card.properties.get("mode") == OPINION:
        opinion_paper.finish_opinion(move)
        return None
    edition = papers.write_profile(move, draft=False)
    document, _ = _profile(move.session, move.case.id)
    signed = signing.valid(move.session, document.id, "sign")
    if signed and signed[-1].shown_sha256 != edition.sha256:
        raise Refused(
            "Текст с номером отличается от подписанного.", advice="Сообщите администратору: профиль не выпущен."
        )
    renditions.request(move, document)
    return None


HANDLERS = Handlers(
    kinds={"diagnostics": diagnosis.open_diagnostics},
    about={"diagnostics": ("school",)},
    openers={"diagnostics": ("regional_operator",)},
    forms={
        "diag_self": diagnosis.write_self,
        "diag_docs": diagnosis.write_docs,
        "diag_curator": diagnosis.write_curator,
        "diag_expert": diagnosis.write_expert,
        "diag_analysis": write_analysis,
        "diag_school": write_school,
        "diag_confirm": write_confirm,
        "diag_verify": write_verify,
        "diag_correct": write_correct,
    },
    contexts={
        "diag_self": self_context,
        "diag_docs": docs_context,
        "diag_curator": seen_context,
        "diag_expert": seen_context,
        "diag_analysis": analysis_context,
        "diag_school": school_context,
        "diag_confirm": confirm_context,
        "diag_verify": confirm_context,
        "diag_correct": correct_context,
    },
    operations={
        "check_gate.diagnostics.begin": diagnosis.begin,
        "diagnostics.collect_facts": lambda move, card: (
            diagnosis.copy if card.properties["facts"].endswith("copy") else diagnosis.count_sources
        )(move, card),
        "diagnostics.compute_profile": diagnosis.compute,
        "diagnostics.number": number,
        "diagnostics.render": render,
    },
    facts={"diagnostics.curator.appointed": diagnosis.curator_appointed},
    roles={"diagnostics.curator": diagnosis.curator, "diagnostics.expert": diagnosis.expert},
    targets={"diagnostics.audiences": diagnosis.audiences, "diagnostics.stale_passport": diagnosis.stale_passport},
    signed={"diag_confirm": confirm_shown, "diag_verify": confirm_shown, "diag_expert": opinion_paper.opinion_shown},
    audience={"curator.appointed": diagnosis.open_of_school},
)
