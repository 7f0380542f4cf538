"""Лист оценки школы: what was gathered as pages show it, and the paper that the operator's head signs."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Values
from app.cases.move import Move
from app.documents import contexts, renditions, signing, texts
from app.documents.acts import number_document
from app.documents.issuing import issuing_place
from app.documents.models import ISSUED, Document, Signature
from app.engine import Card
from app.identification import corrections, lists, runs
from app.identification.models import IdentificationRun, SupportList, SupportListRow
from app.people.models import Organisation
from app.programmes import comparing
from app.programmes import evaluation_words as words
from app.programmes.dynamics import Compared
from app.programmes.models import Evaluation, EvaluationScore
from app.regions import Profile
from app.schools.models import School
from app.years import school_year_name

KIND = "evaluation_sheet"


def scores(session: Session, case_id: int) -> dict[tuple[str, str], EvaluationScore]:
    """(criterion, side) → score."""
    rows = session.scalars(sa.select(EvaluationScore).where(EvaluationScore.case_id == case_id))
    return {(row.criterion, row.side): row for row in rows}


def titles(session: Session, profile: Profile, row: Evaluation) -> tuple[dict[str, str], int]:
    """Titles of procedures as the run counted them, and from how many participants a sample is not small."""
    if row.run_id is None:
        return {}, 0
    method = runs.method_of(runs.run_by_id(session, row.run_id))
    return dict(method.titles), method.rule.small_sample_below


def opinions(profile: Profile, row: Evaluation) -> list[dict[str, Any]]:
    """Who asks for what; a school without a municipal authority has two sides."""
    sides = [
        {"who": "Школа", "wish": row.wish, "text": row.wish_text},
        {"who": _first_upper(profile.vocabulary["curator"]), "wish": row.curator_opinion, "text": row.curator_text},
    ]
    if row.municipal_opinion:
        text = f"{row.municipal_text} {row.resources_text}".strip()
        sides.append({"who": "Муниципальный орган", "wish": row.municipal_opinion, "text": text})
    return sides


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def view(session: Session, profile: Profile, row: Evaluation) -> dict[str, Any]:
    """The evaluation as a page shows it beside a form."""
    names, small = titles(session, profile, row)
    compared = [one for _, one in comparing.compared_of(session, row.case_id)]
    return {
        "school_year": school_year_name(row.school_year),
        "year_before": school_year_name(row.school_year - 1),
        "plan_rows": row.plan_rows,
        "plan_done": row.plan_done,
        "grid": _grid(session, profile, row.case_id),
        "opinions": [
            {**side, "wish": words.DECISIONS.get(side["wish"] or "", "не дано")} for side in opinions(profile, row)
        ],
        "procedures": [words.line(one, names.get(one.procedure, one.procedure)) for one in compared],
        "notes": words.notes(compared, names, small),
        "run": row.run_id,
        "dynamics_words": words.DYNAMICS[row.dynamics or "insufficient"],
        "dynamics_basis": profile.dynamics.basis,
        "verdict_words": words.VERDICTS[row.verdict],
        "rule_words": words.RULE[row.rule or "insufficient"],
        "rule_basis": profile.exit_rule.basis,
        "corrected": corrected(session, profile, row),
    }


def corrected(session: Session, profile: Profile, row: Evaluation) -> list[dict[str, Any]]:
    """Results corrected since the list that the school is in was signed: in words; `seen`: the run took them in already."""
    run = session.get(IdentificationRun, row.run_id) if row.run_id else None
    signed = lists.signed(session, row.region, row.school_year)
    moments = [*([signed.frozen_at] if signed else []), *([run.made_at] if run else [])]
    if not moments:
        return []
    names = {procedure.code: procedure.title for procedure in profile.procedures}
    found = corrections.since(session, [row.school_id], min(moments))
    return [{"text": one.words(names), "seen": run is not None and one.at <= run.made_at} for one in found]


def _grid(session: Session, profile: Profile, case_id: int) -> list[dict[str, Any]]:
    given, lines = scores(session, case_id), []
    for one in profile.evaluation.criteria:
        own, other = given.get((one.code, "school")), given.get((one.code, "curator"))
        lines.append(
            {
                "criterion": one.title,
                "own": own.score if own else None,
                "own_text": own.text if own else "",
                "curator": other.score if other else None,
                "note": other.text if other else "",
            }
        )
    return lines


# the paper --------------------------------------------------------------------------------------------------------


def standing(session: Session, case_id: int) -> Document | None:
    """The newest sheet of the case."""
    return texts.of_case(session, case_id, KIND)


def draft(move: Move, row: Evaluation) -> None:
    """Write the proposal down as a draft; a sheet that was issued already is withdrawn and another one takes its place."""
    document = standing(move.session, move.case.id)
    if document is not None and document.state in ISSUED:
        document.state = "withdrawn"
        document = None
    if document is None:
        title = f"{move.subject.short_name}, {school_year_name(row.school_year)} учебный год"
        document = texts.create(move, KIND, title, issuing_place(move.session, move.case.region, "operator"))
    texts.write(move, document, context(move, document, row, draft=True))


def sign(move: Move) -> None:
    document = standing(move.session, move.case.id)
    edition = texts.current(move.session, document) if document else None
    assert document is not None and edition is not None
    signing.sign(move, document, edition, move.proof, "sign")
    document.state = "signed"
    move.session.flush()


def sign_shown(ask: Asking, answers: Values | None) -> str | None:
    if answers is not None and answers.get("outcome") != "sign":
        return None
    document = standing(ask.session, ask.case.id)
    edition = texts.current(ask.session, document) if document else None
    return edition.sha256 if edition else sha256(orjson.dumps(ask.case.id)).hexdigest()


def sign_context(ask: Asking) -> Values:
    return {"facts": paper_facts(ask.session, ask.case.id)}


def paper_facts(session: Session, case_id: int) -> dict[str, Any]:
    """The sheet that the page shows above the form."""
    document = standing(session, case_id)
    return {"document_id": document.id, "document": document.title} if document else {"document_id": None}


def number(move: Move, card: Card) -> Values | None:
    document = standing(move.session, move.case.id)
    if document is not None:
        number_document(move, document)
    return None


def render(move: Move, card: Card) -> Values | None:
    """The signed text with its number; the PDF is made after commit."""
    document = standing(move.session, move.case.id)
    if document is not None:
        row = move.session.get_one(Evaluation, move.case.id)
        texts.write(move, document, context(move, document, row, draft=False))
        renditions.request(move, document)
    return None


def deliver(move: Move, card: Card) -> Values | None:
    """A letter to the school and to its municipality: the sheet is in the case."""
    document = standing(move.session, move.case.id)
    for role in ("school_head", "municipal_authority"):
        key = f"evaluation:{move.case.id}:{document.id if document else 0}:{role}"
        move.post("mail", key, template="task", role=role, subject=f"Лист оценки: {move.subject.short_name}")
    return None


def acquainted(move: Move) -> bool:
    """Has the school marked the standing sheet as read?"""
    document = standing(move.session, move.case.id)
    where = (Signature.document_id == (document.id if document else 0), Signature.purpose == "acquaint")
    return move.session.scalar(sa.select(Signature.id).where(*where).limit(1)) is not None


def context(move: Move, document: Document, row: Evaluation, *, draft: bool) -> dict[str, Any]:
    """The context of `reports` for the sheet."""
    profile, session = move.profile, move.session
    school = session.get_one(School, row.school_id)
    municipality = session.get(Organisation, school.municipality_id) if school.municipality_id else None
    names, small = titles(session, profile, row)
    compared = [one for _, one in comparing.compared_of(session, row.case_id)]
    departs = words.differs(row)
    return {
        **_requisites(move, document, draft=draft),
        "school": move.subject.name,
        "school_code": school.code,
        "municipality": municipality.short_name if municipality else "",
        "school_year": school_year_name(row.school_year),
        "year_before": school_year_name(row.school_year - 1),
        "list_basis": list_basis(session, move.case.region, row.school_id, row.school_year),
        "plan_rows": row.plan_rows,
        "plan_done": row.plan_done,
        "curator_word": profile.vocabulary["curator"],
        "scores": _grid(session, profile, row.case_id),
        "opinions": opinions(profile, row),
        "results": [_result(one, names.get(one.procedure, one.procedure)) for one in compared],
        "run": str(row.run_id or ""),
        "verdict_word": words.VERDICTS[row.verdict],
        "rule_text": profile.exit_rule.basis,
        "rule_word": words.RULE[row.rule or "insufficient"],
        "dynamics": row.dynamics or "insufficient",
        "dynamics_text": profile.dynamics.basis,
        "notes": words.notes(compared, names, small),
        "proposal": row.proposal,
        "departs": departs,
        "motive": row.motive,
    }


def _requisites(move: Move, document: Document, *, draft: bool) -> dict[str, Any]:
    profile, session = move.profile, move.session
    today = move.today
    code = profile.signers["operator_head"]
    head = contexts.holder(session, move.case.region, code, today)
    signed = signing.valid(session, document.id, "sign")
    post = profile.positions[code].post
    return {
        "doc": contexts.registration(
            profile, document, move.case, move.system.base_url, place=profile.capital, draft=draft, edition_day=today
        ),
        "issuer": contexts.issuer(profile, "operator"),
        "kind_word": profile.document_kinds[KIND].printed,
        "signers": [contexts.signer(post, head[1] if head else None, signed[-1] if signed else None)],
        "journal": None if draft else contexts.head(session),
    }


def list_basis(session: Session, region: str, school_id: int, school_year: int) -> str:
    """Why the school was in the list of the evaluated year, as printed in the annex of its order."""
    found = (
        sa.select(SupportListRow.basis)
        .join(SupportList, SupportList.id == SupportListRow.list_id)
        .where(
            SupportList.region == region, SupportList.school_year == school_year, SupportListRow.school_id == school_id
        )
        .order_by(SupportList.number.desc())
        .limit(1)
    )
    return session.scalar(found) or ""


def _result(one: Compared, title: str) -> dict[str, Any]:
    def side(seen: Any) -> dict[str, Any] | None:
        return {"n": seen.n, "low": seen.low, "mean": words.decimal(seen.mean)} if seen else None

    outcome = None if one.obstacle else "worse" if one.worsened else "better" if one.improved else "same"
    return {
        "procedure": title,
        "before": side(one.before),
        "after": side(one.after),
        "obstacle": words.OBSTACLES[one.obstacle] if one.obstacle else "",
        "outcome": outcome,
        "expected": one.expected,
        "small": one.small,
        "returned": one.within_return,
    }
