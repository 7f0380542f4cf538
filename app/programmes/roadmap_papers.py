"""Papers of a school's programme: its text with requisites, the curator's conclusion about a stage, the final report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.move import Move
from app.documents import contexts, renditions, sent_papers, signing, texts
from app.documents.acts import number_document
from app.documents.approvals import rows_of, visas
from app.documents.models import Document, Edition, Signature
from app.people.models import Organisation, Person, Position
from app.programmes import diagnosis, drafting, plans, stage_rows
from app.programmes.plan_models import Roadmap, RoadmapStage
from app.schools.models import School
from app.years import school_year_name, school_year_of
from forms.values import show_number
from reports import ru

ORGANS = {"council": "педагогический совет", "method": "методический совет"}


_PROGRAMME = (
    sa.select(Document)
    .where(Document.case_id == sa.bindparam("case"), Document.kind.in_(("roadmap", "strategy_programme")))
    .order_by(Document.id.desc())
    .limit(1)
)
_HOLDERS = (
    sa.select(Position, Person, Organisation)
    .join(Person, Person.id == Position.person_id)
    .join(Organisation, Organisation.id == Position.organisation_id)
    .where(Position.id.in_(sa.bindparam("positions", expanding=True)))
)
_PEOPLE = sa.select(Person).where(Person.id.in_(sa.bindparam("people", expanding=True)))


def document_of(session: Session, case_id: int) -> Document | None:
    """The programme itself: the one of the case's documents that has stamps of approval."""
    return session.scalar(_PROGRAMME, {"case": case_id})


# the programme ----------------------------------------------------------------------------------------------------


def write_text(move: Move, roadmap: Roadmap, *, draft: bool) -> Edition:
    """The text of the newest edition; the final one has its marks and becomes a file."""
    kind = move.profile.roadmaps.kinds[roadmap.kind]
    document = document_of(move.session, move.case.id)
    if document is None:
        title = f"{kind.printed}: {move.subject.short_name}"
        document = texts.create(move, kind.document_kind, title, move.case.subject_id, public=True)
    document.kind = kind.document_kind
    if draft:
        document.state = "draft" if document.state in ("withdrawn", "in_force", "signed") else document.state
    else:
        document.state = "in_force"
        document.effective_from = document.day
    move.session.flush()
    edition = texts.write(move, document, _context(move, document, roadmap, draft=draft))
    _drop_changed(move, document, edition)
    if not draft:
        renditions.request(move, document)
    return edition


def _drop_changed(move: Move, document: Document, edition: Edition) -> None:
    """Visas of the sheet under a text that has changed fall; those over an unchanged part stay."""
    for visa in visas(move.session, document).values():
        if visa.shown_sha256 != signing.shown(edition, visa.scope):
            visa.fallen_at, visa.fallen_reason = move.now, "текст изменён"
            move.record("signature.fallen", signature=visa.sign_id, reason=visa.fallen_reason)
    move.session.flush()


def _context(move: Move, document: Document, roadmap: Roadmap, *, draft: bool) -> dict[str, Any]:
    session, profile = move.session, move.profile
    data = plans.passport(session, roadmap.case_id, roadmap.edition)
    kind = profile.roadmaps.kinds[roadmap.kind]
    today = move.today
    people = _names(session, data)
    return {
        "doc": {
            **contexts.registration(
                profile, document, move.case, move.system.base_url, place="", draft=draft, edition_day=today
            ),
            "title": f"{kind.printed}: {move.subject.short_name}",
            "long_kept": False,
        },
        "issuer": {"lines": [move.subject.name]},
        "kind_word": kind.printed,
        "subject": f"{kind.title} {move.subject.short_name}",
        "years": _span(roadmap),
        "school": move.subject.name,
        "school_code": session.get_one(School, roadmap.school_id).code,
        "municipality": _municipality(session, move.subject),
        "considered": _considered(move, roadmap),
        "dissent": _dissent(session, document),
        "goal": data["goal"],
        "term": (roadmap.starts_on.isoformat(), roadmap.ends_on.isoformat()),
        "head": people.get(int(data["head"]), ""),
        "team": [people[int(one)] for one in data.get("team") or () if int(one) in people],
        "stages": "; ".join(f"{title} – до {day:%d.%m.%Y}" for title, day in stage_rows.calendar_of(profile, roadmap)),
        "stamps": _stamps(move, document, roadmap),
        "rows_word": kind.rows_word,
        **_body(move, roadmap, data),
        "journal": None if draft else contexts.head(session),
    }


def _span(roadmap: Roadmap) -> str:
    first, last, name = school_year_of(roadmap.starts_on), school_year_of(roadmap.ends_on), school_year_name
    return f"на {name(first)} учебный год" if first >= last else f"на {name(first)} – {name(last)} учебные годы"


def _body(move: Move, roadmap: Roadmap, data: Mapping[str, Any]) -> dict[str, Any]:
    """Risks, tasks, indicators, rows in the order of the risks."""
    words, profile = drafting.labels(move.profile), move.profile
    order = [line["factor"] for line in data["sections"]]
    severity = profile.dictionaries["severity"]
    aims = data["targets"]
    rows = plans.rows(move.session, roadmap.case_id)
    rows = sorted(rows, key=lambda r: (order.index(r.section) if r.section in order else len(order), r.number))
    return {
        "risks": [words[code] for code in order if code != drafting.RESULTS],
        "tasks": [
            {"risk": words[s["factor"]], "severity": severity.get(s["severity"], ""), "text": s["task"]}
            for s in data["sections"]
        ],
        "indicators": [
            {
                "number": n,
                "risk": words[aim["factor"]],
                "base": show_number(aim["base"]),
                "target": show_number(aim["target"]),
                **{name: aim[name] for name in ("name", "unit", "measured")},
            }
            for n, aim in enumerate(aims, 1)
        ],
        "rows": [_row(move, roadmap, row, aims, words) for row in rows],
    }


def _row(move: Move, roadmap: Roadmap, row: Any, aims: Any, words: Mapping[str, str]) -> dict[str, Any]:
    kind = move.profile.roadmaps.kinds[roadmap.kind]
    number = row.data.get("target")
    aim = aims[number - 1] if number and number <= len(aims) else None
    person = move.session.get(Person, row.responsible_id) if row.responsible_id else None
    return {
        "number": row.number,
        "risk": words.get(row.section, row.section),
        "text": row.text,
        "direction": move.profile.dictionaries[kind.rows_by].get(row.direction, row.direction or ""),
        "starts_on": row.starts_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "responsible": tied(person.listed_name) if person else "",
        "audience": row.data.get("audience") or "",
        "expected": row.expected,
        "indicator": f"{aim['name']}, {aim['unit']}" if aim else "",
        "base": show_number(aim["base"]) if aim else "",
        "target": show_number(aim["target"]) if aim else "",
        "evidence": move.profile.dictionaries["evidence_kind"].get(row.data.get("evidence"), ""),
        "partner": row.data.get("partner") or "",
    }


def tied(name: str) -> str:
    """Initials stay on one line."""
    return name.replace(". ", ".\u00a0")


def _names(session: Session, data: Mapping[str, Any]) -> dict[int, str]:
    wanted = [int(data["head"]), *(int(one) for one in data.get("team") or ())]
    return {p.id: p.listed_name for p in session.scalars(_PEOPLE, {"people": wanted})}


def _municipality(session: Session, school: Organisation) -> str:
    parent = session.get(Organisation, school.parent_id) if school.parent_id else None
    return parent.name if parent is not None and parent.kind == "municipality" else ""


def _considered(move: Move, roadmap: Roadmap) -> str:
    """«педагогический совет, протокол от 04.12.2026 № 6; экспертиза от 08.12.2026: рекомендовать»."""
    said, council = [], roadmap.council
    if council.get("outcome") == "adopt":
        day = date.fromisoformat(council["day"])
        said.append(f"{ORGANS[council['organ']]}, протокол от {ru.short_date(day)} № {council['number']}")
    concluded = diagnosis.expertise(move.session, roadmap.case_id)
    if concluded is not None:
        day = move.system.calendar(move.case.region).local(concluded)
        said.append(f"экспертиза методического объединения от {ru.short_date(day)}: рекомендовать")
    return "; ".join(said)


def _dissent(session: Session, document: Document) -> str:
    return "муниципальный орган остался при особом мнении" if any(r.dissent for r in rows_of(session, document)) else ""


def _stamps(move: Move, document: Document, roadmap: Roadmap) -> list[dict[str, Any]]:
    """Curator, municipality, head: with the marks under this very edition."""
    session = move.session
    today = move.today
    region, school = move.case.region, roadmap.school_id
    approvals, signed = (_under(session, document, purpose) for purpose in ("approval", "sign"))
    own = [s for s in approvals if s.approval_row_id is None]
    foreign = [s for s in approvals if s.approval_row_id is not None]
    wanted = (
        ("Согласовано", plans.curator_of(session, region, school, today), own),
        ("Согласовано", plans.municipality_head(session, region, school, today), foreign),
        ("Утверждаю", plans.head_of(session, school, "school_head", today), signed),
    )
    stamps = [(word, position, found[-1] if found else None) for word, position, found in wanted if position]
    positions = [signature.position_id if signature else position for _, position, signature in stamps]
    holders = {row.Position.id: row for row in session.execute(_HOLDERS, {"positions": positions})}
    return [
        _stamp(word, *holders[position], signature)
        for (word, _, signature), position in zip(stamps, positions, strict=True)
    ]


def _under(session: Session, document: Document, purpose: str) -> list[Signature]:
    return [s for s in signing.valid(session, document.id, purpose) if s.edition == document.edition]


def _stamp(
    word: str, position: Position, person: Person, place: Organisation, signature: Signature | None
) -> dict[str, Any]:
    post = position.title or place.short_name
    if place.short_name not in post:
        post = f"{post}, {place.short_name}"
    name = signature.stamp["signed_name"] if signature else person.signed_name
    return {"word": word, "post": post, "name": name, "mark": signing.mark(signature) if signature else None}


# conclusion and report --------------------------------------------------------------------------------------------


def own_paper(move: Move, kind: str, title: str, organisation_id: int) -> Document:
    """A paper of this case made once: found by its title, which names what it is about."""
    where = (Document.case_id == move.case.id, Document.kind == kind, Document.title == title)
    found = move.session.scalar(sa.select(Document).where(*where).order_by(Document.id.desc()).limit(1))
    return found or texts.create(move, kind, title, organisation_id)


def issue_own(move: Move, document: Document, context: Mapping[str, Any]) -> None:
    """Number the paper and issue it by who sent the form."""
    number_document(move, document)
    sent_papers.issue(move, document, context, state="signed")


def programme_words(session: Session, roadmap: Roadmap) -> str:
    """«дорожная карта от 12.12.2026, редакция 2»."""
    document = document_of(session, roadmap.case_id)
    day = f" от {document.day:%d.%m.%Y}" if document and document.day else ""
    return f"{roadmap.title}{day}, редакция {roadmap.approved_edition or roadmap.edition}"


def opinion_title(school: str, stage: str) -> str:
    return f"об исполнении программы {school}, {stage}"


def opinion_of(session: Session, case_id: int, number: int) -> Document | None:
    stage = session.get_one(RoadmapStage, (case_id, number))
    where = (Document.case_id == case_id, Document.kind == "stage_opinion", Document.title.endswith(f", {stage.title}"))
    return session.scalar(sa.select(Document).where(*where).order_by(Document.id.desc()).limit(1))


def issue_opinion(move: Move, stage: RoadmapStage) -> None:
    """The curator's conclusion with the rows he assessed, signed by him."""
    session, roadmap = move.session, move.session.get_one(Roadmap, move.case.id)
    title = opinion_title(move.subject.short_name, stage.title)
    place = move.actor.organisation_id if move.actor else move.case.subject_id
    document = own_paper(move, "stage_opinion", title, place)
    rows = [
        {
            "number": row.number,
            "measure": row.text,
            "reported": stage_rows.told(line),
            "confirmed": stage.checked[str(row.id)]["confirmed"] == "accepted",
            "quality": stage.checked[str(row.id)]["quality"],
            "note": stage.checked[str(row.id)].get("note") or "",
        }
        for row, line in stage_rows.reported_rows(session, stage)
        if str(row.id) in stage.checked
    ]
    share = stage.report.get("share")
    context = {
        "issuer": {"lines": [session.get_one(Organisation, place).name]},
        "programme": programme_words(session, roadmap),
        "school": move.subject.name,
        "stage": stage.title,
        "ends_on": stage.ends_on.isoformat(),
        "share": show_number(share) if share is not None else "",
        "difficulties": stage.report.get("difficulties") or "",
        "rows": rows,
        "conclusion": stage.conclusion,
    }
    issue_own(move, document, context)


def issue_report(move: Move, roadmap: Roadmap, answers: Mapping[str, Any]) -> None:
    """The final report of the school, signed by its head."""
    session = move.session
    aims = plans.targets(session, roadmap)
    facts = {int(line["row"]): line for line in answers["reached"]}
    indicators = [
        {
            **{name: aim[name] for name in ("name", "unit", "base", "target")},
            "fact": facts[n]["fact"],
            "note": facts[n].get("note") or "",
        }
        for n, aim in enumerate(aims, 1)
    ]
    words = {"done": "выполнено", "partly": "выполнено частично", "not_done": "не выполнено", None: "нет отчёта"}
    rows = [
        {"number": r.number, "measure": r.text, "result": words[r.result], "quality": r.quality, "fact": r.fact}
        for r in plans.rows(session, roadmap.case_id)
    ]
    checked = session.scalars(
        sa.select(RoadmapStage).where(RoadmapStage.case_id == roadmap.case_id).order_by(RoadmapStage.number)
    )
    document = own_paper(move, "roadmap_report", f"о выполнении программы «{roadmap.title}»", move.case.subject_id)
    context = {
        "issuer": {"lines": [move.subject.name]},
        "programme": programme_words(session, roadmap),
        "school": move.subject.name,
        "indicators": indicators,
        "rows": rows,
        "stages": [_stage(stage) for stage in checked if stage.checked_at is not None],
        "conclusion": answers["conclusion"],
        "mechanism": answers.get("mechanism") or "",
    }
    issue_own(move, document, context)


def _stage(stage: RoadmapStage) -> dict[str, Any]:
    lines = stage.checked.values()
    confirmed = sum(line["confirmed"] == "accepted" for line in lines)
    facts = {"title": stage.title, "ends_on": stage.ends_on.isoformat(), "conclusion": stage.conclusion}
    return {**facts, "confirmed": confirmed, "rows": len(stage.checked)}
