"""Papers of this room: contexts for `reports` from the tables, numbers of their registers, who may read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.cases.move import Move
from app.documents import contexts, renditions, signing, texts
from app.documents.acts import number_document
from app.documents.issuing import issuing_place
from app.documents.models import Document, Signature
from app.engine import Card
from app.people.models import Organisation, Person, Position
from app.schools.models import School
from app.teachers import coverage as counts
from app.teachers import diagnosis
from app.teachers.common import GAP_KINDS, percent, title, titles
from app.teachers.models import (
    GapReview,
    PersonalDocument,
    Retraining,
    RouteStep,
    SkillGap,
    Teacher,
    TeacherRoute,
)
from app.years import school_year_name

PROPOSALS = {
    "route": "индивидуальный образовательный маршрут",
    "pair": "наставническая пара",
    "courses": "курсы повышения квалификации",
    "nothing": "",
}

_Tutor = aliased(Person)
_ROUTE = (
    sa.select(TeacherRoute, Person, Teacher, Position, _Tutor)
    .join(Person, Person.id == TeacherRoute.person_id)
    .join(Position, Position.id == TeacherRoute.tutor_id)
    .join(_Tutor, _Tutor.id == Position.person_id)
    .outerjoin(Teacher, sa.and_(Teacher.person_id == Person.id, Teacher.school_id == sa.bindparam("school")))
    .where(TeacherRoute.case_id == sa.bindparam("case"))
)
_DIAGNOSED = (
    sa.select(SkillGap.person_id).where(SkillGap.case_id == sa.bindparam("case"), SkillGap.phase == "entry").distinct()
)
_PEOPLE = (
    sa.select(Person, Teacher, GapReview)
    .outerjoin(Teacher, sa.and_(Teacher.person_id == Person.id, Teacher.school_id == sa.bindparam("school")))
    .outerjoin(GapReview, sa.and_(GapReview.person_id == Person.id, GapReview.case_id == sa.bindparam("case")))
    .where(Person.id.in_(sa.bindparam("people", expanding=True)))
    .order_by(Person.id)
)
_CARDS = (
    sa.select(PersonalDocument.person_id, Document)
    .join(Document, Document.id == PersonalDocument.document_id)
    .where(Document.case_id == sa.bindparam("case"), Document.kind == "gap_card")
)


def centre(move: Move) -> int:
    """The body that issues papers of the centre: the centre, or the operator of which it is a part."""
    found = move.system.body(move.session, move.case.region, "centre")
    return found if found is not None else issuing_place(move.session, move.case.region, "operator")


def requisites(move: Move, document: Document, *, draft: bool, body: str = "centre") -> dict[str, Any]:
    """`doc`, `issuer`, `journal` of a paper issued by a body of the region."""
    profile = move.profile
    place = profile.organisations[body].place or profile.capital
    doc = contexts.registration(
        profile, document, move.case, move.system.base_url, place=place, draft=draft, edition_day=move.today
    )
    return {
        "doc": {**doc, "title_position": "center"},
        "issuer": contexts.issuer(profile, body),
        "kind_word": profile.document_kinds[document.kind].printed,
        "journal": None if draft else contexts.head(move.session),
    }


def centre_signer(move: Move) -> dict[str, Any]:
    """The head of the centre, to sign by hand."""
    code = move.profile.signers["pd_center"]
    held = contexts.holder(move.session, move.case.region, code, move.today)
    return contexts.signer(move.profile.positions[code].post, held[1] if held else None)


def person_signer(move: Move, post: str, person: Person, signature: Signature | None) -> dict[str, Any]:
    return contexts.signer([post], person, signature)


def issue(move: Move, document: Document, context: dict[str, Any]) -> None:
    """Number the document, write its text and ask for the PDF. `context` lacks the requisites."""
    number_document(move, document)
    texts.write(move, document, {**requisites(move, document, draft=False), **context})
    renditions.request(move, document)


def personal(move: Move, document: Document, person_id: int) -> None:
    """Only the person, his tutor and the centre read this new document."""
    move.session.add(PersonalDocument(document_id=document.id, person_id=person_id))


# the school's team --------------------------------------------------------------------------------------------------


def render_retraining(move: Move, card: Card) -> None:
    """`render` of the process: what it makes is named by the node."""
    made = {"diagnosis_referral": referral, "gap_card": cards, "retraining_report": note}
    made[card.properties["render"]](move)


def referral(move: Move) -> None:
    """Whom the school sends on the day: everybody who takes part and is not diagnosed. Nothing to print – no paper."""
    row = move.session.get_one(Retraining, move.case.id)
    left = diagnosis.left_to_do(move.session, move.case.subject_id, move.case.school_year, move.today)
    if not left or row.session_on is None:
        return
    lines: dict[int, tuple[Teacher, Person, list[str]]] = {}
    for teacher, person, code in left:
        lines.setdefault(person.id, (teacher, person, []))[2].append(code or "")
    people = [
        {"name": p.full_name, "post": lowered(t.post), "what": titles(move.profile, "subject", filter(None, codes))}
        for t, p, codes in lines.values()
    ]
    responsible = move.session.get(Person, row.responsible_id) if row.responsible_id else None
    document = texts.create(move, "diagnosis_referral", "На диагностику профессиональных дефицитов", centre(move))
    context = {
        "intro": f"Педагоги {move.subject.short_name} направляются на диагностику профессиональных дефицитов",
        "what_title": "Предмет",
        "starts": row.session_on.isoformat(),
        "form": diagnosis.FORMS[row.form],
        "place": row.place,
        "subject": row.instrument,
        "responsible": responsible.listed_name if responsible else "",
        "people": people,
        "notice": "Результаты получат сам педагог, его тьютор и центр",
        "signers": [centre_signer(move)],
    }
    issue(move, document, context)


def cards(move: Move) -> None:
    """A card for each person with results in this case, as his newest results are.

    A second day of diagnosis makes the next edition of the card.
    """
    session, year, day = move.session, move.case.school_year, move.today
    people = list(session.scalars(_DIAGNOSED, {"case": move.case.id}))
    results = diagnosis.results_of_people(session, people, year, day)
    made = {row.person_id: row.Document for row in session.execute(_CARDS, {"case": move.case.id})}
    row = session.get(Retraining, move.case.id)
    common = {
        "instrument": row.instrument if row and row.instrument else "–",
        "scale": scale_words(move.profile),
        "signers": [centre_signer(move)],
    }
    found = {"people": people, "school": move.case.subject_id, "case": move.case.id}
    for person, teacher, review in session.execute(_PEOPLE, found).all():
        document = made.get(person.id)
        if document is None:
            document = texts.create(move, "gap_card", person.full_name, centre(move))
            personal(move, document, person.id)
        issue(move, document, {**common, **card_context(move, person, teacher, review, results[person.id])})


def card_context(
    move: Move, person: Person, teacher: Teacher | None, review: GapReview | None, gaps: Sequence[SkillGap]
) -> dict[str, Any]:
    """What of a card is a person's own."""
    profile = move.profile
    parts: dict[tuple[str | None, date], list[dict[str, Any]]] = {}
    for gap in gaps:
        parts.setdefault((gap.subject, gap.day), []).append(
            {
                "kind": title(profile, "gap_kind", gap.kind),
                "percent": percent(gap.percent).removesuffix(" %"),
                "level": title(profile, "gap_level", gap.level),
                "gap": gap.level in profile.teachers.gap_levels,
                "note": gap.note if gap.level in profile.teachers.gap_levels else "",
            }
        )
    return {
        "person": person.full_name,
        "post": lowered(teacher.post) if teacher else "педагог",
        "school": move.subject.short_name,
        "parts": [
            {
                "subject": title(profile, "subject", code) or "управленческая деятельность",
                "day": day.isoformat(),
                "results": r,
            }
            for (code, day), r in parts.items()
        ],
        "proposal": PROPOSALS[review.proposal] if review else "",
    }


def scale_words(profile: Any) -> str:
    """The region's scale in a sentence."""
    scale = profile.teachers.scale
    high, medium, low = (percent(x) for x in (scale.high_below, scale.medium_below, scale.low_below))
    return (
        f"Уровень по доле выполненных заданий: ниже {high} – высокий, ниже {medium} – средний, "
        f"ниже {low} – минимальный дефицит, от {low} дефицит не выявлен"
    )


def write_note(move: Move, *, draft: bool) -> Document:
    """The note on the school: figures as of now, the centre's conclusion; few people are not printed apart."""
    document = texts.of_case(move.session, move.case.id, "retraining_report")
    if document is None:
        heading = "О диагностике профессиональных дефицитов педагогов школы"
        document = texts.create(move, "retraining_report", heading, centre(move))
    texts.write(move, document, {**requisites(move, document, draft=draft), **note_context(move)})
    return document


def note(move: Move) -> None:
    document = texts.of_case(move.session, move.case.id, "retraining_report")
    assert document is not None
    number_document(move, document)
    write_note(move, draft=False)
    renditions.request(move, document)


def note_context(move: Move) -> dict[str, Any]:
    session, profile, on = move.session, move.profile, move.today
    schools, year, few = counts.in_school(move.case.subject_id), move.case.school_year, profile.teachers.hide_below
    cover = counts.coverage(session, schools, year, on)

    def line(name: str, share: counts.Share, hidden: bool = False) -> dict[str, Any]:
        return {"name": name, "part": share.part, "whole": share.whole, "hidden": hidden}

    school = session.get_one(School, move.case.subject_id)
    place = session.get(Organisation, school.municipality_id) if school.municipality_id else None
    gaps = counts.gap_shares(session, profile, schools, year, on)
    led = counts.routes(session, profile, schools, year, on)
    return {
        "school": move.subject.name,
        "municipality": place.name if place else "–",
        "school_year": school_year_name(year),
        "total": line("все педагоги", cover.total),
        "leaders": line("из них руководители", cover.leaders),
        "subjects": [line(title(profile, "subject", code), share) for code, share in cover.subjects.items()],
        "gaps": [
            line(title(profile, "gap_kind", kind), gaps[kind], gaps[kind].tells_of_one(few)) for kind in GAP_KINDS
        ],
        "routes": line("", led, led.whole > 0 and (led.whole < few or led.whole >= cover.total.part)),
        "target": profile.teachers.coverage_target,
        "hide_below": few,
        "conclusion": session.get_one(Retraining, move.case.id).conclusion,
        "signers": [centre_signer(move)],
    }


# a person's route ---------------------------------------------------------------------------------------------------


def write_route(move: Move, *, draft: bool) -> Document:
    """The route as it stands; a number and a PDF when it is closed."""
    wanted = {"case": move.case.id, "school": move.case.subject_id}
    row, person, teacher, position, tutor = move.session.execute(_ROUTE, wanted).one()
    post = lowered(teacher.post) if teacher else "педагог"
    document = texts.of_case(move.session, move.case.id, "teacher_route")
    if document is None:
        document = texts.create(move, "teacher_route", f"{person.full_name}, {post}"[:1000], centre(move))
        personal(move, document, person.id)
    if not draft:
        number_document(move, document)
    texts.write(
        move,
        document,
        {
            **requisites(move, document, draft=draft),
            **route_context(move, row, person, post),
            "tutor": f"{tutor.listed_name}, {lowered(position.title)}",
            "signers": _route_signers(move, document, person, tutor),
        },
    )
    if not draft:
        renditions.request(move, document)
    return document


def route_context(move: Move, row: TeacherRoute, person: Person, post: str) -> dict[str, Any]:
    from app.teachers.privacy import consent
    from app.teachers.routes import standing_steps

    session, profile, on = move.session, move.profile, move.today
    entry, after = diagnosis.entry_and_exit(session, person.id, row.school_year, on)
    steps = standing_steps(session, move.case.id)
    return {
        "person": person.full_name,
        "school": move.subject.short_name,
        "post": post,
        "goal": row.goal,
        "starts": move.system.calendar(move.case.region).local(row.agreed_at).isoformat() if row.agreed_at else None,
        "ends": (row.ends_on or on).isoformat(),
        "diagnosed": max(gap.day for gap in entry).isoformat() if entry else None,
        "gaps": [
            {
                "kind": _kind(profile, gap),
                "level": title(profile, "gap_level", gap.level),
                "percent": percent(gap.percent).removesuffix(" %"),
                "note": gap.note if gap.level in profile.teachers.gap_levels else "",
            }
            for gap in entry
        ],
        "steps": [_step_line(move, step) for step in steps],
        "uncovered": row.uncovered,
        "dynamics": _dynamics(profile, entry, after),
        "exit_day": None,
        "reflection": row.reflection,
        "conclusion": row.conclusion,
        "agreed": row.agreed_at is not None,
        "shows_head": consent(session, person.id) is not None,
    }


def _kind(profile: Any, gap: SkillGap) -> str:
    kind = title(profile, "gap_kind", gap.kind)
    return f"{kind}, {title(profile, 'subject', gap.subject)}" if gap.subject and gap.kind == "subject" else kind


def _step_line(move: Move, step: RouteStep) -> dict[str, Any]:
    profile, gap = move.profile, move.session.get(SkillGap, step.gap_id) if step.gap_id else None
    mark = ""
    if step.mark and step.marked_at:
        day = move.system.calendar(move.case.region).local(step.marked_at)
        mark = f"{'принято' if step.mark == 'accepted' else 'возвращено'} {day:%d.%m.%Y}"
    return {
        "gap": title(profile, "gap_kind", gap.kind) if gap else "–",
        "text": step.text,
        "form": title(profile, "step_kind", step.kind),
        "hours": step.hours,
        "due": step.due_on.isoformat(),
        "result": step.fact if step.mark == "accepted" else title(profile, "evidence_kind", step.evidence),
        "mark": mark,
    }


def _dynamics(profile: Any, entry: Sequence[SkillGap], exit_: Sequence[SkillGap]) -> list[dict[str, str]]:
    after = {(gap.subject, gap.kind): gap for gap in exit_}
    lines = []
    for gap in entry:
        end = after.get((gap.subject, gap.kind))
        if end is None:
            continue
        change = round(end.percent - gap.percent, 1)
        sign = "+" if change > 0 else "−" if change < 0 else ""
        text = percent(abs(change)).removesuffix(" %")
        values = {"entry": gap.percent, "exit": end.percent}
        shown = {name: percent(value).removesuffix(" %") for name, value in values.items()}
        lines.append({"kind": _kind(profile, gap), **shown, "change": f"{sign}{text}"})
    return lines


def _route_signers(move: Move, document: Document, person: Person, tutor: Person) -> list[dict[str, Any]]:
    signed = signing.valid(move.session, document.id, "sign")
    mine = next((s for s in reversed(signed) if s.person_id == person.id), None)
    theirs = next((s for s in reversed(signed) if s.person_id != person.id), None)
    return [person_signer(move, "Педагог", person, mine), person_signer(move, "Тьютор", tutor, theirs)]


def lowered(post: str) -> str:
    """A post inside a sentence; an abbreviation keeps its capitals."""
    return post if post[1:2].isupper() else post[:1].lower() + post[1:]
