"""Texts of acts: the region's wording filled with facts, the annex with the list, marks of those who signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Values
from app.cases.move import Move
from app.cases.system import System
from app.documents import act_life, contexts, issuing, signing
from app.documents.models import Document
from app.files.models import StoredFile
from app.regions import Profile
from app.years import school_year_name

NOTHING: Values = MappingProxyType({})


def placeholders(
    session: Session,
    system: System,
    issued: issuing.Issue,
    school_year: int,
    now: datetime | None,
    data: Values = NOTHING,
) -> dict[str, str]:
    """What the wordings of a region may name in braces; `data["values"]` adds what the opener of the act knows."""
    profile, genitive = system.profile(issued.organisation.region), issued.described.genitive
    values = contexts.Known(
        school_year=school_year_name(school_year),
        act_genitive=profile.act.genitive,
        effective_clause=profile.publication.clause.text,
        control_clause=profile.control.text,
        kind_genitive=genitive,
        kind_dative=_dative(genitive),
        operator_head="",
        centre_head="",
    )
    if now is not None:
        today = now.astimezone(ZoneInfo(profile.time_zone)).date()
        for name in ("operator_head", "centre_head"):
            found = contexts.holder(session, profile.region, name, today)
            values[name] = found[1].listed_name if found else ""
        for name, kind in (("list", "list_act"), ("note", "identification_note")):
            values.update(_requisites(session, profile.region, name, kind))
    values.update({name: str(value) for name, value in (data.get("values") or {}).items()})
    return values


_NUMBERED = (
    sa.select(Document)
    .where(Document.region == sa.bindparam("region"), Document.kind == sa.bindparam("kind"))
    .where(Document.number.is_not(None))
    .order_by(Document.id.desc())
    .limit(1)
)


def _requisites(session: Session, region: str, name: str, kind: str) -> dict[str, str]:
    """Day and number of the newest numbered document of a kind: «{list_date}», «{list_number}»."""
    found = session.scalar(_NUMBERED, {"region": region, "kind": kind})
    if found is None or found.day is None:
        return {}
    return {f"{name}_date": f"{found.day:%d.%m.%Y}", f"{name}_number": found.number or contexts.BLANK}


def first_draft(ask: Asking, issued: issuing.Issue) -> dict[str, Any]:
    """Values for the draft's form from the wording of the document's kind; the least for a kind without one."""
    case, profile, described = ask.case, ask.profile, issued.described
    kind = case.data["document_kind"]
    rule = {"last_publication": "publication", "signing": "signing", "date": "date"}[profile.publication.effective]
    start = {
        "level": issued.level,
        "relation": "new",
        "effective": rule if described.publish else "signing",
        "publish": described.publish,
        "act_kind": _act_kind(profile, issued),
        "basis": profile.act.short,
        "control": _control(ask, issued),
        "outcome": "send",
    }
    wording, inherited = (
        profile.wording_for(kind),
        act_life.draft_of_successor(ask.session, case.data, described.genitive),
    )
    if wording is None or inherited:
        return {**start, **inherited}
    values = placeholders(ask.session, ask.system, issued, case.school_year, ask.now, case.data)
    calendar = ask.system.calendar(case.region)
    points = contexts.points(
        wording.points, values, calendar, ask.now, case.school_year, late=profile.limits.late_point_days
    )
    texts = {"heading": wording.title, "preamble": wording.preamble}
    filled = {name: contexts.fill(text, values) for name, text in texts.items()}
    return {**start, **filled, "points": [{"text": text} for text in _flat(points)]}


LEVEL_KINDS = {"municipality": "municipal_act", "school": "school_order"}


def _act_kind(profile: Profile, issued: issuing.Issue) -> str | None:
    printed = issued.described.printed.lower()
    of_word = next((code for code, label in profile.act_kinds.items() if label == printed), None)
    return LEVEL_KINDS.get(issued.level, of_word)


def _control(ask: Asking, issued: issuing.Issue) -> int | None:
    """Who controls an act of the ministry by the region's order; the head himself elsewhere."""
    session, profile, today = ask.session, ask.profile, ask.today
    controllers = [code for code, position in profile.positions.items() if position.role == "controller"]
    for code in controllers if issued.organisation.kind == "ministry" else ():
        if found := contexts.holder(session, ask.case.region, code, today):
            return found[0].id
    signed_by = issuing.signer(session, profile, issued, today)
    return signed_by[0].id if signed_by and issued.organisation.kind != "ministry" else None


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
    """The context of `reports` for an act: the draft's answers, annexes, signer and marks of who issues it."""
    profile, session = move.profile, move.session
    issued = issuing.of_document(session, profile, document)
    today = move.today
    place = issued.place(profile)
    return {
        "doc": contexts.registration(
            profile, document, move.case, move.system.base_url, place=place, draft=draft, edition_day=today
        ),
        "issuer": {"lines": issued.letterhead(profile)},
        "kind_word": issued.described.printed,
        "preamble": answers["preamble"],
        "order_word": _order_word(profile, document.kind, issued),
        "points": _tree([line["text"] for line in answers["points"]]),
        "annexes": _annexes(move, document),
        "files": _files(session, move.case.id, answers.get("annexes") or ()),
        "school_year": school_year_name(move.case.school_year),
        "signers": [_signer(move, document, issued, today)],
        "drafter": contexts.drafter(session, _drafter(move, issued, today)),
        "journal": None if draft else contexts.head(session),
    }


def _order_word(profile: Profile, kind: str, issued: issuing.Issue) -> str:
    """«приказываю:» as the region has it for its own acts, as the wording has it elsewhere."""
    wording = profile.wording.get(kind)
    if issued.organisation.kind == "ministry":
        own = profile.document_kinds[kind].level == "region"
        return wording.resolves if wording and own else profile.vocabulary.get("resolves", "")
    return (wording.resolves if wording else "") or "приказываю:"


def _drafter(move: Move, issued: issuing.Issue, today: date) -> int | None:
    """Отметка об исполнителе: who wrote the draft; else whom the region's sheet names."""
    drafted = issuing.drafted_by(move.session, move.case.id)
    if drafted is not None:
        return drafted
    sheet = issued.sheet(move.profile)
    found = contexts.holder(move.session, move.case.region, sheet.drafter, today) if sheet and sheet.drafter else None
    return found[0].id if found else move.case.opened_by


def _signer(move: Move, document: Document, issued: issuing.Issue, today: date) -> dict[str, Any]:
    found = issuing.signer(move.session, move.profile, issued, today)
    signed = signing.valid(move.session, document.id, "sign")
    last = signed[-1] if signed else None
    post = issuing.post(move.profile, issued, found[0] if found else None)
    block = contexts.signer(post, found[1] if found else None, last)
    if last is not None and last.method != "pep":
        block["mark"] = {"kind": "paper"}
    return block


# annexes ----------------------------------------------------------------------------------------------------------


def _annexes(move: Move, document: Document) -> list[dict[str, Any]]:
    """What the act approves, from the tables of whoever opened it."""
    annex = move.system.handlers.annexes.get(document.kind)
    return annex(move, document) if annex else []


def _files(session: Session, case_id: int, ids: Sequence[Any]) -> list[dict[str, Any]]:
    """Annexes that are files, as the author named them: the print binds each to the signed text."""
    wanted = [int(key) for key in ids]
    found = sa.select(StoredFile).where(StoredFile.id.in_(wanted), StoredFile.case_id == case_id)
    rows = {row.id: row for row in session.scalars(found)}
    named = [rows[key] for key in wanted if key in rows]
    return [{"name": row.name, "size": row.size, "sha256": row.sha256} for row in named]


def reference(move: Move, document: Document, number: int | None = None) -> list[str]:
    """«Приложение № 2 / к приказу министерства образования …»: the corner of an annex; day and number come later."""
    profile = move.profile
    issued = issuing.of_document(move.session, profile, document)
    body = profile.organisations.get(issued.organisation.kind) if issued.level == "region" else None
    word = "Приложение" if number is None else f"Приложение № {number}"
    whose = [body.name.genitive] if body else []
    return [word, f"к {_dative(issued.described.genitive)}", *whose]


def annex_of(move: Move, document: Document, number: int | None = None, **content: Any) -> dict[str, Any]:
    """An annex titled as the kind's wording says, with `rows`, `table` or `points` as its content."""
    case, wording = move.case, move.profile.wording_for(document.kind)
    assert wording is not None
    issued = issuing.of_document(move.session, move.profile, document)
    values = placeholders(move.session, move.system, issued, case.school_year, move.now, case.data)
    word, _, title = contexts.fill(wording.annex_title, values).partition(" ")
    note = contexts.fill(wording.annex_note, values)
    return {"reference": reference(move, document, number), "word": word, "title": [title], "note": note, **content}


def list_annex(move: Move, document: Document) -> list[dict[str, Any]]:
    """The list of schools of the run that the order approves."""
    rows_of = move.system.handlers.operations.get("act.list_rows")
    if rows_of is None or move.case.data.get("run_id") is None:
        return []
    rows = (rows_of(move, None) or {})["rows"]  # type: ignore[arg-type]
    return [annex_of(move, document, rows=rows)] if rows else []


def _dative(genitive: str) -> str:
    """«приказа» → «приказу», «распоряжения» → «распоряжению»."""
    return genitive[:-1] + {"а": "у", "я": "ю"}.get(genitive[-1], genitive[-1])
