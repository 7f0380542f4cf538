"""Individual routes: drawn by the tutor, agreed by the teacher, gone step by step with evidence (OR-13, OM-28)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Opening, Question, Values, moment
from app.cases.models import Task
from app.cases.move import Move
from app.cases.queries import last_answer
from app.cases.system import System
from app.documents import signing, texts
from app.documents.models import Edition
from app.engine import Card
from app.errors import Refused
from app.people.actor import Actor
from app.people.models import Organisation, Person, Position
from app.teachers import moves, papers, privacy
from app.teachers.common import known, staff_choices, teachers_of, year_dates
from app.teachers.diagnosis import gap_words, results_of
from app.teachers.models import RouteStep, SkillGap, TeacherRoute, Training
from app.teachers.review import route_key

PAPER = "teacher_route"


def open_route(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """A route of `data.person` with the tutor in position `data.tutor`; one open route a person and year."""
    person = session.get(Person, int(data.get("person", 0)))
    tutor = session.get(Position, int(data.get("tutor") or 0))
    if subject.kind != "school" or person is None:
        raise Refused("Маршрут открывают педагогу школы.", advice="Выберите педагога.")
    if tutor is None or tutor.role not in ("tutor", "pd_center"):
        raise Refused("У маршрута должен быть тьютор.", advice="Выберите тьютора ЦНППМ.")
    today = system.calendar(subject.region).local(moment(session))
    if moves.position_of(session, person.id, today, school_id=subject.id) is None:
        raise Refused("Этот педагог в школе не работает.", advice="Проверьте список педагогов школы.")
    return Opening(f"ИОМ: {person.listed_name}", once=route_key(person.id, school_year))


def whose(session: Session, system: System, actor: Actor, about: Organisation) -> Sequence[Question]:
    """Asked before a route is begun by hand: of which teacher, with which tutor."""
    today = system.calendar(actor.region).local(moment(session))
    people = {str(person.id): person.full_name for _, person in teachers_of(session, about.id, today)}
    tutors = staff_choices(session, actor.region, ("tutor",), today, kinds=("centre", "operator"))
    named = {str(key): name for key, name in tutors.items()}
    return [Question("person", "Педагог", people), Question("tutor", "Тьютор", named)]


def tutor(move: Move, item: str | None) -> int | None:
    """The tutor of the route; when he has left, another of the centre is to be named by the operator."""
    row = move.session.get(TeacherRoute, move.case.id)
    return row.tutor_id if row else int(move.case.data["tutor"])


def teacher(move: Move, item: str | None) -> int | None:
    """The position in which the teacher works in the school that the route is about now."""
    today = move.today
    person = int(move.case.data["person"])
    found = moves.position_of(move.session, person, today, school_id=move.case.subject_id)
    found = found or moves.position_of(move.session, person, today)
    return found.id if found else None


def route_of(session: Session, case_id: int) -> TeacherRoute:
    return session.get_one(TeacherRoute, case_id)


_STANDING = (
    sa.select(RouteStep)
    .where(RouteStep.case_id == sa.bindparam("case"), RouteStep.dropped_in.is_(None))
    .order_by(RouteStep.due_on, RouteStep.id)
)


def standing_steps(session: Session, case_id: int) -> list[RouteStep]:
    """Steps of the route as it stands, in order; those left out by a later edition are not among them."""
    return list(session.scalars(_STANDING, {"case": case_id}))


def gaps_to_close(session: Session, profile: Any, person_id: int, school_year: int, on: date) -> list[SkillGap]:
    return [g for g in results_of(session, person_id, school_year, on) if g.level in profile.teachers.gap_levels]


# drawing ------------------------------------------------------------------------------------------------------------


def draft_context(ask: Asking) -> Values:
    """Gaps of the newest diagnosis; steps not accepted yet are there to be drawn anew."""
    person_id, year = int(ask.case.data["person"]), ask.case.school_year
    row = ask.session.get(TeacherRoute, ask.case.id)
    steps = standing_steps(ask.session, ask.case.id) if row else []
    accepted = [step for step in steps if step.mark == "accepted"]
    gaps = gaps_to_close(ask.session, ask.profile, person_id, year, ask.today)
    wishes = (last_answer(ask.session, ask.case.id, "route_agree") or {}).get("wishes")
    drawn = [_drawn(step) for step in steps if step.mark != "accepted"]
    values = {
        "goal": row.goal if row else None,
        "uncovered": row.uncovered if row else None,
        "steps": drawn or [{"gap": gap.id, "evidence": "report"} for gap in gaps if row is None],
    }
    names = ("step_kind", "evidence_kind")
    return {
        "choices": {
            **{name: dict(ask.profile.dictionaries[name]) for name in names},
            "gap": {gap.id: gap_words(ask.profile, gap) for gap in gaps},
            "training": _open_groups(ask.session, ask.case.region),
        },
        "values": {name: value for name, value in values.items() if value},
        "facts": {"covered": [step.gap_id for step in accepted]},
        "known": known(
            ("Дефициты", "\n".join(gap_words(ask.profile, gap) for gap in gaps)),
            ("Педагог просит изменить", wishes),
            ("Шаги уже приняты", "; ".join(step.text for step in accepted)),
            ("Нужно заменить", "; ".join(f"{step.text}: {step.lost}" for step in steps if step.lost)),
        ),
        "dates": year_dates(year, ask.today),
    }


def _drawn(step: RouteStep) -> dict[str, Any]:
    names = ("kind", "text", "hours", "evidence", "mentor")
    found = {name: getattr(step, name) for name in names}
    training = step.training_id if not step.lost else None
    return {
        **found,
        "gap": step.gap_id,
        "url": step.url or None,
        "due_on": step.due_on.isoformat(),
        "training": training,
    }


def _open_groups(session: Session, region: str) -> dict[int, str]:
    rows = sa.select(Training).where(Training.region == region, Training.state == "open").order_by(Training.starts_on)
    return {t.case_id: f"{t.name}, с {t.starts_on:%d.%m.%Y}" for t in session.scalars(rows)}


def write_draft(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """A new edition: accepted steps stay, the others are left out and what was drawn takes their place."""
    row = move.session.get(TeacherRoute, move.case.id)
    if row is None:
        data = move.case.data
        row = TeacherRoute(
            case_id=move.case.id,
            person_id=int(data["person"]),
            tutor_id=int(data["tutor"]),
            school_year=move.case.school_year,
            edition=0,
        )
        move.session.add(row)
    row.edition += 1
    row.goal, row.uncovered = answers["goal"], answers.get("uncovered") or ""
    move.session.flush()
    for step in standing_steps(move.session, move.case.id):
        if step.mark != "accepted":
            step.dropped_in = row.edition
    for number, line in enumerate(answers["steps"], 1):
        move.session.add(_step(move, row.edition, number, line))
    move.session.flush()
    row.ends_on = max(step.due_on for step in standing_steps(move.session, move.case.id))
    move.session.flush()
    papers.write_route(move, draft=True)
    return None


def _step(move: Move, edition: int, number: int, line: dict[str, Any]) -> RouteStep:
    training = line.get("training")
    return RouteStep(
        case_id=move.case.id,
        number=number,
        edition=edition,
        gap_id=int(line["gap"]),
        kind=line["kind"],
        text=line["text"],
        hours=line.get("hours"),
        url=line.get("url") or "",
        training_id=int(training) if training is not None else None,
        due_on=date.fromisoformat(line["due_on"]),
        evidence=line["evidence"],
        mentor=bool(line.get("mentor")),
    )


# agreeing -----------------------------------------------------------------------------------------------------------


def agree_context(ask: Asking) -> Values:
    document = texts.of_case(ask.session, ask.case.id, PAPER)
    standing = privacy.consent(ask.session, int(ask.case.data["person"]))
    return {
        "facts": {"document_id": document.id if document else None},
        "known": known(("Согласие для директора", ask.profile.teachers.consent.show_head)),
        "values": {"show_head": standing is not None},
    }


def agree_shown(ask: Asking, answers: Values | None) -> str | None:
    """Only agreement is signed: by the fingerprint of the route that was on the screen."""
    if answers is not None and answers.get("outcome") != "agree":
        return None
    return edition_of(ask.session, ask.case.id).sha256


def edition_of(session: Session, case_id: int) -> Edition:
    """The text of the route that is signed; Refused while there is none."""
    document = texts.of_case(session, case_id, PAPER)
    edition = texts.current(session, document) if document else None
    if document is None or edition is None:
        raise Refused("Маршрут ещё не составлен.", advice="Дождитесь, когда тьютор его пришлёт.")
    return edition


def write_agree(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = route_of(move.session, move.case.id)
    if answers["outcome"] != "agree":
        return None
    document = texts.of_case(move.session, move.case.id, PAPER)
    assert document is not None
    signing.sign(move, document, edition_of(move.session, move.case.id), move.proof, "sign")
    row.agreed_at = move.now
    move.session.flush()
    _show_head(move, bool(answers.get("show_head")), row.person_id)
    return None


def _show_head(move: Move, shows: bool, person_id: int) -> None:
    """The answer is the person's will as of now: «да» gives the consent, «нет» takes a standing one back."""
    standing = privacy.consent(move.session, person_id)
    if shows:
        rule = move.profile.teachers.consent
        privacy.give(move.unit, person_id, move.case.id, f"Редакция {rule.version}. {rule.show_head}")
    elif standing is not None:
        privacy.withdraw(move.unit)


def inform(move: Move, card: Card) -> Values | None:
    """The head is told that there is a route and until when: no name of a gap, no goal."""
    row = route_of(move.session, move.case.id)
    until = f"{row.ends_on:%d.%m.%Y}" if row.ends_on else ""
    key = f"route:{move.case.id}:dates:{row.edition}"
    subject = f"Педагог школы начал индивидуальный маршрут, срок до {until}"
    move.post("mail", key, template="task", role="school_head", subject=subject)
    move.record("route.agreed", edition=row.edition, until=row.ends_on)
    return None


def write_refusal(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = route_of(move.session, move.case.id)
    row.outcome, row.conclusion = "refused", answers["reason"]
    return None
