"""Where acts are issued in the small region, and an act led from its draft to force as people would."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.cases import operations
from app.cases.models import Case
from app.documents.models import Act, Document, Edition
from app.files.models import StoredFile
from app.people.actor import Actor
from app.people.models import Organisation, Position
from app.schools.models import School
from tests.campaign.walk import Walker


class Places:
    """Ids of the region's organisations: by kind, and of a school with and without a municipal authority."""

    def __init__(self, walker: Walker, region: str) -> None:
        self.walker, self.region = walker, region
        with walker.system.db.read() as session:
            rows = session.execute(
                sa.select(Organisation.kind, Organisation.id)
                .where(Organisation.region == region)
                .order_by(Organisation.id.desc())
            )
            self.kinds = {kind: key for kind, key in rows}
            deputies = sa.select(Position.organisation_id).where(Position.role == "school_deputy")
            school = sa.select(School.id).where(School.region == region).order_by(School.id)
            under = sa.select(Organisation.id).where(Organisation.parent_id == self.kinds["region"])
            municipal = school.where(School.municipality_id.is_not(None), School.id.not_in(under))
            self.school: int = session.scalars(municipal.where(School.id.in_(deputies))).first()  # type: ignore[assignment]
            self.lone: int = session.scalars(school.where(School.id.in_(under))).first()  # type: ignore[assignment]
            self.municipality: int = session.get_one(School, self.school).municipality_id  # type: ignore[assignment]

    def head(self, organisation_id: int) -> Actor:
        with self.walker.system.db.read() as session:
            where = (Position.organisation_id == organisation_id, Position.head.is_(True))
            role = session.scalars(sa.select(Position.role).where(*where)).one()
        return self.walker.actor_of(organisation_id, role)

    def open(self, kind: str, subject: int, actor: Actor | None = None, **data: Any) -> int:
        data = {"document_kind": kind, **data}
        system, now = self.walker.system, self.walker.now
        return operations.open_case(system, "act", subject, 2026, data, actor=actor, now=now)

    # an act on its way -------------------------------------------------------------------------------------------

    def issue(self, case_id: int, draft: dict[str, Any] | None = None) -> Document:
        """Draft, visas, signature, number, publication."""
        self.draft(case_id, draft)
        self.visas(case_id)
        self.walker.do("act_sign", self.signature(case_id), case_id=case_id)
        self.walker.do("act_register", case_id=case_id)
        for task in self.walker.tasks(form="act_publish", case_id=case_id):
            self.publish(task)
        return self.document(case_id)

    def draft(self, case_id: int, answers: dict[str, Any] | None = None) -> None:
        task = self.walker.task("act_draft", case_id=case_id)
        values = self.walker.form(task, self.walker.holder(task)).answers()
        own = {"points": [{"text": "Утвердить положение."}], "preamble": "В целях поддержки школ"}
        filled = {name: value for name, value in own.items() if not values.get(name)}
        heading = {} if values.get("heading") else {"heading": "Об утверждении положения"}
        self.walker.send(task, {**heading, **filled, **(answers or {})})

    def visas(self, case_id: int) -> None:
        for task in self.walker.tasks(form="sign_off_route", case_id=case_id):
            self.walker.send(task)
        while tasks := self.walker.tasks(form="sign_off_visa", case_id=case_id):
            self.walker.send(tasks[0], {"conclusion": "agreed"})

    def signature(self, case_id: int) -> dict[str, Any]:
        if self.act(case_id).level == "school":
            return {"outcome": "sign", "method": "simple"}
        return {"outcome": "sign", "method": "qualified", "files": [self._file(case_id)]}

    def _file(self, case_id: int) -> int:
        with self.walker.system.db.write() as session:
            position = session.scalars(sa.select(Position)).first()
            assert position is not None
            row = StoredFile(
                sha256="0" * 64, name="акт.sig", media_type="application/octet-stream", size=10, case_id=case_id,
                uploaded_by=position.person_id, uploaded_at=self.walker.now,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return row.id

    def publish(self, task: Any) -> None:
        form = self.walker.form(task, self.walker.holder(task))
        day = self.walker.now.date().isoformat()
        rows = [{**row, "url": "https://example.org/act", "date": day} for row in form.answers()["placements"]]
        self.walker.send(task, {"placements": rows})

    # what stands -------------------------------------------------------------------------------------------------

    def document(self, case_id: int) -> Document:
        with self.walker.system.db.read() as session:
            found = session.scalars(sa.select(Document).where(Document.case_id == case_id)).one()
            session.expunge(found)
            return found

    def act(self, case_id: int) -> Act:
        with self.walker.system.db.read() as session:
            found = session.get_one(Act, self.document(case_id).id)
            session.expunge(found)
            return found

    def case(self, case_id: int) -> Case:
        with self.walker.system.db.read() as session:
            found = session.get_one(Case, case_id)
            session.expunge(found)
            return found

    def children(self, case_id: int, kind: str) -> list[Case]:
        with self.walker.system.db.read() as session:
            found = session.scalars(sa.select(Case).where(Case.parent_id == case_id, Case.kind == kind)).all()
            session.expunge_all()
            return list(found)

    def municipalities(self) -> list[int]:
        with self.walker.system.db.read() as session:
            where = (Organisation.region == self.region, Organisation.kind == "municipality")
            return list(session.scalars(sa.select(Organisation.id).where(*where, Organisation.valid_to.is_(None))))

    def text(self, case_id: int) -> str:
        document = self.document(case_id)
        with self.walker.system.db.read() as session:
            where = (Edition.document_id == document.id, Edition.number == document.edition)
            return session.scalars(sa.select(Edition.html).where(*where)).one().replace("\u00a0", " ")

    def later(self, **by: int) -> None:
        self.walker.now += timedelta(**by)
        self.walker.settle()
