"""A diagnosis from its opening to the approved profile, through the real handlers, in every region."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.cases.models import Case
from app.diagnostics import approved
from app.diagnostics.models import FactorScore
from app.documents import signing, texts
from app.documents.models import Document
from tests.campaign.walk import Walker

from . import town as t


def outcome(walker: Walker, case_id: int) -> str | None:
    with walker.system.db.read() as session:
        return session.get_one(Case, case_id).outcome


def forms_of(walker: Walker, case_id: int) -> list[str]:
    return sorted(task.form for task in walker.tasks(case_id=case_id))


@pytest.mark.req("OR-12", "OR-37", "OR-41", "OR-42", "OR-65", "OM-14", "OM-35")
def test_a_school_is_diagnosed_and_both_values_stay(walker: Walker, region_code: str) -> None:
    school = t.school_with_people(walker, region_code)
    t.appoint_curator(walker, school)
    case = t.open_diagnosis(walker, region_code, school)
    assert forms_of(walker, case) == ["diag_curator", "diag_docs", "diag_expert", "diag_self"]
    assert set(t.survey_cases(walker, case)) == {"administration", "teachers", "pupils", "parents"}
    with walker.system.db.read() as session:
        assert approved(session, school, t.YEAR) is None
    t.collect(walker, case)
    t.analyse(walker, case, low_wellbeing="low")
    task = walker.task("diag_school", case_id=case)
    form = walker.form(task, walker.holder(task))
    chosen = form.facts["high"][:2]
    walker.send(task, {"outcome": "agree", "in_work": chosen, "left_out": "на всё не хватит сил"})
    walker.do("diag_confirm", {"outcome": "sign"}, case_id=case)
    walker.do("diag_verify", {"outcome": "approve"}, case_id=case)
    with walker.system.db.read() as session:
        found = approved(session, school, t.YEAR)
        assert found is not None and [f.code for f in found.in_work] == chosen
        assert session.get_one(Case, case).status == "done" and session.get_one(Case, case).outcome == "approved"
        score = session.scalars(
            sa.select(FactorScore).where(FactorScore.diagnosis_id == case, FactorScore.factor == "low_wellbeing")
        ).one()
        assert (score.level, score.decided, score.reason) == ("high", "low", "по наблюдению уроков")
        document = texts.of_case(session, case, "risk_profile")
        assert document is not None and document.number and document.state == "registered"
        signed = signing.valid(session, document.id, "sign")
        assert len({one.person_id for one in signed}) == 2 and len({one.shown_sha256 for one in signed}) == 1
        edition = texts.current(session, document)
        assert edition is not None and edition.sha256 == signed[0].shown_sha256
        assert [line["factor"] for line in edition.context["differences"]] == [
            "6. Низкая учебная мотивация обучающихся"
        ]
        opinion = session.scalars(
            sa.select(Document).where(Document.case_id == case, Document.kind == "factor_opinion")
        ).one()
        assert opinion.number and texts.current(session, opinion).context["opinions"][0]["conclusion"] == "интерес есть"  # type: ignore[union-attr]
