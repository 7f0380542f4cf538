"""Data packs of a campaign: the preliminary list for a municipality, questions to it and to a school; own data only.

A school that no municipality answers for (a state or a private one) gets its part of the list itself.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases import holders
from app.cases.handlers import Asking, Handlers, Opening, Values
from app.cases.holders import Holder
from app.cases.models import Case, Remark, Task
from app.cases.move import Move
from app.cases.system import System
from app.engine import Card
from app.files.models import StoredFile
from app.identification.models import Objection, SupportList, Verdict
from app.people.models import Organisation
from app.people.names import in_order
from app.schools.models import School

TITLES = {
    "preliminary_list": "Проверка предварительного перечня: {place}",
    "opinion": "Заключение по возражению: {place}",
    "supplement": "Пояснения к возражению: {place}",
    "watch": "Данные о рисках: {place}",
}


def open_pack(session: Session, system: System, subject: Organisation, school_year: int, data: Values) -> Opening:
    mode = str(data.get("mode", "preliminary_list"))
    return Opening(TITLES[mode].format(place=subject.short_name), scope={"mode": mode})


_OWN = sa.or_(School.municipality_id == sa.bindparam("recipient"), School.id == sa.bindparam("recipient"))
_VERDICTS = (
    sa.select(Verdict, Organisation.short_name, School.code)
    .join(School, School.id == Verdict.school_id)
    .join(Organisation, Organisation.id == School.id)
    .where(Verdict.run_id == sa.bindparam("run"), _OWN)
    .where(sa.func.coalesce(Verdict.decided_status, Verdict.status).in_(("listed", "watch")))
    .order_by(Organisation.short_name)
)
_SCHOOLS = (
    sa.select(School.id, Organisation.short_name)
    .join(Organisation, Organisation.id == School.id)
    .where(_OWN)
    .order_by(Organisation.short_name)
)


def own_verdicts(session: Session, case: Case) -> list[dict[str, Any]]:
    """Schools of the recipient in the run, by name: nobody else's rows are read at all."""
    found = session.execute(_VERDICTS, {"run": case.data["run_id"], "recipient": case.subject_id})
    return [
        {
            "school_id": v.school_id,
            "school": name,
            "code": code,
            "status": v.final_status,
            "criteria": v.criteria,
            "run": v.run_id,
        }
        for v, name, code in sorted(found, key=lambda row: in_order(row.short_name))
    ]


def answer_context(ask: Asking) -> Values:
    rows = own_verdicts(ask.session, ask.case)
    names = ask.session.execute(_SCHOOLS, {"recipient": ask.case.subject_id})
    alone = ask.session.get_one(Organisation, ask.case.subject_id).kind == "school"
    return {
        "facts": {"verdicts": rows, "run": ask.case.data["run_id"], "alone": alone},
        "choices": {"school": {key: name for key, name in sorted(names, key=lambda row: in_order(row.short_name))}},
    }


def write_answer(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """The municipality's word; remarks by school are read by the operator before the final list."""
    move.case.outcome = answers["outcome"]
    for line in answers.get("remarks") or ():
        school = move.session.get_one(Organisation, int(line["school"]))
        position = move.actor.position_id if move.actor else None
        move.session.add(
            Remark(
                case_id=move.case.id,
                form=task.form,
                round=1,
                place=school.short_name,
                text=line["text"],
                position_id=position,
                at=move.now,
            )
        )
    return None


def opinion_context(ask: Asking) -> Values:
    """The objection that the recipient is asked about, and files of this case."""
    row = ask.session.get(Objection, ask.case.parent_id)
    school = ask.session.get_one(Organisation, row.school_id) if row else None
    stored = ask.session.scalars(sa.select(StoredFile).where(StoredFile.case_id == ask.case.id))
    facts = {
        "school": school.short_name if school else "",
        "grounds": row.grounds if row else "",
        "rows": row.rows if row else [],
    }
    return {"facts": facts, "files": {f.id: {"name": f.name, "size": f.size} for f in stored}}


def write_opinion(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    row = move.session.get_one(Objection, move.case.parent_id)
    row.opinion, row.opinion_text = answers["opinion"], answers["text"]
    move.case.outcome = answers["opinion"]
    return None


def watch_context(ask: Asking) -> Values:
    """The run by which the school is watched: its explanation stands on a page of its own."""
    where = (SupportList.region == ask.case.region, SupportList.school_year == ask.case.school_year)
    run = ask.session.scalar(sa.select(SupportList.run_id).where(*where).order_by(SupportList.id.desc()).limit(1))
    return {"facts": {"run": run, "school": ask.case.subject_id}}


def write_watch(move: Move, task: Task, answers: dict[str, Any]) -> Values | None:
    """Read, or disagreed with: the remark is read by the operator before the next run."""
    move.case.outcome = answers["outcome"]
    if answers["outcome"] == "remarks":
        who = move.actor.position_id if move.actor else None
        line = {"form": task.form, "round": 1, "place": move.subject.short_name, "text": answers["text"]}
        move.session.add(Remark(case_id=move.case.id, position_id=who, at=move.now, **line))
        move.session.flush()
    return None


def collect(move: Move, card: Card) -> Values | None:
    return None


def deliver(move: Move, card: Card) -> Values | None:
    """A letter to the recipient: what is asked and until when is in the case."""
    role = "school_head" if move.subject.kind == "school" else "municipal_authority"
    move.post("mail", f"pack:{move.case.id}", template="task", role=role, subject=move.case.title)
    return None


def reader(move: Move, item: str | None) -> Holder:
    """Who answers for the recipient: the municipality's service or authority; of a school that has none, its head."""
    if move.subject.kind == "school" and move.case.data.get("mode", "preliminary_list") == "preliminary_list":
        return Holder("school_head", False, move.case.subject_id)
    return holders.by_place(move, ["municipal_method_service", "municipal_authority"])


HANDLERS = Handlers(
    kinds={"data_pack": open_pack},
    roles={"data_pack.municipal_method_service": reader},
    about={"data_pack": ("municipality", "school")},
    forms={"pack_answer": write_answer, "objection_opinion": write_opinion, "pack_watch": write_watch},
    contexts={
        "pack_answer": answer_context,
        "objection_opinion": opinion_context,
        "objection_supplement": opinion_context,
        "pack_watch": watch_context,
    },
    operations={"data_pack.collect_facts": collect, "data_pack.render": collect, "data_pack.deliver": deliver},
)
