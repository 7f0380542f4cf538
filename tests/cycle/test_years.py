"""A played school year of a small region: one school is led from the order through its year to the decision."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from app import journal
from app.cases.models import Case
from app.demo import LIST_YEAR, generate, region_parameters
from app.demo.years import play
from app.documents import witnesses
from app.errors import Refused
from app.programmes.models import Evaluation
from tests import schema
from tests.small import PASSWORD, SIZES, system_at

pytestmark = pytest.mark.year

BEGUN = {"objection", "municipal_program", "mentor_pair", "in_school_work", "training", "recommendation", "request"}
"""What people begin of themselves in the course of a year."""


@pytest.mark.req("OR-03", "OR-63", "OR-65", "OM-09")
def test_a_year_goes_from_the_order_to_the_decision_and_the_next_campaign(region_code: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'opora.db'}"
    schema.upgrade(url)
    system = system_at(url, tmp_path / "files")
    region = generate(region_parameters(region_code, **{**SIZES, "schools": 120, "listed_share": 0.03}))
    out = tmp_path / "out"
    played = play(system, region_code, 1, out, password=PASSWORD, demo=region, schools=1)
    with system.db.read() as session:
        evaluation = session.scalars(sa.select(Evaluation).where(Evaluation.decision.is_not(None))).first()
        assert evaluation is not None
        assert evaluation.school_year == LIST_YEAR
        campaigns = sa.select(Case.school_year, Case.status).where(Case.kind == "campaign").order_by(Case.id)
        states = {year: status for year, status in session.execute(campaigns)}
        assert states == {LIST_YEAR: "done", LIST_YEAR + 1: "done"}
        ended = set(session.scalars(sa.select(Case.kind).where(Case.status == "done")))
        assert ended >= BEGUN, played.left
        report = journal.verify(session, witnesses.printed_heads(session))
        assert report.intact
    assert played.intact
    assert played.events == report.records
    assert played.documents["list_act"] == 2 and played.documents.keys() >= played.papers.keys()
    assert f"Дел: {sum(sum(states.values()) for states in played.cases.values())}" in next(played.lines())
    orders = list((out / "list_act").glob("*.pdf"))
    assert len(orders) == 2
    assert all(order.read_bytes().startswith(b"%PDF-") for order in orders)
    with pytest.raises(Refused, match="уже есть в базе"):
        play(system, region_code, 1, out, password=PASSWORD, demo=region)
    system.db.dispose()
