"""The card of a school's support: printed from its case by whoever reads it, as of the day."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

import reports
from app.cases.models import Case
from app.cases.move import start
from app.cases.operations import unit_of
from app.programmes import support_card
from app.programmes.models import HelpGiven
from tests.roadmap.conftest import YEAR, School
from tests.security.visitor import Visitor, site

pytestmark = pytest.mark.req("OR-63", "OR-72", "OM-09")


@pytest.fixture
def supported(school: School) -> int:
    """A school's case that has just been opened, and help that it got."""
    with unit_of(school.system, None, school.now) as unit:
        case_id = start(unit, "support_cycle", school.school_id, YEAR, {"track": "listed"}).id
        for _ in range(2):
            unit.session.add(
                HelpGiven(school_id=school.school_id, kind="method", day=school.now.date(), case_id=case_id)
            )
    return case_id


def test_the_card_says_where_the_case_stands_and_who_is_beside_it(school: School, supported: int) -> None:
    school.diagnose()
    actor = school.region.actors["curator"]
    with school.system.db.read() as session:
        case = session.get_one(Case, supported)
        card = support_card.printed(session, school.system, case, actor, school.now)
    html = reports.render(support_card.KIND, card).html
    assert card["stages"][0]["title"] == "Идентификация" and len(card["stages"]) == 6
    assert card["why"] and card["terms"], "a case that waits says for what and until when"
    assert any("Каштанова" in one["name"] for one in card["people"])
    year = card["years"][0]
    assert (year["school_year"], year["high"], year["medium"], year["help"]) == ("2026/27", 2, 1, 2)
    assert card["help"] == [{"kind": "методическая", "count": 2, "last": school.now.date().isoformat()}]
    assert "Карточка сопровождения" in html.replace("\u00a0", " ") or "КАРТОЧКА" in html


def test_it_is_printed_from_the_page_of_the_case_by_its_readers_alone(school: School, supported: int) -> None:
    app, actors = site(school.system), school.region.actors
    reader = Visitor(app, actors["curator"])
    assert f"/cases/{supported}/card.pdf" in reader.get(f"/cases/{supported}").text
    answer = reader.get(f"/cases/{supported}/card.pdf")
    assert answer.status_code == 200 and answer.data.startswith(b"%PDF-")
    assert Visitor(app, actors["expert"]).get(f"/cases/{supported}/card.pdf").status_code == 404
    with school.system.db.read() as session:
        other = session.scalar(sa.select(Case.id).where(Case.kind != "support_cycle"))
    if other is not None:
        assert reader.get(f"/cases/{other}/card.pdf").status_code == 404
