"""The gap between the most and the least successful schools of a region."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.db import Database
from app.identification import runs
from app.identification.gap import quartile_gap, region_gap
from tests.identification.samples import PREV2, SECOND, YEAR
from tests.identification.world import NOW, World


def test_quartiles_are_shares_of_real_schools() -> None:
    gap = quartile_gap([(40, 100), (10, 100), (30, 100), (20, 100)])
    assert (gap.lower, gap.upper, gap.text) == (Fraction(10), Fraction(30), "20.000")
    assert quartile_gap([(1, 3)] * 3).points is None
    assert quartile_gap([(0, 0)] * 9).schools == 0


@pytest.mark.req("OM-09")
def test_gap_of_a_region_takes_the_last_year(db: Database) -> None:
    with db.write() as session:
        world = World(session, SECOND)
        for code, low in (("1", 0), ("2", 10), ("3", 20), ("4", 30)):
            world.results(code, МА5=(low, 100), РУ5=(low, 100))
            world.results(code, PREV2, МА5=(99, 100))
        run = runs.identify(session, SECOND, YEAR, now=NOW)
        assert region_gap(session, run).text == "20.000"
