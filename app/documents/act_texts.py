"""Texts of acts: the region's wording filled with facts, the annex with the list, marks of those who signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.cases.models import Case
from app.cases.move import Move
from app.cases.system import System
from app.documents import contexts, signing
from app.documents.models import Document
from app.people.models import Organisation
from app.regions import Profile


def placeholders(
    session: Session, system: System, profile: Profile, school_year: int, now: datetime | None
) -> dict[str, str]:
    """What the wordings of a region may name in braces."""
    values = {
        "school_year": contexts.school_year(school_year),
        "act_genitive": profile.act.genitive,
        "effective_clause": profile.publication.clause.text,
        "control_clause": profile.control.text,
        "operator_head": "",
        "centre_head": "",
    }
    if now is not None:
        today = now.astimezone(ZoneInfo(profile.time_zone)).date()
        for name in ("operator_head", "centre_head"):
            found = contexts.holder(session, profile.region, name, today)
            values[name] = found[1].listed_name if found else ""
    return values


def first_draft(session: Session, system: System, case: Case) -> dict[str, Any]:
    """Values for the draft's form from the wording of the document's kind; empty for a kind without one."""
    profile = system.profile(case.region)
    kind = case.data["document_kind"]
    effective = {"last_publication": "publication", "signing": "signing", "date": "date"}[profile.publication.effective]
    described = profile.document_kinds[kind]
    start = {"level": described.level, "relation": "new", "effective": effective, "publish": described.publish}
    if kind not in profile.wording:
        return start
    wording = profile.wording[kind]
    values = placeholders(session, system, profile, case.school_year, case.changed_at)
    calendar = system.calendar(case.region)
    points = contexts.points(wording.points, values, calendar, case.changed_at, case.school_year)
    return {
        **start,
        "act_kind": _act_kind(profile, described.printed),
        "heading": wording.title.format_map(values),
        "basis": profile.act.short,
        "preamble": wording.preamble.format_map(values),
        "points": [{"text": text} for text in _flat(points)],
        "control": _control(session, system, case),
        "outcome": "send",
    }


def _act_kind(profile: Profile, printed: str) -> str | None:
    return next((code for code, label in profile.act_kinds.items() if label == printed.lower()), None)


def _control(session: Session, system: System, case: Case) -> int | None:
    today = system.calendar(case.region).local(case.changed_at)
    profile = system.profile(case.region)
    for code, position in profile.positions.items():
        if position.role == "controller":
            found = contexts.holder(session, case.region, code, today)
            if found:
                return found[0].id
    return None


def _flat(points: Sequence[Mapping[str, Any]]) -> list[str]:
    """Points as lines of the form: «2.1. Довести…»; the number is part of the text, as it is quoted."""
    lines = []
    for point in points:
        number = f"{point['number']}. " if point["number"] else ""
        lines += [number + point["text"], *_flat(point["children"])]
    return lines


def _tree(lines: Sequence[str]) -> list[dict[str, Any]]:
    """The lines back as numbered points: «2.1.» is a child of «2.»."""
    roots: list[dict[str, Any]] = []
    for line in lines:
        head, _, rest = line.partition(" ")
        number = head.rstrip(".") if head.endswith(".") and head.rstrip(".").replace(".", "").isdigit() else ""
        point: dict[str, Any] = {"number": number, "text": rest if number else line, "children": []}
        parent = next((r for r in reversed(roots) if number.startswith(f"{r['number']}.") and r["number"]), None)
        (parent["children"] if parent else roots).append(point)
    return roots


def context(move: Move, document: Document, answers: Mapping[str, Any], *, draft: bool) -> dict[str, Any]:
    """The context of `reports` for an act: the draft's answers, the list of the run, signer and marks."""
    profile, session = move.profile, move.session
    described = profile.document_kinds[document.kind]
    wording = profile.wording.get(document.kind)
    issuer = profile.organisations["ministry"]
    today = move.system.calendar(move.case.region).local(move.now)
    place = issuer.place or profile.capital
    return {
        "doc": contexts.registration(
            profile, document, move.case, move.system.base_url, place=place, draft=draft, edition_day=today
        ),
        "issuer": contexts.issuer(profile, "ministry"),
        "kind_word": described.printed,
        "preamble": answers["preamble"],
        "order_word": wording.resolves if wording else profile.vocabulary.get("resolves", ""),
        "points": _tree([line["text"] for line in answers["points"]]),
        "annexes": _annexes(move, document),
        "school_year": contexts.school_year(move.case.school_year),
        "signers": [_signer(move, document, today)],
        "drafter": contexts.drafter(session, _drafter(move, today)),
        "journal": None if draft else contexts.head(session),
    }


def _drafter(move: Move, today: Any) -> int | None:
    sheet = move.profile.sheet_for(move.case.data["document_kind"])
    found = contexts.holder(move.session, move.case.region, sheet.drafter, today) if sheet and sheet.drafter else None
    return found[0].id if found else move.case.opened_by


def _signer(move: Move, document: Document, today: Any) -> dict[str, Any]:
    described = move.profile.document_kinds[document.kind]
    code = move.profile.signers[described.signer]
    found = contexts.holder(move.session, move.case.region, code, today)
    signed = signing.valid(move.session, document.id, "sign")
    last = signed[-1] if signed else None
    block = contexts.signer(move.profile.positions[code].post, found[1] if found else None, last)
    if last is not None and last.method != "pep":
        block["mark"] = {"kind": "paper"}
    return block


def _annexes(move: Move, document: Document) -> list[dict[str, Any]]:
    """The list of schools, where the act approves one."""
    rows_of = move.system.handlers.operations.get("act.list_rows")
    run_id = move.case.data.get("run_id")
    if rows_of is None or run_id is None:
        return []
    rows = (rows_of(move, None) or {})["rows"]  # type: ignore[arg-type]
    if not rows:
        return []
    profile = move.profile
    wording = profile.wording[document.kind]
    values = placeholders(move.session, move.system, profile, move.case.school_year, move.now)
    genitive = profile.document_kinds[document.kind].genitive
    name = move.session.get_one(Organisation, document.organisation_id).name
    return [
        {
            "reference": [
                "Приложение",
                f"к {_dative(genitive)}",
                profile.organisations["ministry"].name.genitive or name,
            ],
            "word": wording.annex_title.split(" ", 1)[0],
            "title": [wording.annex_title.format_map(values).split(" ", 1)[1]],
            "note": wording.annex_note.format_map(values),
            "rows": rows,
        }
    ]


def _dative(genitive: str) -> str:
    """«приказа» → «приказу», «распоряжения» → «распоряжению»."""
    return genitive[:-1] + {"а": "у", "я": "ю"}.get(genitive[-1], genitive[-1])
