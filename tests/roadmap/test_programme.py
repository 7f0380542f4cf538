"""A school's programme from its diagnosis to the final report, by the holders of the tasks, in every region."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from app.cases.models import Case, Deadline, Remark
from app.documents.models import Document, Signature
from app.programmes import plans
from app.programmes.models import PlanRow
from app.programmes.plan_models import AssignmentCard, Roadmap
from tests.roadmap.conftest import School


@pytest.mark.req("OR-44", "OR-46", "OR-65", "OM-29")
def test_from_the_diagnosis_to_the_assignments(school: School) -> None:
    school.diagnose()
    case_id = school.open()
    blank = school.form(school.task("roadmap_draft"), school.holder(school.task("roadmap_draft")))
    assert [e.form.factor.data for e in blank.sections.entries][:2] == ["teacher_competence_low", "academic_failure_risk"]
    school.do("roadmap_draft", school.draft())
    school.approve(case_id)
    with school.system.db.read() as session:
        roadmap = session.get_one(Roadmap, case_id)
        assert roadmap.approved_edition == 1 and roadmap.url
        assert plans.approved_roadmap(session, school.school_id, 2026) is roadmap
        children = session.scalars(sa.select(Case).where(Case.parent_id == case_id)).all()
        assert [child.kind for child in children] == ["assignment"] * 3
        assert session.scalar(sa.select(sa.func.count()).select_from(AssignmentCard)) == 3
        document = session.scalars(sa.select(Document).where(Document.case_id == case_id)).one()
        assert document.state == "in_force" and document.edition == 1
        marks = session.scalars(sa.select(Signature).where(Signature.document_id == document.id)).all()
        assert {mark.purpose for mark in marks} == {"sign", "approval"} and len(marks) == 3
        assert {mark.shown_sha256 for mark in marks if mark.scope == "all"} == {marks[0].shown_sha256}
