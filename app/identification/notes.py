"""The note on identification (информационно-аналитическая справка): built from the run, signed with the final list."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.cases.handlers import Values
from app.cases.models import Case
from app.cases.move import Move
from app.cases.queries import last_answer
from app.documents import contexts, renditions, signing, texts
from app.documents.acts import number_document
from app.documents.issuing import issuing_place
from app.documents.models import Document
from app.engine import Card
from app.identification import lists, runs
from app.identification.models import IdentificationRun, Objection
from app.identification.words import SUBJECTS
from app.results.models import ImportFile
from app.schools.models import School
from app.years import school_year_name

KIND = "identification_note"


def render(move: Move, card: Card) -> Values | None:
    """Write the draft of the note from the campaign's newest run."""
    document = texts.of_case(move.session, move.case.id, KIND)
    year = school_year_name(move.case.school_year)
    title = f"об идентификации общеобразовательных организаций, нуждающихся в поддержке, на {year} учебный год"
    if document is None:
        document = texts.create(move, KIND, title, issuing_place(move.session, move.case.region, "operator"))
    texts.write(move, document, _context(move, document, draft=True))
    return None


def sign(move: Move) -> None:
    """The operator's head signs the note together with the list; it gets its number and its PDF."""
    document = texts.of_case(move.session, move.case.id, KIND)
    if document is None or move.proof is None:
        return
    edition = texts.current(move.session, document)
    assert edition is not None
    signing.sign(move, document, edition, signing.Proof(edition.sha256, move.proof.method), "sign")
    number_document(move, document)
    texts.write(move, document, _context(move, document, draft=False))
    renditions.request(move, document)


def _context(move: Move, document: Document, *, draft: bool) -> dict[str, Any]:
    profile, session = move.profile, move.session
    run_id = session.scalar(
        sa.select(IdentificationRun.id)
        .where(IdentificationRun.case_id == move.case.id)
        .order_by(IdentificationRun.id.desc())
        .limit(1)
    )
    run = runs.run_by_id(session, run_id or 0)
    summary, change = lists.summary(session, run), lists.differences(session, run)
    today, made = move.today, move.system.calendar(move.case.region).local(run.made_at)
    head = contexts.holder(session, move.case.region, profile.signers["operator_head"], today)
    signed = signing.valid(session, document.id, "sign")
    post = profile.positions[profile.signers["operator_head"]].post
    described = profile.document_kinds[KIND]
    rule = runs.method_of(run).rule
    small = lists.low_results(session, run, small_only=True)
    return {
        "doc": contexts.registration(
            profile, document, move.case, move.system.base_url, place=profile.capital, draft=draft, edition_day=today
        ),
        "issuer": contexts.issuer(profile, "operator"),
        "kind_word": described.printed,
        "school_year": school_year_name(run.school_year),
        "result_year": school_year_name(run.school_year - 1),
        "basis": rule.legal_basis,
        "sources": _sources(move),
        "run": {"number": str(run.id), "date": made.isoformat(), "rule_version": run.rule},
        "rule_text": (
            f"Результат процедуры считается низким, если {rule.low_result.text}. "
            f"Включение в перечень: {rule.listing.text}. При расчёте {rule.first_attempt.text}."
        ),
        "counts": summary["counts"],
        "criteria": _criteria(summary),
        "procedures": _procedures(summary),
        "low_results": lists.low_results(session, run),
        "small_limit": rule.small_sample_below,
        "small_samples": small,
        "objections": _objections(move),
        "included": [_difference(line) for line in change.new],
        "excluded": [_difference(line) for line in change.left],
        "signers": [contexts.signer(post, head[1] if head else None, signed[-1] if signed else None)],
        "journal": None if draft else contexts.head(session),
    }


def _criteria(summary: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": f"{line['label']}: {line['title']}", "schools": line["schools"]} for line in summary["criteria"]]


def _procedures(summary: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: value for name, value in line.items() if name != "code"} for line in summary["procedures"]]


def _difference(line: Any) -> dict[str, Any]:
    return {"school_code": line.code, "school_name": line.name, "municipality": line.municipality}


def _sources(move: Move) -> list[dict[str, Any]]:
    where = (ImportFile.region == move.case.region, ImportFile.superseded_by.is_(None), ImportFile.kind != "registry")
    local = move.system.calendar(move.case.region).local
    loaded = [
        {"name": file.name, "exported_at": local(file.loaded_at).isoformat()}
        for file in move.session.scalars(sa.select(ImportFile).where(*where).order_by(ImportFile.id))
    ]
    answers = last_answer(move.session, move.case.id, "campaign_import") or {"sources": []}
    absent = [{"name": line["source"], "absent": line["reason"]} for line in answers["sources"] if line.get("absent")]
    return [*loaded, *absent] or [{"name": "Сведения реестра", "absent": "файлы результатов не загружались"}]


def _objections(move: Move) -> list[dict[str, Any]]:
    found = (
        sa.select(Objection, School.code)
        .join(School, School.id == Objection.school_id)
        .join(Case, Case.id == Objection.case_id)
        .where(Objection.campaign_id == move.case.id)
        .order_by(Objection.case_id)
    )
    rows = []
    for objection, code in move.session.execute(found):
        moment = objection.decided_at or objection.filed_at
        first = objection.rows[0] if objection.rows else {}
        rows.append(
            {
                "school_code": code,
                "procedure": first.get("procedure", ""),
                "claim": SUBJECTS[objection.subject],
                "decision": objection.decision or "рассматривается",
                "date": moment.date().isoformat(),
            }
        )
    return rows
