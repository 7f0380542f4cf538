"""Expertise by criteria, called within another case: experts without an interest, cards, a third look, the conclusion.

The caller sets `expertise_kind` in its scope and reads `expertise_result`. Each call is a round of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import holders
from app.cases.handlers import Asking, Handlers, Values
from app.cases.models import Case, Remark, Task
from app.cases.move import Move
from app.db import for_update
from app.diagnostics import expertise_paper
from app.diagnostics.counting import round_half_up
from app.diagnostics.models import ExpertCard, Expertise, ExpertScore
from app.documents import texts
from app.engine import Card
from app.errors import Refused
from app.people.actor import ON, in_force, works
from app.people.models import Organisation, Person, Position

MOST_EXPERTS, DAYS = 5, 7


_CURRENT = (
    sa.select(Expertise).where(Expertise.case_id == sa.bindparam("case")).order_by(Expertise.round.desc()).limit(1)
)
_CARDS = sa.select(ExpertCard).where(ExpertCard.expertise_id == sa.bindparam("expertise")).order_by(ExpertCard.row)
_WORKING = sa.select(Position.person_id).where(
    Position.organisation_id == sa.bindparam("organisation"), in_force(Position, ON)
)
_AUTHORS = (
    sa.select(Position.person_id)
    .join(expertise_paper.ANSWER, expertise_paper.ANSWER.position_id == Position.id)
    .where(expertise_paper.ANSWER.case_id == sa.bindparam("case"))
    .where(sa.not_(expertise_paper.ANSWER.form.like("expertise_%")))
)


def current(session: Session, case_id: int) -> Expertise:
    """The newest round of the case."""
    row = session.scalar(_CURRENT, {"case": case_id})
    if row is None:
        raise Refused("Экспертиза ещё не начата.")
    return row


def cards(session: Session, expertise_id: int) -> Sequence[ExpertCard]:
    return session.scalars(_CARDS, {"expertise": expertise_id}).all()


def begin(move: Move, card: Card) -> Values | None:
    """A new round: criteria of the kind, the text that is looked at; the organiser's head is told from the third on."""
    rules, kind = move.profile.expertise, str(move.scope.get("expertise_kind", ""))
    if kind not in rules.kinds:
        raise Refused(f"Критериев экспертизы вида «{kind}» нет.", advice="Их задаёт профиль региона.")
    last = move.session.scalar(sa.select(sa.func.max(Expertise.round)).where(Expertise.case_id == move.case.id)) or 0
    document = texts.of_case(move.session, move.case.id)
    criteria = [criterion.model_dump() for criterion in rules.kinds[kind].criteria]
    row = Expertise(
        case_id=move.case.id,
        round=last + 1,
        kind=kind,
        version=rules.version,
        criteria=criteria,
        document_id=document.id if document else None,
        edition=document.edition if document else None,
    )
    move.session.add(row)
    move.session.flush()
    if row.round >= rules.rounds_told:
        subject = f"Экспертиза идёт {row.round}-й раз: {move.case.title}"
        role = f"{organiser_role(move.session, move.case)}.head"
        move.post("mail", f"expertise:{move.case.id}:{row.round}", template="task", role=role, subject=subject)
    return None


# who --------------------------------------------------------------------------------------------------------------


def organiser_role(session: Session, case: Case) -> str:
    """Subject unions organise for schools and municipalities, the centre for the region."""
    subject = session.get_one(Organisation, case.subject_id)
    return "subject_union" if subject.kind in ("school", "municipality") else "pd_center"


def organiser(move: Move, item: str | None) -> int | None:
    """Who organises at the case's level, the region's operator where there is nobody."""
    return organiser_of(move.session, move.case, move.today)


def organiser_of(session: Session, case: Case, today: date) -> int | None:
    for role in (organiser_role(session, case), "pd_center", "regional_operator"):
        place = holders.place(session, case.region, case.subject_id, role)
        where = (Position.organisation_id == place, Position.role == role, in_force(Position, today))
        found = sa.select(Position.id).where(*where).order_by(Position.head.desc(), Position.id).limit(1)
        position = session.scalar(found) if place else None
        if position is not None:
            return position
    return None


def expert(move: Move, item: str | None) -> int | None:
    where = (ExpertCard.expertise_id == current(move.session, move.case.id).id, ExpertCard.row == int(item or 0))
    return move.session.scalar(sa.select(ExpertCard.position_id).where(*where))


def candidates(session: Session, region: str, on: date) -> dict[int, tuple[Position, Person, Organisation]]:
    """Positions that may look: experts, heads of subject unions, the centre's method people."""
    found = (
        sa.select(Position, Person, Organisation)
        .join(Person, Person.id == Position.person_id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(Organisation.region == region, Position.role.in_(("expert", "subject_union", "pd_center")))
        .where(works(on))
        .order_by(Person.family_name, Position.id)
    )
    return {position.id: (position, person, place) for position, person, place in session.execute(found)}


def conflicts(session: Session, case: Case, positions: Iterable[Position], on: date) -> dict[int, str]:
    """Position id → why this expert may not look at this case. People count, whatever positions they hold."""
    inside = set(session.scalars(_WORKING, {"organisation": case.subject_id, "on": on}))
    authors, found = _authors(session, case), {}
    for position in positions:
        if position.organisation_id == case.subject_id:
            found[position.id] = "он работает в этой организации"
        elif position.person_id in inside:
            found[position.id] = "он работает в этой организации в другой должности"
        elif position.person_id in authors:
            found[position.id] = "он участвует в подготовке материала"
    return found


def assign_context(ask: Asking) -> Values:
    row = current(ask.session, ask.case.id)
    taken = {card.person_id for card in cards(ask.session, row.id)}
    known = candidates(ask.session, ask.case.region, ask.today)
    free = {pid: found for pid, found in known.items() if found[1].id not in taken}
    why = conflicts(ask.session, ask.case, [position for position, _, _ in free.values()], ask.today)
    names = {pid: f"{person.listed_name}, {p.title[0].lower()}{p.title[1:]}" for pid, (p, person, _) in free.items()}
    return {
        "choices": {"expert": {pid: name for pid, name in names.items() if pid not in why}},
        "facts": {
            "conflicts": {str(pid): text for pid, text in why.items()},
            "assigned": len(taken),
            "third": bool(taken),
            "document_id": row.document_id,
        },
    }


def write_assign(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = current(move.session, move.case.id)
    standing = cards(move.session, row.id)
    people, number = {card.person_id for card in standing}, len(standing)
    row.organiser_id = move.actor.position_id if move.actor else None
    named = [move.session.get_one(Position, int(line["expert"])) for line in answers["experts"]]
    unfit = conflicts(move.session, move.case, named, move.today)
    for position in named:
        why = unfit.get(position.id)
        if why or position.person_id in people:
            raise Refused(f"Этого эксперта назначить нельзя: {why or 'он уже назначен'}.")
        people.add(position.person_id)
        number += 1
        facts = {"row": number, "position_id": position.id, "person_id": position.person_id}
        move.session.add(ExpertCard(expertise_id=row.id, days=answers["days"], **facts))
    if number > MOST_EXPERTS:
        raise Refused(f"Экспертов не больше {MOST_EXPERTS}.")
    move.session.flush()
    move.record("expertise.assigned", round=row.round, experts=number)
    return None


def waiting(move: Move, card: Card) -> Values:
    """Rows of the experts whose card is not filled yet, and the working days that the organiser gave them."""
    row = current(move.session, move.case.id)
    left = [one for one in cards(move.session, row.id) if one.verdict is None]
    return {"experts": [one.row for one in left], "card_days": max((one.days for one in left), default=DAYS)}


# cards ------------------------------------------------------------------------------------------------------------


def card_context(ask: Asking) -> Values:
    """The criteria, and the text that is looked at; nothing of other experts."""
    row = current(ask.session, ask.case.id)
    rows = [{"row": n, "criterion": c["text"], "most": c["most"]} for n, c in enumerate(row.criteria, 1)]
    passing = {str(n): c["passing"] for n, c in enumerate(row.criteria, 1)}
    return {
        "rows": {"criteria": rows},
        "facts": {"passing": passing, "document_id": row.document_id, "round": row.round},
    }


def write_card(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = current(move.session, move.case.id)
    where = (ExpertCard.expertise_id == row.id, ExpertCard.row == int(task.item or 0))
    card = move.session.scalars(for_update(sa.select(ExpertCard).where(*where))).one()
    own = [move.session.get_one(Position, move.actor.position_id)] if move.actor else []
    if conflicts(move.session, move.case, own, move.today):
        raise Refused("Вы участвуете в подготовке материала и не можете быть экспертом.")
    if move.actor is not None and move.actor.person_id != card.person_id:
        others = {one.person_id for one in cards(move.session, row.id) if one.id != card.id}
        authors = _authors(move.session, move.case)
        if move.actor.person_id in others | authors:
            raise Refused("Один человек не заполняет две карты и не оценивает свой материал даже по замещению.")
    for line in answers["criteria"]:
        criterion = row.criteria[int(line["row"]) - 1]
        facts = {"criterion": criterion["code"], "score": line["score"], "most": criterion["most"]}
        move.session.add(ExpertScore(card_id=card.id, remark=line.get("remark") or "", **facts))
    points = {row.criteria[int(line["row"]) - 1]["code"]: line["score"] for line in answers["criteria"]}
    card.total, card.verdict = total(row.criteria, points), answers["verdict"]
    card.comment, card.filled_at = answers.get("comment") or "", move.now
    return None


def _authors(session: Session, case: Case) -> set[int]:
    return set(session.scalars(_AUTHORS, {"case": case.id}))


def total(criteria: Sequence[dict[str, Any]], points: dict[str, int]) -> int:
    """Percent of the most, with the weights of the criteria."""
    most = sum(c["weight"] * c["most"] for c in criteria)
    return round_half_up(Fraction(100 * sum(c["weight"] * points[c["code"]] for c in criteria), most))


def sum_up(move: Move, card: Card) -> Values:
    """Mean and spread; two experts who differ too much call a third."""
    row = current(move.session, move.case.id)
    filled = [one.total for one in cards(move.session, row.id) if one.total is not None]
    row.spread = max(filled) - min(filled)
    row.mean = round_half_up(Fraction(sum(filled), len(filled)))
    move.session.flush()
    far = row.spread > move.profile.expertise.spread_percent
    return {"third_needed": far and len(filled) == 2}


# the conclusion ---------------------------------------------------------------------------------------------------


def majority(verdicts: Sequence[str]) -> str | None:
    """The verdict of more than half of the experts."""
    code, count = Counter(verdicts).most_common(1)[0]
    return code if count * 2 > len(verdicts) else None


def conclusion_context(ask: Asking) -> Values:
    row = current(ask.session, ask.case.id)
    filled = [card for card in cards(ask.session, row.id) if card.verdict]
    shown = expertise_paper.shown_cards(ask.session, row, filled)
    remarks = [{"place": c["criterion"], "text": text} for c in shown["criteria"] for text in c["remarks"]]
    return {
        "facts": {
            "majority": majority([card.verdict or "" for card in filled]),
            "mean": row.mean,
            "spread": row.spread,
            "experts": shown["experts"],
            "criteria": shown["criteria"],
            "document_id": row.document_id,
        },
        "values": {"remarks": remarks},
    }


def write_conclusion(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The result; remarks go to the author without the experts' names."""
    row = current(move.session, move.case.id)
    row.result, row.reason, row.concluded_at = answers["expertise_result"], answers.get("reason") or "", move.now
    row.organiser_id = move.actor.position_id if move.actor else row.organiser_id
    for line in answers.get("remarks") or ():
        facts = {"place": (line.get("place") or "")[:255], "text": line["text"]}
        compulsory = line.get("weight") != "advice"
        move.session.add(
            Remark(
                case_id=move.case.id,
                form=task.form,
                round=row.round,
                at=move.now,
                compulsory=compulsory,
                edition=row.edition,
                **facts,
            )
        )
    move.session.flush()
    move.record("expertise.concluded", round=row.round, result=row.result, mean=row.mean, spread=row.spread)
    return None


def render(move: Move, card: Card) -> Values | None:
    row = current(move.session, move.case.id)
    expertise_paper.write(move, row, [one for one in cards(move.session, row.id) if one.verdict])
    return None


HANDLERS = Handlers(
    forms={
        "expertise_assign": write_assign,
        "expertise_card": write_card,
        "expertise_conclusion": write_conclusion,
    },
    contexts={
        "expertise_assign": assign_context,
        "expertise_card": card_context,
        "expertise_conclusion": conclusion_context,
    },
    operations={
        "check_gate.expertise.begin": begin,
        "check_gate.expertise.experts": waiting,
        "compute_scores.expertise.scores": sum_up,
        "render.expertise.paper": render,
    },
    roles={"expertise.organiser": organiser, "expertise.expert": expert},
)
