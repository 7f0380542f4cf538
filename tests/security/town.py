"""A region at work beside a second one, every name marked with its owner, so that a leak is found by its mark.

`Ъ12Ъ` in a text is the name of organisation 12, `Ы12Ы` the name of somebody who works there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import config, regions, wiring
from app.cases import drafts, operations
from app.cases.models import Case
from app.cases.system import System
from app.db import utcnow
from app.demo import generate, region_parameters
from app.demo.load import load_region
from app.files import Upload, attach
from app.people import passwords
from app.people.actor import Actor
from app.people.models import Assignment, Organisation, Person, Position
from app.people.substitution import create_substitution
from app.schools.models import School, SchoolName
from tests.campaign import test_campaign as campaign
from tests.campaign.walk import Walker
from tests.people import world

HOME, OTHER = regions.codes()[-1], regions.codes()[0]
PASSWORD = "проверка-стенда-2026"
SIZES = {"schools": 160, "municipalities": 3, "urban": 1, "state": 2, "private": 1}
NOW = utcnow()  # the pages know no other clock
ORGANISATION, PERSON = re.compile(r"Ъ(\d+)Ъ"), re.compile(r"Ы(\d+)Ы")
REGION_LEVEL = ("region", "ministry", "operator", "centre")


@dataclass
class Town:
    """Where the world stands and whom it names. `ids`: kind of object → ids worth asking for, own and foreign."""

    system: System
    walker: Walker
    school: int = 0
    far_school: int = 0
    other: Any = None
    ids: dict[str, Any] = field(default_factory=dict)


def system_at(url: str, files: Path) -> System:
    return wiring.build(config.Settings(database_url=url, files_dir=files, base_url="http://127.0.0.1:8000"))


def load(system: System) -> None:
    """The home region as the demo loads it, a few organisations of another one, marks on all names."""
    load_region(system, generate(region_parameters(HOME, **SIZES)), PASSWORD)
    with system.db.write() as session:
        place = world.tree(session, OTHER)
        world.everybody(session, place, prefix="far-")
        hashed = session.scalar(sa.select(Person.password_hash).limit(1))
        session.execute(sa.update(Person).where(Person.login.startswith("far-")).values(password_hash=hashed))
        _one_of_each_role(session, hashed)
        mark(session)


def _one_of_each_role(session: Session, hashed: str | None) -> None:
    """Roles that the demo has nobody for: a curator and an expert with one assigned school."""
    kinds = ("operator", "centre", "ministry", "region")
    homes = dict(
        session.execute(
            sa.select(Organisation.kind, Organisation.id).where(
                Organisation.region == HOME, Organisation.kind.in_(kinds)
            )
        ).all()
    )
    school = session.scalar(sa.select(School.id).where(School.region == HOME).order_by(School.id.desc()).limit(1))
    taken = set(session.scalars(sa.select(Position.role).join(Organisation).where(Organisation.region == HOME)))
    wanted = ("curator", "tutor", "expert", "auditor", "legal", "clerk", "administrator", "pd_center", "minister")
    for role in wanted:
        if role in taken:
            continue
        who = world.person(session, f"home-{role}".replace("_", "-"))
        who.password_hash = hashed
        kind = world.HOMES[role] if world.HOMES[role] in homes else "operator"
        post = world.position(session, who, session.get_one(Organisation, homes[kind]), role)
        if role in ("curator", "tutor", "expert"):
            row = Assignment(position_id=post.id, organisation_id=school, valid_from=world.SINCE, basis="приказ")
            session.add(row)
    session.flush()


def mark(session: Session) -> None:
    for row in session.scalars(sa.select(Organisation)):
        row.name, row.short_name = f"Ъ{row.id}Ъ {row.name}", f"Ъ{row.id}Ъ {row.short_name}"[:255]
    for name in session.scalars(sa.select(SchoolName)):
        name.name = f"Ъ{name.school_id}Ъ {name.name}"
    homes = sa.select(Position.person_id, Position.organisation_id).order_by(Position.id.desc())
    for person_id, organisation_id in dict(session.execute(homes).all()).items():
        row = session.get_one(Person, person_id)
        row.family_name = f"Ы{organisation_id}Ы{row.family_name}"
    session.flush()


# the walk -----------------------------------------------------------------------------------------------------------


def to_the_middle(walker: Walker) -> int:
    """Packs are out, one is answered, one has a draft; a school was clarified, another objects. Returns the objector."""
    campaign.to_the_run(walker)
    school = campaign.first_listed(walker)
    walker.do("campaign_run", {"run_state": "clarify", "schools": [school]})
    clarify(walker, school)
    note = {"run_state": "ok", "small_sample_note": "Учтено: выборки малы, выводы подтверждены."}
    walker.do("campaign_run", note)
    walker.do("campaign_preliminary", {"outcome": "sign"})
    object_to(walker, school)
    packs = walker.tasks(form="pack_answer")
    walker.send(packs[0], {"outcome": "confirm"})
    kept = {"pairs": [["outcome", "confirm"], ["note", "черновик"]]}
    drafts.save(walker.system.db, packs[1].id, kept, seen=0, actor=walker.holder(packs[1]), now=walker.now)
    stand_in(walker)
    walker.open_campaign(OTHER, 2026)
    return school


def clarify(walker: Walker, school: int) -> None:
    task = walker.task("clarification_open")
    experts = [code for code, _ in walker.form(task, walker.holder(task)).experts.choices][:1]
    asked = {"kind": "expert", "schools": [school], "question": "Верно ли учтены участники?", "experts": experts}
    walker.send(task, asked)
    opinion = {"method": "documents", "studied": "Протоколы", "conclusion": "Учтены верно", "verdict": "no_change"}
    walker.do("clarification_opinion", opinion)
    walker.do("clarification_decide", {"outcome": "keep", "motive": "Мнение эксперта принято"})


def stand_in(walker: Walker) -> None:
    """The operator's analyst acts for its head for some days."""
    head = walker.actor_of(_organisation(walker, "operator"), "operator_head")
    analyst = walker.actor_of(_organisation(walker, "operator"), "regional_operator")
    day = timedelta(days=1)
    days = {"valid_from": walker.now.date() - day, "valid_to": walker.now.date() + 7 * day}
    with walker.system.db.write() as session:
        create_substitution(
            session, head.position_id, analyst.person_id, **days, basis="приказа № 7-к", actor=None, now=walker.now
        )


def open_objection(walker: Walker, school: int) -> int:
    """The head of a school objects in the campaign of its region."""
    with walker.system.db.read() as session:
        where = (Case.kind == "campaign", Case.region == HOME)
        parent = session.scalars(sa.select(Case).where(*where)).one()
    head, data = walker.actor_of(school, "school_head"), {"campaign": parent.id}
    opened = {"actor": head, "now": walker.now, "parent_id": parent.id}
    case_id = operations.open_case(walker.system, "objection", school, parent.school_year, data, **opened)
    walker.settle()
    return case_id


def object_to(walker: Walker, school: int) -> int:
    case_id = open_objection(walker, school)
    task = walker.task("objection_submit", case_id=case_id)
    holder = walker.holder(task)
    with walker.system.db.write() as session:
        place = {"case_id": case_id, "task_id": task.id, "person_id": holder.person_id, "now": walker.now}
        file_id = attach(session, walker.system.files, Upload("ведомость.pdf", campaign.SCAN), **place).id
    blank = walker.form(task, holder).answers()
    lines = [{**line, "n": max(line["n"], 1), "low": 0, "source": "ведомость"} for line in blank["positions"]]
    filed = {"subject": "marks", "positions": lines, "grounds": "Учтены не те работы.", "request": "exclude"}
    walker.send(task, {**filed, "files": [file_id], "no_pupil_data": True})
    return case_id


def to_the_end(walker: Walker) -> None:
    """The objection is decided, the order is in force, the cases of the listed schools are open."""
    for task in walker.tasks(form="pack_answer"):
        walker.send(task, {"outcome": "confirm"})
    walker.do("objection_opinion", {"opinion": "support", "text": "Подтверждаем доводы школы."})
    decide(walker)
    walker.do("campaign_final", {"outcome": "sign"})
    walker.do("act_draft", {"outcome": "send"})
    campaign.approve(walker)
    campaign.sign_on_paper(walker)
    walker.do("act_register")
    publish(walker)


def publish(walker: Walker) -> None:
    """Placed today by the clock of the region, whose evening may be another day than that of UTC."""
    task, profile = walker.task("act_publish"), walker.system.profile(HOME)
    day = walker.system.calendar(HOME).local(walker.now).isoformat()
    lines = [
        {"resource": place.code, "url": f"https://{place.code}.example.ru/akt/1", "date": day}
        for place in profile.publication.places
    ]
    walker.send(task, {"placements": lines})


def decide(walker: Walker) -> None:
    """The objection is accepted and the decision signed."""
    task = walker.task("objection_review")
    checks = [
        {**line, "confirmed": True, "evidence": "ведомость школы"}
        for line in walker.form(task, walker.holder(task)).answers()["checks"]
    ]
    motive = "Ведомость подтверждает, что работы этих участников проверены повторно."
    walker.send(task, {"checks": checks, "decision": "accept", "motive": motive, "verdict": "not_listed"})
    walker.do("objection_sign", {"outcome": "sign"})


def _organisation(walker: Walker, kind: str) -> int:
    with walker.system.db.read() as session:
        where = (Organisation.region == HOME, Organisation.kind == kind)
        return session.scalars(sa.select(Organisation.id).where(*where).order_by(Organisation.id)).first()


# who may be named to whom -------------------------------------------------------------------------------------------


def reach(session: Session, who: Actor) -> set[int]:
    """Organisations that may be named to the actor, said anew from the order and not from the product's code."""
    rows = session.execute(
        sa.select(Organisation.id, Organisation.kind, Organisation.parent_id).where(Organisation.region == who.region)
    ).all()
    above = {row.id for row in rows if row.kind in REGION_LEVEL}
    if who.organisation_kind in REGION_LEVEL and who.role not in ("curator", "tutor", "expert"):
        return {row.id for row in rows}
    assigned = set(
        session.scalars(sa.select(Assignment.organisation_id).where(Assignment.position_id == who.position_id))
    )
    town = who.municipality_id
    above |= {row.parent_id for row in rows if row.id in assigned}
    around = {
        row.id
        for row in rows
        if town is not None and row.kind in ("municipality", "method_service") and town in (row.id, row.parent_id)
    }
    own = {who.organisation_id} | assigned
    if who.organisation_kind in ("municipality", "method_service"):
        own |= {row.id for row in rows if row.parent_id == town}
    return above | around | own


def parents(session: Session, ids: set[int]) -> set[int]:
    """Organisations above: a paper about a school names its municipality."""
    found = session.scalars(sa.select(Organisation.parent_id).where(Organisation.id.in_(ids)))
    return {one for one in found if one is not None}


def marks(text: str) -> tuple[set[int], set[int]]:
    """Ids of the organisations named in a text and of those whose people are named."""
    return {int(n) for n in ORGANISATION.findall(text)}, {int(n) for n in PERSON.findall(text)}


def person_password(system: System, person_id: int, password: str = PASSWORD) -> None:
    with system.db.write() as session:
        session.get_one(Person, person_id).password_hash = passwords.hash_of(password)


def actors(system: System) -> Mapping[str, Actor]:
    """One actor a role of the home region by role, of the other by `other-<role>`."""
    from app.people import actor as people

    found: dict[str, Actor] = {}
    with system.db.read() as session:
        rows = session.execute(
            sa.select(Position.person_id, Position.role, Organisation.region)
            .join(Organisation, Organisation.id == Position.organisation_id)
            .order_by(Position.id)
        )
        for person_id, role, region in rows.all():
            key = role if region == HOME else f"other-{role}"
            if key not in found:
                on = NOW.date()
                found[key] = next(
                    a for a in people.actors_of(session, person_id, on) if a.role == role and not a.behalf_of
                )
    return found


def cases(session: Session) -> SimpleNamespace:
    """Ids of cases by kind."""
    rows = session.execute(sa.select(Case.kind, Case.id).order_by(Case.id)).all()
    made: dict[str, list[int]] = {}
    for kind, case_id in rows:
        made.setdefault(kind, []).append(case_id)
    return SimpleNamespace(**made)
