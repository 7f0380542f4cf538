"""Every route of the site, and with which ids it is asked. A route that is not placed here fails the crawl."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cases.models import Case, Task
from app.documents.models import Document
from app.files.models import StoredFile, Transfer
from app.identification.models import IdentificationRun, Verdict
from app.imports.models import ImportDraft
from app.people.models import Organisation, Position, Substitution
from app.results.models import ImportFile
from app.schools.models import School
from app.teachers.models import Teacher


@dataclass(frozen=True)
class Thing:
    """An object to ask for: the values of the address and the organisations it is about; None: about none."""

    args: Mapping[str, Any]
    owners: frozenset[int] | None


OPEN = {
    *("frame.assets", "frame.look", "healthz", "readyz", "metrics", "openapi", "account.sign_in", "account.enter"),
    *("verify.index", "verify.show", "verify.check", "api.verify_document"),
    *("respondents.show", "respondents.answer", "respondents.thanks"),
}
"""Without signing in."""

OWN = {
    "home", "account.show", "account.password", "account.sign_out", "account.switch", "account.end_session", "account.end_others",
}  # fmt: skip
"""One's own account."""

LISTS = {
    "tasks.index": ("", "?show=mine", "?show=overdue", "?cursor=25"),
    "cases.index": (
        "",
        "?kind=objection",
        "?kind=data_pack&status=all",
        "?kind=support_cycle",
        "?status=done",
        "?kind=act&sort=place&cursor=1",
        "?kind=roadmap&sort=due&cursor=1&late=1",
        "?kind=teacher_route&subject=math&status=all",
        "?q=%25&municipality=1&year=2026",
    ),
    "factors.index": ("", "?year=2026", "?year=1"),
    "factors.export": ("",),
    "cases.export": ("", "?kind=support_cycle&status=all", "?kind=visit&sort=due"),
    "documents.index": ("", "?cursor=1000000"),
    "acts.index": ("", "?q=Ъ", "?cursor=1000000"),
    "acts.required": ("",),
    "mentoring.new_visit": ("",),
    "openings.index": ("",),
    "surveys.index": ("",),
    "teachers.index": ("",),
    "reorganisation.differences": ("", "?cursor=50"),
    "schools.index": ("", "?q=Ъ", "?cursor=50", "?q=%25"),
    "people.index": ("", "?q=Ы", "?show=idle", "?show=blocked", "?show=working"),
    "organisations.index": ("", "?q=Ъ", "?kind=school"),
    "substitutions.index": ("", "?show=past"),
    "incidents.index": ("",),
    "journal.index": ("", "?kind=account.signed_in", "?kind=person.added", "?cursor=100000", "?kind=document.signed"),
    "imports.index": ("", "?cursor=1000000"),
    "imports.new": ("",),
    "api.processes": ("",),
    "api.list_cases": ("", "?kind=objection", "?status=done"),
    "api.list_tasks": ("", "?mine=1", "?overdue=1"),
    "people.new": ("",),
    "organisations.new": ("",),
}
"""Lists, searches and forms without an object."""

OBJECTS = {
    "cases.show": "case",
    "cases.history": "case",
    "cases.diagram": "case",
    "cases.state": "case",
    "experts.replace": "programme_row",
    "files.index": "case",
    "support.card": "case",
    "files.download": "stored_file",
    "cases.cancel": "case",
    "pauses.pause": "case",
    "diagnoses.show": "diagnosis",
    "diagnoses.factor": "factor",
    "mentoring.log": "mentoring",
    "mentoring.postpone": "visit",
    "mentoring.release": "mentoring",
    "openings.choose": "kind",
    "openings.begin": "kind",
    "pairs.stop": "pair",
    "roadmaps.show": "programme",
    "roadmaps.compare": "programme",
    "roadmaps.amend": "programme",
    "roadmaps.comment": "programme_row",
    "roadmaps.begin": "assignment",
    "roadmaps.used_early": "request",
    "surveys.show": "survey",
    "surveys.answer": "survey",
    "surveys.send": "survey",
    "surveys.paper": "survey",
    "surveys.enter": "survey",
    "surveys.leaflet": "survey",
    "teachers.school": "school",
    "teachers.show": "person",
    "teachers.left": "teacher",
    "teachers.spoilt": "certificate",
    "teachers.template": "task",
    "twins.template": "task",
    "twins.upload": "task",
    "teachers.upload": "task",
    "api.show_case": "case",
    "api.case_journal": "case",
    "api.case_diagram": "case",
    "api.show_document": "document",
    "api.document_pdf": "document",
    "api.show_task": "task",
    "api.claim_task": "task",
    "api.unclaim_task": "task",
    "api.assign_task": "task",
    "api.attach_files": "task",
    "api.complete_task": "task",
    "imports.file": "file",
    "imports.file_remarks": "file",
    "imports.show": "draft",
    "imports.files": "draft",
    "imports.change": "draft",
    "imports.annotated": "draft_file",
    "documents.show": "document",
    "documents.pdf": "document",
    "documents.sheet": "document",
    "documents.sheet_pdf": "document",
    "documents.acquaint": "document",
    "identification.run": "run",
    "identification.verdict": "verdict",
    "identification.object_to": "verdict",
    "schools.show": "school",
    "reorganisation.begin": "school",
    "organisations.show": "organisation",
    "people.show": "person",
    "people.block": "person",
    "people.unblock": "person",
    "people.reset": "person",
    "people.add_position": "person",
    "people.end_position": "position",
    "substitutions.new": "of_position",
    "substitutions.end": "substitution",
    "tasks.show": "task",
    "tasks.act": "task",
    "tasks.draft": "task",
    "tasks.claim": "task",
    "transfers.create": "task",
    "transfers.part": "transfer",
    "transfers.append": "transfer",
    "transfers.drop": "transfer",
    "tasks.unclaim": "task",
}
BODIES = {
    *("tasks.bulk", "journal.verify", "teachers.consent", "imports.create", "incidents.retry"),
    *("api.open_case", "api.import_results"),
}
"""Changes that name their objects in the body, or none."""

PLACED = OPEN | OWN | LISTS.keys() | OBJECTS.keys() | BODIES


def things(session: Session) -> dict[str, list[Thing]]:
    """Objects of both regions by kind, a few of each owner."""
    found: dict[str, list[Thing]] = {
        "case": [Thing({"case_id": c.id}, frozenset({c.subject_id})) for c in _cases(session)],
        "task": [
            Thing({"task_id": t.id}, frozenset({c.subject_id, t.organisation_id}))
            for t, c in session.execute(
                sa.select(Task, Case).join(Case, Case.id == Task.case_id).order_by(Task.opened_at, Task.id)
            )
        ],
        "document": [
            Thing({"document_id": d.id}, frozenset({c.subject_id}))
            for d, c in session.execute(sa.select(Document, Case).join(Case, Case.id == Document.case_id))
        ],
        "run": [
            Thing({"run_id": r.id}, frozenset({_root(session, r.region)}))
            for r in session.scalars(sa.select(IdentificationRun))
        ],
        "school": [Thing({"school_id": s}, frozenset({s})) for s in _schools(session)],
        "organisation": [
            Thing({"organisation_id": o.id}, frozenset({o.id}))
            for o in session.scalars(sa.select(Organisation).where(Organisation.kind != "school"))
        ],
    }
    found["organisation"] += [Thing({"organisation_id": s}, frozenset({s})) for s in _schools(session)]
    found |= _parts_of_the_year(session, found["case"])
    people = session.execute(sa.select(Position).order_by(Position.id)).scalars().all()
    chosen = [p for p in people if p.role != "school_head"] + [p for p in people if p.role == "school_head"][::20]
    found["person"] = [Thing({"person_id": p.person_id}, frozenset({p.organisation_id})) for p in chosen]
    found["position"] = [Thing({"position_id": p.id}, frozenset({p.organisation_id})) for p in chosen]
    found["of_position"] = found["position"]
    found["substitution"] = [
        Thing({"substitution_id": s.id}, frozenset({s.position.organisation_id}))
        for s in session.scalars(sa.select(Substitution))
    ]
    found["transfer"] = [
        Thing({"transfer_id": t.id}, frozenset({c.subject_id}))
        for t, c in session.execute(sa.select(Transfer, Case).join(Case, Case.id == Transfer.case_id))
    ]
    found["stored_file"] = [
        Thing({"file_id": f.id}, frozenset({c.subject_id}))
        for f, c in session.execute(sa.select(StoredFile, Case).join(Case, Case.id == StoredFile.case_id))
    ]
    found["file"] = [
        Thing({"file_id": f.id}, frozenset({_root(session, f.region)})) for f in session.scalars(sa.select(ImportFile))
    ]
    drafts = session.scalars(sa.select(ImportDraft)).all()
    found["draft"] = [Thing({"draft_id": d.id}, frozenset({_root(session, d.region)})) for d in drafts]
    found["draft_file"] = [
        Thing({"draft_id": d.id, "file_id": f.id}, frozenset({_root(session, d.region)}))
        for d in drafts
        for f in d.files
    ]
    runs = session.scalars(sa.select(IdentificationRun.id).order_by(IdentificationRun.id.desc()).limit(1)).all()
    found["verdict"] = [
        Thing({"run_id": run, "school_id": school}, frozenset({school}))
        for run in runs
        for school in session.scalars(
            sa.select(Verdict.school_id).where(Verdict.run_id == run).order_by(Verdict.status, Verdict.id)
        )
    ]
    return {kind: rows if kind == "kind" else spread(rows) for kind, rows in found.items()}


PARTS = {
    "diagnosis": "diagnostics", "mentoring": "mentoring", "visit": "visit", "pair": "mentor_pair",
    "programme": "roadmap", "assignment": "assignment", "survey": "survey", "request": "resource_request",
}  # fmt: skip
"""What an address of a room is about: the kind of its cases."""


def _parts_of_the_year(session: Session, cases: Sequence[Thing]) -> dict[str, list[Thing]]:
    """Cases for the pages of the rooms: of the room's own kind first, then any other, which no page may open."""
    kinds = dict(session.execute(sa.select(Case.id, Case.kind)).all())
    found = {}
    for name, kind in PARTS.items():
        found[name] = sorted(cases, key=lambda thing: kinds[thing.args["case_id"]] != kind)
    factor, row = {"code": "low_motivation"}, {"row": 1}
    found["factor"] = [Thing({**thing.args, **factor}, thing.owners) for thing in found["diagnosis"]]
    found["programme_row"] = [Thing({**thing.args, **row}, thing.owners) for thing in found["programme"]]
    found["kind"] = [Thing({"kind": kind}, None) for kind in sorted(set(PARTS.values()))]
    found["teacher"] = [
        Thing({"teacher_id": t.id}, frozenset({t.school_id})) for t in session.scalars(sa.select(Teacher))
    ] or [Thing({"teacher_id": 1}, frozenset())]
    found["certificate"] = [Thing({"certificate_id": key}, frozenset()) for key in (1, 999_999)]
    return found


def spread(rows: Sequence[Thing], each: int = 1, most: int = 7) -> list[Thing]:
    """A few of each owner, over the whole list, its ends included."""
    seen: dict[frozenset[int] | None, int] = {}
    chosen = []
    for thing in rows:
        seen[thing.owners] = seen.get(thing.owners, 0) + 1
        if seen[thing.owners] <= each:
            chosen.append(thing)
    if len(chosen) <= most:
        return chosen
    return [chosen[k * (len(chosen) - 1) // (most - 1)] for k in range(most)]


def _cases(session: Session) -> list[Case]:
    rows = session.scalars(sa.select(Case).order_by(Case.id)).all()
    kinds: dict[str, list[Case]] = {}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row)
    return [row for some in kinds.values() for row in some[:8]]


def _schools(session: Session) -> list[int]:
    rows = session.execute(sa.select(School.id, School.municipality_id).order_by(School.id)).all()
    first: dict[int | None, list[int]] = {}
    for school, place in rows:
        first.setdefault(place, []).append(school)
    return [school for some in first.values() for school in some[:4]]


def _root(session: Session, region: str) -> int:
    return session.scalars(
        sa.select(Organisation.id).where(Organisation.region == region, Organisation.kind == "region")
    ).one()
