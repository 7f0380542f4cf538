"""What a municipal programme shows and prints: figures, road maps of its schools, the paper, the act's annex, the report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case, Remark
from app.cases.move import Move
from app.documents import renditions, texts
from app.documents.act_registration import number_document
from app.documents.act_texts import annex_of
from app.documents.models import Document
from app.people.models import Organisation, Person
from app.programmes import shared
from app.programmes.models import HelpGiven, PlanRow
from app.programmes.municipal_models import MunicipalProgramme
from app.regions import Profile

QUARTERS = (3, 6, 9, 12)
AHEAD = timedelta(days=14)
SECTIONS = {
    "money": "финансовая",
    "staff": "кадровая",
    "method": "методическая",
    "management": "организационная",
}
FUNDS = {"local": "местный бюджет", "subsidy": "субсидия", "other": "внебюджетные средства", "none": "без затрат"}


# days and figures ---------------------------------------------------------------------------------------------------


def quarter_end(today: date) -> date:
    """The last day of the quarter, at least two weeks ahead."""
    soonest = today + AHEAD
    month = next(m for m in QUARTERS if m >= soonest.month)
    first_of_next = date(soonest.year + (month == 12), month % 12 + 1, 1)
    return first_of_next - timedelta(days=1)


def report_day(ends_on: date) -> date:
    """1 July after the programme's end."""
    same = date(ends_on.year, 7, 1)
    return same if same >= ends_on else date(ends_on.year + 1, 7, 1)


def figure(value: float) -> str:
    """«12» or «12,5»."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def roubles(kopecks: int) -> str:
    """«1 250 000» or «1 250 000,50», without the unit."""
    whole, rest = divmod(kopecks, 100)
    text = f"{whole:,}".replace(",", " ")
    return f"{text},{rest:02d}" if rest else text


def state_words(profile: Profile, row: PlanRow, today: date) -> str:
    """How a measure stands, from its assignment."""
    if row.result is not None:
        return profile.dictionaries["result"][row.result]
    return "просрочена" if row.due_on < today else "в работе" if row.starts_on <= today else "ещё не началась"


def figures(session: Session, profile: Profile, row: MunicipalProgramme, rows: Sequence[PlanRow]) -> dict[str, Any]:
    """Counts of a programme: measures by result, money planned, help given to its schools within its term."""
    done = {name: sum(one.result == name for one in rows) for name in ("done", "partly", "not_done")}
    helped = (
        sa.select(HelpGiven.kind, sa.func.count(), sa.func.count(sa.distinct(HelpGiven.school_id)))
        .where(HelpGiven.school_id.in_(row.schools), HelpGiven.day.between(row.starts_on, row.ends_on))
        .group_by(HelpGiven.kind)
    )
    kinds = profile.dictionaries["help_kind"]
    return {
        "measures": len(rows),
        **done,
        "open": len(rows) - sum(done.values()),
        "kopecks": sum(one.data.get("kopecks") or 0 for one in rows),
        "help": [
            {"kind": kinds.get(kind, kind), "times": times, "schools": schools}
            for kind, times, schools in sorted(session.execute(helped).all())
        ],
    }


def roadmaps(session: Session, schools: Sequence[int]) -> list[dict[str, Any]]:
    """The road maps of these schools, school by school: measures of standing editions, how many are done, until when."""
    counted = (
        sa.select(
            PlanRow.school_id,
            sa.func.count(),
            sa.func.sum(sa.case((PlanRow.result == "done", 1), else_=0)),
            sa.func.max(PlanRow.due_on),
        )
        .join(Case, Case.id == PlanRow.case_id)
        .where(PlanRow.school_id.in_(schools), PlanRow.dropped_in.is_(None), Case.kind == "roadmap")
        .where(Case.status != "cancelled")
        .group_by(PlanRow.school_id)
    )
    found = {school: (total, done, until) for school, total, done, until in session.execute(counted)}
    names = sa.select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(schools))
    ordered = session.execute(names.order_by(Organisation.short_name)).all()
    return [
        {
            "school": name,
            "rows": found[key][0] if key in found else 0,
            "done": int(found[key][1]) if key in found else 0,
            "until": f"{found[key][2]:%d.%m.%Y}" if key in found else "",
        }
        for key, name in ordered
    ]


def neighbours(session: Session, row: MunicipalProgramme, rows: Sequence[PlanRow], limit: int) -> list[dict[str, Any]]:
    """Programmes of other municipalities of the region whose measures read word for word as these, from `limit` per cent on."""
    own, region = [one.text for one in rows], session.get_one(Case, row.case_id).region
    found = (
        sa.select(PlanRow.case_id, PlanRow.text, Organisation.short_name)
        .join(MunicipalProgramme, MunicipalProgramme.case_id == PlanRow.case_id)
        .join(Organisation, Organisation.id == MunicipalProgramme.municipality_id)
        .where(Organisation.region == region, PlanRow.dropped_in.is_(None), PlanRow.case_id != row.case_id)
    )
    theirs: dict[str, list[str]] = {}
    for _, text, name in session.execute(found):
        theirs.setdefault(name, []).append(text)
    shares = {name: shared.likeness(own, others) for name, others in theirs.items()}
    return [{"name": name, "percent": share} for name, share in sorted(shares.items()) if share >= limit]


# remarks ------------------------------------------------------------------------------------------------------------


def write_remarks(move: Move, case_id: int, form: str, round_: int, lines: Sequence[dict[str, Any]]) -> None:
    """Remarks for the author of a form: they stand above it when it comes back."""
    for line in lines:
        move.session.add(
            Remark(
                case_id=case_id,
                form=form,
                round=round_,
                place=line.get("place") or "",
                text=line["text"],
                compulsory=line.get("weight") != "advice",
                position_id=move.actor.position_id if move.actor else None,
                at=move.now,
            )
        )
    move.session.flush()


# the paper ----------------------------------------------------------------------------------------------------------


def write_programme(move: Move, row: MunicipalProgramme, rows: Sequence[PlanRow], *, final: bool) -> None:
    """The programme as it goes to the operator, or as the act approved it: then with the act's requisites."""
    document = shared.paper_of(move, "municipal_program", row.name, row.municipality_id)
    act = approval_of(move.session, move.case.id) if final else None
    if act is not None:
        document.day, document.effective_from, document.state = act.day, act.effective_from, "in_force"
        move.session.flush()
    texts.write(move, document, programme_context(move, row, rows, document, act))
    if act is not None:
        renditions.request(move, document)


def approval_of(session: Session, case_id: int) -> Document | None:
    """The act in force that this case opened last."""
    found = (
        sa.select(Document)
        .join(Case, Case.id == Document.case_id)
        .where(Case.parent_id == case_id, Case.kind == "act", Document.state == "in_force")
        .order_by(Document.id.desc())
    )
    return session.scalar(found.limit(1))


def programme_context(
    move: Move, row: MunicipalProgramme, rows: Sequence[PlanRow], document: Document, act: Document | None
) -> dict[str, Any]:
    profile = move.profile
    labels, risks = profile.dictionaries["programme_indicator"], profile.dictionaries["risk_factor"]
    schools = roadmaps(move.session, row.schools)
    return {
        **shared.requisites(move, document, draft=act is None),
        "signers": [],
        "approval": _approval(act),
        "recommended": row.recommended,
        "term": f"{row.starts_on:%d.%m.%Y} – {row.ends_on:%d.%m.%Y}",
        "goal": row.goal,
        "tasks": [line["text"] for line in row.tasks],
        "risks": [risks[code] for code in row.risks],
        "targets": [
            {
                "name": labels.get(one["indicator"], one["indicator"]),
                "base": figure(one["base"]),
                "target": figure(one["target"]),
            }
            for one in row.targets
        ],
        "measures": [measure_line(move.session, profile, one) for one in rows],
        "schools": schools,
        "total": roubles(sum(one.data.get("kopecks") or 0 for one in rows)),
    }


def _approval(act: Document | None) -> str:
    return f"приказом от {act.day:%d.%m.%Y} № {act.number}" if act is not None and act.day else ""


def measure_line(session: Session, profile: Profile, row: PlanRow) -> dict[str, Any]:
    """A measure as it is printed."""
    school = session.get(Organisation, row.school_id) if row.school_id else None
    person = session.get(Person, row.responsible_id) if row.responsible_id else None
    data, money = row.data, row.data.get("kopecks") or 0
    return {
        "kind": SECTIONS.get(row.section, row.section),
        "text": row.text,
        "school": school.short_name if school else "все школы программы",
        "term": f"{row.starts_on:%d.%m.%Y} – {row.due_on:%d.%m.%Y}",
        "who": person.listed_name if person else "",
        "money": f"{roubles(money)}, {FUNDS[data['source']]}" if money else FUNDS[data["source"]],
        "expected": row.expected,
        "evidence": profile.dictionaries["evidence_kind"].get(data.get("evidence") or "", ""),
        "state": state_words(profile, row, date.max) if row.result else "",
    }


def act_annex(move: Move, document: Document) -> list[dict[str, Any]]:
    """The programme as the annex of the act: its measures, in the order of the programme."""
    parent = move.case.parent_id
    row = move.session.get(MunicipalProgramme, parent) if parent else None
    if row is None:
        return []
    found = sa.select(PlanRow).where(PlanRow.case_id == row.case_id, PlanRow.dropped_in.is_(None))
    lines = [
        measure_line(move.session, move.profile, one) for one in move.session.scalars(found.order_by(PlanRow.number))
    ]
    columns = [
        {"title": "№", "width": 9, "align": "number"},
        {"title": "Мера"},
        {"title": "Школа", "width": 32},
        {"title": "Срок", "width": 24, "align": "term"},
        {"title": "Ответственный", "width": 28},
        {"title": "Средства, руб.", "width": 27},
    ]
    table = [
        [str(n), one["text"], one["school"], one["term"], one["who"], one["money"]] for n, one in enumerate(lines, 1)
    ]
    content = annex_of(move, document, table={"columns": columns, "rows": table})
    unrecommended = "Программа утверждена без рекомендации регионального оператора."
    return [{**content, "note": content["note"] if row.recommended else unrecommended}]


def write_report(move: Move, row: MunicipalProgramme, *, final: bool) -> None:
    """The report as it goes to the operator, or as he has taken it: then with its number."""
    title = f"об исполнении программы «{row.name}»"
    document = shared.paper_of(move, "programme_report", title, row.municipality_id)
    if final:
        number_document(move, document)
    texts.write(move, document, report_context(move, row, document, draft=not final))
    if final:
        renditions.request(move, document)


def report_context(move: Move, row: MunicipalProgramme, document: Document, *, draft: bool) -> dict[str, Any]:
    profile, session = move.profile, move.session
    found = sa.select(PlanRow).where(PlanRow.case_id == row.case_id, PlanRow.dropped_in.is_(None))
    rows = list(session.scalars(found.order_by(PlanRow.number)))
    labels = profile.dictionaries["programme_indicator"]
    counted = figures(session, profile, row, rows)
    return {
        **shared.requisites(move, document, draft=draft),
        "term": f"{row.starts_on:%d.%m.%Y} – {row.ends_on:%d.%m.%Y}",
        "targets": [
            {
                "name": labels.get(one["indicator"], one["indicator"]),
                "base": figure(one["base"]),
                "target": figure(one["target"]),
                "fact": figure(one["fact"]) if one.get("fact") is not None else "–",
            }
            for one in row.targets
        ],
        "counts": {name: counted[name] for name in ("measures", "done", "partly", "not_done", "open")},
        "money": roubles(counted["kopecks"]),
        "measures": [measure_line(session, profile, one) for one in rows],
        "schools": roadmaps(session, row.schools),
        "help": counted["help"],
        "conclusion": row.conclusion,
        "lessons": row.lessons,
    }
