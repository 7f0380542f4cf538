"""The order on leaving the list and going on: one act of the region that decisions about many schools join (W12).

The order belongs to no school: it is a case of the region's own, so that what happens to one evaluation does not touch
the others. A decision joins the order that is still being drafted; after that another order is begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.handlers import Handlers, Values
from app.cases.models import Case, Draft, Remark, Task
from app.cases.move import Move, start
from app.db import for_update
from app.documents import act_texts, acts, contexts, texts
from app.documents.models import Document
from app.engine import Card
from app.errors import Refused
from app.identification import lists, runs
from app.identification.models import SupportList
from app.people.models import Organisation
from app.programmes import evaluation_sheet
from app.programmes.models import Evaluation
from app.schools.models import School
from app.years import school_year_name
from reports import ru

KIND = "exit_act"
ORGANISATIONS = {
    "accusative": (
        "общеобразовательную организацию",
        "общеобразовательные организации",
        "общеобразовательных организаций",
    ),
    "genitive": (
        "общеобразовательной организации",
        "общеобразовательных организаций",
        "общеобразовательных организаций",
    ),
}
COLUMNS = (
    {"title": "№ п/п", "width": 9, "align": "number"},
    {"title": "Муниципальное образование", "width": 29},
    {"title": "Код ОО", "width": 17, "align": "number"},
    {"title": "Наименование общеобразовательной организации"},
)


def join_order(move: Move, card: Card) -> Values | None:
    """Put the decision into the order that is being drafted, else begin one."""
    row = move.session.get_one(Evaluation, move.case.id)
    region = _region(move)
    order = drafted(move.session, region.id, row.school_year + 1)
    began = order is None
    if order is None:
        data = {"document_kind": KIND, "values": {}}
        order = start(move.unit, "act", region.id, row.school_year + 1, data)
    row.order_id = order.id
    move.session.flush()
    _lay_out_anew(move, order, row, began=began)
    move.record("evaluation.ordered", order=order.id)
    return None


def _region(move: Move) -> Organisation:
    """The region's own organisation, locked: of two decisions at one moment the second finds the order of the first."""
    found = sa.select(Organisation).where(Organisation.region == move.case.region, Organisation.kind == "region")
    region = move.session.scalar(for_update(found.order_by(Organisation.id).limit(1)))
    if region is None:
        raise Refused("В реестре нет организации региона.", advice="Заведите её в разделе «Организации».")
    return region


def drafted(session: Session, region_id: int, list_year: int) -> Case | None:
    """The order of a year whose draft its author has not sent on yet, locked."""
    where = (Case.subject_id == region_id, Case.kind == "act", Case.school_year == list_year, Case.status == "open")
    drafting = sa.exists().where(Task.case_id == Case.id, Task.form == "act_draft")
    found = session.scalars(for_update(sa.select(Case).where(*where, drafting).order_by(Case.id)))
    return next((case for case in found if case.data.get("document_kind") == KIND), None)


def _lay_out_anew(move: Move, order: Case, row: Evaluation, *, began: bool) -> None:
    """The draft speaks of one more school: its wording is filled again, a form laid out before is out of date."""
    order.data = {**order.data, "values": wording_values(move, order, rows_of(move.session, order.id))}
    task = move.session.scalar(sa.select(Task).where(Task.case_id == order.id, Task.form == "act_draft"))
    if not began and task is not None:
        order.version += 1
        order.changed_at = move.now
        task.version = order.version
        if move.session.get(Draft, task.id) is not None:
            said = f"К приказу добавлена школа: {move.subject.short_name}. Сверьте число школ в тексте с приложениями."
            move.session.add(
                Remark(case_id=order.id, form="eval_decide", round=1, place="пункты приказа", text=said, at=move.now)
            )
        move.unit.record("order.joined", order.id, evaluation=row.case_id)
    move.session.flush()


def rows_of(session: Session, order_id: int) -> list[Evaluation]:
    """Decided evaluations of an order, by municipality and name of the school; never by results."""
    place = sa.orm.aliased(Organisation)
    found = (
        sa.select(Evaluation)
        .join(Case, Case.id == Evaluation.case_id)
        .join(School, School.id == Evaluation.school_id)
        .join(Organisation, Organisation.id == School.id)
        .outerjoin(place, place.id == School.municipality_id)
        .where(Evaluation.order_id == order_id, Evaluation.decision.is_not(None), Case.status != "cancelled")
        .order_by(sa.func.lower(place.short_name), sa.func.lower(Organisation.short_name), School.code)
    )
    return list(session.scalars(found))


def wording_values(move: Move, order: Case, rows: Sequence[Evaluation]) -> dict[str, str]:
    """What the region's wording names in braces: the list that is left, how many schools leave it and how many go on."""
    gone = [row for row in rows if row.decision == "exit"]
    kept = [row for row in rows if row.decision != "exit"]
    wording = move.profile.wording_for(KIND)
    assert wording is not None
    both = bool(gone and kept)
    values = {
        **_list_requisites(move.session, move.case.region, order.school_year - 1),
        "school_year": school_year_name(order.school_year),
        "exit_schools": ru.count(len(gone), *ORGANISATIONS["accusative"]),
        "kept_schools": ru.count(len(kept), *ORGANISATIONS["genitive"]),
        "exit_annex": " № 1" if both else "",
        "kept_annex": " № 2" if both else "",
        "strengthened": _strengthened(wording.clauses.get("strengthened", ""), kept),
    }
    clauses = {"exit_clause": "exit" if gone else "", "kept_clause": "kept" if kept else ""}
    filled = {name: contexts.fill(wording.clauses[code], values) if code else "" for name, code in clauses.items()}
    return {**values, **filled}


def _strengthened(clause: str, kept: Sequence[Evaluation]) -> str:
    number = sum(row.decision == "strengthen" for row in kept)
    words = ru.count(number, "организации", "организаций", "организаций")
    return contexts.fill(clause, {"schools": words}) if number else ""


def _list_requisites(session: Session, region: str, school_year: int) -> dict[str, str]:
    """Day and number of the order that approved the list of the evaluated year."""
    found = (
        sa.select(Document)
        .join(SupportList, SupportList.document_id == Document.id)
        .where(SupportList.region == region, SupportList.school_year == school_year)
        .order_by(SupportList.number.desc())
        .limit(1)
    )
    document = session.scalar(found)
    if document is None or not document.number or document.day is None:
        return {}
    return {"list_date": f"{document.day:%d.%m.%Y}", "list_number": document.number}


# annexes ----------------------------------------------------------------------------------------------------------


def annexes(move: Move, document: Document) -> list[dict[str, Any]]:
    """Schools that leave the list, and those whose support goes on, each with its basis."""
    rows = rows_of(move.session, move.case.id)
    if not rows:
        raise Refused(
            "В приказе нет ни одной школы.", advice="Отзовите проект: решения, которые он оформлял, приняты заново."
        )
    gone = [row for row in rows if row.decision == "exit"]
    kept = [row for row in rows if row.decision != "exit"]
    both = bool(gone and kept)
    wording = move.profile.wording_for(KIND)
    assert wording is not None
    made = []
    if gone:
        made.append(
            act_texts.annex_of(move, document, 1 if both else None, table=_table(move, gone, "Основание исключения"))
        )
    if kept:
        annex = act_texts.annex_of(
            move, document, 2 if both else None, table=_table(move, kept, "Основание продолжения")
        )
        word, _, title = contexts.fill(wording.clauses["kept_title"], move.case.data["values"]).partition(" ")
        made.append({**annex, "word": word, "title": [title], "note": wording.clauses.get("kept_note", "")})
    return made


def _table(move: Move, rows: Sequence[Evaluation], basis: str) -> dict[str, Any]:
    last = basis == "Основание продолжения"
    columns = [*COLUMNS, {"title": basis, "width": 30}, *([{"title": "Поддержка", "width": 22}] if last else [])]
    bases = _list_bases(move.session, rows)
    lines = []
    for number, row in enumerate(rows, 1):
        school = move.session.get_one(School, row.school_id)
        place = move.session.get(Organisation, school.municipality_id) if school.municipality_id else None
        name = move.session.get_one(Organisation, row.school_id).name
        support = [move.profile.evaluation.support[row.decision or ""]] if last else []
        told = bases.get(row.school_id) if last else None
        lines.append(
            [str(number), place.short_name if place else "–", school.code, name, told or _sheet(move, row), *support]
        )
    return {"columns": columns, "rows": lines}


def _list_bases(session: Session, rows: Sequence[Evaluation]) -> dict[int, str]:
    """Criteria that schools meet in the run of the next list, as its own annex prints them."""
    found: dict[int, str] = {}
    for run_id in sorted({row.run_id for row in rows if row.run_id is not None}):
        run = runs.run_by_id(session, run_id)
        found |= {line.school.id: line.basis for line in lists.listed(session, run)}
    return found


def _sheet(move: Move, row: Evaluation) -> str:
    """The signed sheet that the decision rests on."""
    document = evaluation_sheet.standing(move.session, row.case_id)
    if document is None or not document.number or document.day is None:
        return "лист оценки"
    return f"лист оценки от {document.day:%d.%m.%Y} № {document.number}"


# the fate of the order ----------------------------------------------------------------------------------------------


def decided(move: Move) -> bool | Values:
    """The fate of the order that this evaluation's decision stands in."""
    row = move.session.get_one(Evaluation, move.case.id)
    return acts.fate(move.session.get(Case, row.order_id) if row.order_id is not None else None)


def in_force_since(session: Session, row: Evaluation) -> date | None:
    """From which day the order that carries the decision is in force; None while it is not."""
    order = session.get(Case, row.order_id) if row.order_id is not None else None
    if order is None or order.outcome != "in_force":
        return None
    document = texts.of_case(session, order.id, KIND)
    return (document.effective_from or document.day) if document is not None else None


def told(move: Move) -> list[int]:
    """Whom the fate of an act concerns: the case that opened it, and evaluations whose decisions it carries."""
    parents = [move.case.parent_id] if move.case.parent_id is not None else []
    joined = sa.select(Evaluation.case_id).where(Evaluation.order_id == move.case.id).order_by(Evaluation.case_id)
    return [*parents, *move.session.scalars(joined)]


def order_awaited(session: Session, case: Case) -> list[Case]:
    """The order that an evaluation waits for."""
    row = session.get(Evaluation, case.id)
    order = session.get(Case, row.order_id) if row and row.order_id else None
    return [order] if order is not None else []


HANDLERS = Handlers(
    operations={"annual_evaluation.open_cases": join_order},
    facts={"annual_evaluation.act.decided": decided},
    audience={"act.decided": told},
    annexes={KIND: annexes},
    awaited={"annual_evaluation.act.decided": order_awaited},
)
