"""The card of a reorganisation and the notice of it: what they print, from the registration and the registry."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case
from app.cases.move import Move
from app.documents import contexts, signing, texts
from app.documents.acts import number_document
from app.documents.issuing import issuing_place
from app.documents.models import Document
from app.identification.models import SupportList, SupportListRow
from app.people.actor import in_force
from app.people.models import Organisation, Position
from app.regions import Profile
from app.schools.models import Reorganisation, ReorganisedCase, School
from app.schools.succession import SYSTEMS, ceases

CARD, NOTICE = "reorganisation_card", "reorganisation_notice"
FATES = {"transfer": "передать правопреемнику", "merge": "объединить", "close": "закрыть"}
SCHOOL_KINDS = {"full": "средняя (СОШ)", "basic": "основная (ООШ)", "primary": "начальная (НОШ)"}
FOUNDERS = {"municipal": "муниципальный", "state": "государственный", "private": "частный"}


def title(profile: Profile, kind: str, school: str) -> str:
    """«О присоединении ООШ с. Гусиное»."""
    return f"{profile.dictionaries['reorganisation_title'][kind]} {school}"


def changes(session: Session, row: Reorganisation) -> list[dict[str, str]]:
    """What the registry says now and what it will say: `what`, `before`, `after`."""
    organisation, school = session.get_one(Organisation, row.school_id), session.get_one(School, row.school_id)
    said, lines = row.data, []

    def line(what: str, before: str = "", after: str = "") -> None:
        lines.append({"what": what, "before": before, "after": after})

    if row.kind == "rename":
        line("Полное название", organisation.name, said["name"])
        line("Краткое название", organisation.short_name, said["short_name"])
    elif row.kind == "founder":
        line("Учредитель", FOUNDERS[school.founder], FOUNDERS[said["founder"]])
        if said.get("municipality") and int(said["municipality"]) != school.municipality_id:
            line("Муниципалитет", _name(session, school.municipality_id), _name(session, int(said["municipality"])))
    elif row.kind == "kind":
        line("Вид", SCHOOL_KINDS[school.kind], SCHOOL_KINDS[said["school_kind"]])
    if said.get("new_name"):
        line("Новая школа", "", f"{said['new_short_name']}, {SCHOOL_KINDS[said['new_kind']]}")
    _codes(session, row, line)
    if ceases(row):
        _closing(session, row, line)
    return lines


def _codes(session: Session, row: Reorganisation, line: Any) -> None:
    heir = session.get(School, row.successor_id or row.school_id) if not row.data.get("new_name") else None
    standing = {"oo": heir.code, "fis_oko": heir.fisoko_login or ""} if heir else {}
    for code in row.data.get("codes") or ():
        line(SYSTEMS[code["system"]], standing.get(code["system"], ""), code["code"])


def _closing(session: Session, row: Reorganisation, line: Any) -> None:
    last = row.day - timedelta(days=1)
    for one in row.schools:
        what = "Школа в реестре" if len(row.schools) == 1 else _name(session, one)
        line(what, "действует", f"закрыта {last:%d.%m.%Y}")
    heads = Position.role == "school_head"
    held = (Position.organisation_id.in_(row.schools), in_force(Position, row.day))
    staff = session.scalar(sa.select(sa.func.count()).select_from(Position).where(*held, sa.not_(heads))) or 0
    if staff and row.kind != "close":
        line("Сотрудники, кроме директора", f"должностей: {staff}", "переходят к правопреемнику (ТК РФ, ст. 75)")


def _name(session: Session, organisation_id: int | None) -> str:
    found = session.get(Organisation, organisation_id) if organisation_id else None
    return found.short_name if found else ""


def school_lines(session: Session, ids: list[int]) -> list[dict[str, str]]:
    lines = []
    for one in ids:
        organisation, school = session.get_one(Organisation, one), session.get_one(School, one)
        place = _name(session, school.municipality_id)
        lines.append({"name": organisation.name, "code": school.code, "place": place})
    return lines


def successor_line(session: Session, row: Reorganisation) -> dict[str, str] | None:
    if row.successor_id is not None:
        return school_lines(session, [row.successor_id])[0]
    if not row.data.get("new_name"):
        return None
    code = next((c["code"] for c in row.data.get("codes") or () if c["system"] == "oo"), "")
    return {"name": row.data["new_name"], "code": code}


def fates(session: Session, row: Reorganisation) -> list[tuple[ReorganisedCase, Case]]:
    """Decisions about open cases, in the order of the cases."""
    found = sa.select(ReorganisedCase, Case).join(Case, Case.id == ReorganisedCase.case_id)
    rows = session.execute(found.where(ReorganisedCase.reorganisation_id == row.case_id).order_by(Case.id))
    return [(fate, case) for fate, case in rows]


def write_card(move: Move, row: Reorganisation, *, draft: bool) -> Document:
    """The card as it stands: a draft before the signature, with its number and mark after it."""
    document = texts.of_case(move.session, move.case.id, CARD) or texts.create(
        move, CARD, title(move.profile, row.kind, move.subject.short_name), _operator(move)
    )
    document.title = title(move.profile, row.kind, _name(move.session, row.school_id))
    texts.write(move, document, _card(move, row, document, draft=draft))
    return document


def _card(move: Move, row: Reorganisation, document: Document, *, draft: bool) -> dict[str, Any]:
    session, standing = move.session, texts.current(move.session, document)
    shown = standing.context if standing and not draft else None  # what was signed, not what the registry says later
    results = "Результаты присоединённой школы учитываются вместе с результатами правопреемника"
    joins = row.kind in ("merge", "branch")
    own = {
        "kind": move.profile.dictionaries["reorganisation_kind"][row.kind],
        "day": row.day.isoformat(),
        "act": row.act,
        "schools": school_lines(session, row.schools),
        "successor": successor_line(session, row),
        "changes": changes(session, row),
        "note": row.note,
        "results": (results if row.merge_results else "Результаты школ не объединяются") if joins else "",
        "cases": [_fate(fate, case) for fate, case in fates(session, row)],
        "ceases": ceases(row),
    }
    if shown:
        own = {name: shown[name] for name in own}
    code = move.profile.signers["operator_head"]
    head = contexts.holder(session, move.case.region, code, move.today)
    signed = signing.valid(session, document.id, "sign")
    post = contexts.signer(move.profile.positions[code].post, head[1] if head else None, signed[-1] if signed else None)
    return {**_common(move, document, draft=draft), **own, "signers": [post]}


def _fate(fate: ReorganisedCase, case: Case) -> dict[str, str]:
    curator = "" if case.kind != "support_cycle" else "куратор остаётся" if fate.keep_curator else "куратора сменить"
    terms = f"пауза до {fate.pause_until:%d.%m.%Y}" if fate.pause_until else ""
    return {"title": case.title, "fate": FATES[fate.fate], "reason": fate.reason, "curator": curator, "terms": terms}


def write_notice(move: Move, row: Reorganisation, readers: list[str]) -> Document:
    """The notice after the day: what was entered, which cases are where."""
    name = _name(move.session, row.school_id)
    document = texts.of_case(move.session, move.case.id, NOTICE) or texts.create(
        move, NOTICE, title(move.profile, row.kind, name), _operator(move)
    )
    number_document(move, document)
    texts.write(move, document, _notice(move, row, document, readers))
    return document


def _notice(move: Move, row: Reorganisation, document: Document, readers: list[str]) -> dict[str, Any]:
    card = texts.of_case(move.session, move.case.id, CARD)
    edition = texts.current(move.session, card) if card else None
    assert card is not None and edition is not None and card.day is not None
    done = [(f, c) for f, c in fates(move.session, row) if f.done_at is not None]
    left = [f"{c.title} ({FATES[f.fate]})" for f, c in fates(move.session, row) if f.done_at is None]
    outcomes = {"transfer": "передано правопреемнику", "merge": "объединено", "close": "закрыто"}
    shown = ("kind", "day", "act", "schools", "successor", "changes")
    return {
        **_common(move, document, draft=False),
        **{name: edition.context[name] for name in shown},
        "readers": readers,
        "card": f"карточка реорганизации от {card.day:%d.%m.%Y} № {card.number}",
        "moved": [{"title": c.title, "outcome": outcomes[f.fate]} for f, c in done],
        "pending": left,
        "past": ordered_after(move.session, row.schools, row.day) is not None,
    }


def ordered_after(session: Session, schools: list[int], day: date) -> SupportList | None:
    """The newest signed list that names one of the schools and was signed after the day of the reorganisation."""
    found = (
        sa.select(SupportList)
        .join(SupportListRow, SupportListRow.list_id == SupportList.id)
        .where(SupportListRow.school_id.in_(schools))
        .order_by(SupportList.id.desc())
    )
    newest = session.scalars(found.limit(1)).first()
    return newest if newest is not None and newest.frozen_at.date() >= day else None


def _common(move: Move, document: Document, *, draft: bool) -> dict[str, Any]:
    profile = move.profile
    return {
        "doc": contexts.registration(
            profile,
            document,
            move.case,
            move.system.base_url,
            place=profile.capital,
            draft=draft,
            edition_day=move.today,
        ),
        "issuer": contexts.issuer(profile, "operator"),
        "journal": None if draft else contexts.head(move.session),
    }


def _operator(move: Move) -> int:
    return issuing_place(move.session, move.case.region, "operator")
