"""The annual evaluation of a school: scores side by side, what the results say, proposal, decision (OR-82, OM-14)."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.holders import municipality_of
from app.cases.models import Answer, Case, Remark, Task
from app.cases.move import Move
from app.cases.system import System
from app.engine import Card
from app.errors import Refused
from app.files import of_case
from app.people.models import Organisation, Position
from app.programmes import comparing, evaluation_sheet
from app.programmes import evaluation_words as words
from app.programmes.models import Evaluation, EvaluationScore, PlanRow
from app.years import school_year_name

PRELIMINARY = "campaign_preliminary"


def open_evaluation(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    """One evaluation a school and year."""
    if subject.kind != "school":
        raise Refused("Годовую оценку открывают по школе.")
    title = f"Годовая оценка {school_year_name(school_year)}: {subject.short_name}"
    return Opening(title, once=f"evaluation:{subject.id}:{school_year}")


def row_of(session: Session, case_id: int) -> Evaluation:
    return session.get_one(Evaluation, case_id)


# operations -------------------------------------------------------------------------------------------------------


def collect_facts(move: Move, card: Card) -> Values | None:
    """What the diagram collects by the word it uses: the year, the results, whether the conclusion still stands."""
    return {"evaluation.year": begin, "evaluation.results": compare, "evaluation.recheck": recheck}[
        card.properties["facts"]
    ](move)


def begin(move: Move) -> Values:
    """The row of the evaluation with how far the road map was carried out, and the days of the year."""
    case, days, year = move.case, move.profile.evaluation.days, move.case.school_year
    plan, done = plan_progress(move.session, case.subject_id, year)
    facts = {"region": case.region, "school_id": case.subject_id, "school_year": year}
    move.session.add(Evaluation(case_id=case.id, plan_rows=plan, plan_done=done, **facts))
    move.session.flush()
    calendar = move.system.calendar(case.region)
    least = calendar.add_working(move.today, move.profile.evaluation.least_days)
    by = {"school": days.school, "curator": days.curator, "municipal": days.municipality}
    terms = {f"{who}_due": max(on(day, year + 1), least).isoformat() for who, day in by.items()}
    terms |= {"run_due": on(days.run, year + 1).isoformat(), "decide_due": on(days.decision, year + 1).isoformat()}
    return {**terms, "has_authority": municipality_of(move.session, move.subject) is not None}


def on(day: str, year: int) -> date:
    """«20.06» of a year."""
    number, month = map(int, day.split("."))
    return date(year, month, number)


def plan_progress(session: Session, school_id: int, year: int) -> tuple[int, int]:
    """Rows of the school's road maps due in a school year, and how many of them are accepted as done."""
    where = (
        PlanRow.school_id == school_id,
        PlanRow.dropped_in.is_(None),
        PlanRow.due_on.between(date(year, 7, 1), date(year + 1, 6, 30)),
        Case.kind == "roadmap",
        Case.status != "cancelled",
    )
    done = sa.func.count().filter(PlanRow.result == "done")
    found = session.execute(sa.select(sa.func.count(), done).join(Case, Case.id == PlanRow.case_id).where(*where)).one()
    return int(found[0]), int(found[1])


def compare(move: Move) -> None:
    comparing.store(move, row_of(move.session, move.case.id))


def recheck(move: Move) -> Values:
    """An objection, a clarification or a new run may have changed the conclusion since the proposal was made."""
    return {"verdict_changed": verdict_changed(move.session, row_of(move.session, move.case.id))}


def verdict_changed(session: Session, row: Evaluation) -> bool:
    run = comparing.newest_run(session, row.region, row.school_year + 1)
    verdict = comparing.verdict_of(session, run, row.school_id) if run else None
    return (verdict.final_status if verdict else None) != row.verdict


def preliminary_signed(move: Move) -> bool:
    """Is a preliminary list of the next year signed? Its run has the results of the evaluated year."""
    run = comparing.newest_run(move.session, move.case.region, move.case.school_year + 1)
    if run is None:
        return False
    where = (Answer.case_id == run.case_id, Answer.form == PRELIMINARY)
    newest = move.session.scalar(sa.select(Answer.data).where(*where).order_by(Answer.version.desc()).limit(1))
    return newest is not None and newest.get("outcome") == "sign"


def waiting_for_run(move: Move) -> list[int]:
    """Evaluations that a signed preliminary list concerns: of the school year that its results are of."""
    where = (
        Case.kind == "annual_evaluation",
        Case.region == move.case.region,
        Case.school_year == move.case.school_year - 1,
        Case.status == "open",
    )
    return list(move.session.scalars(sa.select(Case.id).where(*where).order_by(Case.id)))


# the school, the curator, the municipality ------------------------------------------------------------------------


def _year_facts(ask: Asking) -> dict[str, Any]:
    row = row_of(ask.session, ask.case.id)
    return {
        "school_year": school_year_name(row.school_year),
        "plan_rows": row.plan_rows,
        "plan_done": row.plan_done,
        "curators": ask.profile.vocabulary["curator"],
    }


def school_context(ask: Asking) -> Values:
    rows = [
        {"row": one.code, "criterion": f"{one.title}: {one.hint}" if one.hint else one.title}
        for one in ask.profile.evaluation.criteria
    ]
    return {"rows": {"scores": rows}, "facts": _year_facts(ask), "files": of_case(ask.session, ask.case.id)}


def write_school(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    row.wish, row.wish_text = answers["wish"], answers["text"]
    _keep_scores(move, answers["scores"], "school", "evidence")
    return None


def _keep_scores(move: Move, lines: list[dict[str, Any]], side: str, text: str) -> None:
    """Scores of one side; every criterion of the grid has one."""
    given = {str(line["row"]): line for line in lines}
    missing = [one.title for one in move.profile.evaluation.criteria if one.code not in given]
    if missing:
        raise Refused(
            f"Нет оценки по критериям: {', '.join(missing)}.", advice="Обновите страницу и заполните все строки."
        )
    for one in move.profile.evaluation.criteria:
        line = given[one.code]
        values = {"score": int(line["score"]), "text": line.get(text) or ""}
        move.session.add(EvaluationScore(case_id=move.case.id, criterion=one.code, side=side, **values))
    move.session.flush()


def curator_context(ask: Asking) -> Values:
    given = evaluation_sheet.scores(ask.session, ask.case.id)
    row = row_of(ask.session, ask.case.id)
    rows = []
    for one in ask.profile.evaluation.criteria:
        own = given.get((one.code, "school"))
        said = {"own": words.SCORES[own.score] if own else "–", "evidence": own.text if own else ""}
        rows.append({"row": one.code, "criterion": one.title, **said})
    wish = {"wish": words.DECISIONS.get(row.wish or "", ""), "wish_text": row.wish_text}
    return {"rows": {"scores": rows}, "facts": {**_year_facts(ask), **wish}}


def write_curator(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    row.curator_opinion, row.curator_text = answers["opinion"], answers["measures"]
    _keep_scores(move, answers["scores"], "curator", "note")
    return None


def municipal_context(ask: Asking) -> Values:
    row = row_of(ask.session, ask.case.id)
    wish = {"wish": words.DECISIONS.get(row.wish or "", ""), "wish_text": row.wish_text}
    return {"facts": {**_year_facts(ask), **wish}}


def write_municipal(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    row.municipal_opinion, row.municipal_text = answers["opinion"], answers["text"]
    row.resources_text = answers.get("resources") or ""
    return None


# proposal and decision --------------------------------------------------------------------------------------------


def proposal_context(ask: Asking) -> Values:
    """Everything that was gathered, with the rule's own answer filled in: who departs from it says why."""
    row = row_of(ask.session, ask.case.id)
    offered = row.proposal or ("exit" if row.rule == "exit" else "continue")
    facts = evaluation_sheet.view(ask.session, ask.profile, row)
    return {
        "facts": {**facts, "rule": row.rule},
        "values": {"proposal": offered, "motive": row.motive},
        "sources": {"proposal": f"правило исключения, расчёт № {row.run_id}"},
    }


def write_proposal(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = row_of(move.session, move.case.id)
    row.proposal, row.motive = answers["proposal"], answers.get("motive") or ""
    move.session.flush()
    evaluation_sheet.draft(move, row)
    return None


def decide_context(ask: Asking) -> Values:
    row = row_of(ask.session, ask.case.id)
    facts = evaluation_sheet.paper_facts(ask.session, ask.case.id)
    order = {"decision": row.decision, "grounds": row.grounds} if row.decision else {"decision": row.proposal}
    said: dict[str, Any] = {
        "rule": row.rule,
        "rule_words": words.RULE[row.rule or "insufficient"],
        "motive": row.motive,
    }
    said["corrected"] = evaluation_sheet.corrected(ask.session, ask.profile, row)
    return {"facts": {**facts, **said, "proposal": words.DECISIONS[row.proposal or "continue"]}, "values": order}


def write_decide(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The ministry's word, on a conclusion that still stands; sent back, it leaves a remark to the operator."""
    row = row_of(move.session, move.case.id)
    if answers["decision"] == "return":
        remark(move, task, {"text": answers["grounds"]})
        row.decision, row.grounds, row.decided_at, row.order_id = None, "", None, None
        return None
    if verdict_changed(move.session, row):
        raise Refused(
            "Вывод о школе изменился после того, как лист оценки подписан.",
            advice="Верните предложение оператору: он учтёт новый вывод.",
        )
    row.decision, row.grounds, row.decided_at = answers["decision"], answers["grounds"], move.now
    move.case.outcome = row.decision
    move.session.flush()
    move.record("evaluation.decided", decision=row.decision, rule=row.rule, run=row.run_id)
    return None


def remark(move: Move, task: Task, line: dict[str, Any]) -> None:
    """Why it came back; earlier rounds stay."""
    document = evaluation_sheet.standing(move.session, move.case.id)
    number = document.edition if document else 1
    who = move.actor.position_id if move.actor else None
    said = {"place": line.get("place") or "", "text": line["text"], "compulsory": line.get("weight") != "advice"}
    move.session.add(Remark(case_id=move.case.id, form=task.form, round=number, position_id=who, at=move.now, **said))
    move.session.flush()


def proposer(session: Session, case_id: int) -> int | None:
    """The person who made the last proposal."""
    found = (
        sa.select(Position.person_id)
        .join(Answer, Answer.position_id == Position.id)
        .where(Answer.case_id == case_id, Answer.form == "eval_proposal")
        .order_by(Answer.id.desc())
        .limit(1)
    )
    return session.scalar(found)


def write_head(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    if answers["outcome"] != "sign":
        for line in answers.get("remarks") or ():
            remark(move, task, line)
        return None
    if move.actor is not None and proposer(move.session, move.case.id) == move.actor.person_id:
        raise Refused(
            "Предложение подготовили вы сами: подписать должен другой человек.", advice="Передайте подпись замещающему."
        )
    evaluation_sheet.sign(move)
    return None


def campaign_awaited(session: Session, case: Case) -> list[Case]:
    """The campaign whose preliminary list the evaluation waits for."""
    where = (Case.kind == "campaign", Case.region == case.region, Case.school_year == case.school_year + 1)
    return list(session.scalars(sa.select(Case).where(*where, Case.status == "open").limit(1)))


HANDLERS = Handlers(
    kinds={"annual_evaluation": open_evaluation},
    about={"annual_evaluation": ("school",)},
    forms={
        "eval_school": write_school,
        "eval_curator": write_curator,
        "eval_municipal": write_municipal,
        "eval_proposal": write_proposal,
        "eval_head": write_head,
        "eval_decide": write_decide,
    },
    contexts={
        "eval_school": school_context,
        "eval_curator": curator_context,
        "eval_municipal": municipal_context,
        "eval_proposal": proposal_context,
        "eval_head": evaluation_sheet.sign_context,
        "eval_decide": decide_context,
    },
    operations={
        "annual_evaluation.collect_facts": collect_facts,
        "annual_evaluation.number": evaluation_sheet.number,
        "annual_evaluation.render": evaluation_sheet.render,
        "annual_evaluation.deliver": evaluation_sheet.deliver,
    },
    facts={
        "annual_evaluation.run.preliminary": preliminary_signed,
        "annual_evaluation.acquaintance.all": evaluation_sheet.acquainted,
    },
    signed={"eval_head": evaluation_sheet.sign_shown},
    audience={"run.preliminary": waiting_for_run},
    awaited={"annual_evaluation.run.preliminary": campaign_awaited},
)
