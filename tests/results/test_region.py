"""A whole synthetic region in the official layouts, read and compared with the numbers it was drawn from."""

from __future__ import annotations

import pytest

from app import regions
from app.demo import DemoRegion, generate, region_parameters
from app.results.readers import read
from app.schools.registry import read as read_registry


@pytest.fixture(scope="module")
def region() -> DemoRegion:
    return generate(region_parameters(regions.codes()[0]))


@pytest.mark.req("OR-05", "OR-69", "OR-77", "OR-81")
def test_every_paper_of_a_region_is_read_to_the_pupil(region: DemoRegion) -> None:
    codes: dict[str, str] = {}
    for name, data in region.files("registry").items():
        schools = read_registry(data, name).frames["schools"]
        codes |= dict(schools.select("login", "code").rows())
    got: dict[tuple[str, int, str], list[int]] = {}
    files = {**region.files("results"), **region.files("correction")}
    exact = sorted(files, key=lambda name: ("Ф1" in name, "исправлено" in name))
    latest: dict[tuple[str, int, str, str], tuple[int, int]] = {}
    for name in exact:
        reading = read(files[name], name.rsplit("/", 1)[-1])
        assert reading.fatal == "", (name, reading.fatal)
        assert reading.rejected == [], (name, reading.rejected[:3])
        frame = reading.frames["results"]
        for row in frame.select("code", "school_year", "procedure", "part", "wave", "n", "low").rows():
            if row[4] in ("main", "early"):
                latest[codes.get(row[0], row[0]), row[1], row[2], row[3]] = row[5:]
    for (code, year, procedure, _), (n, low) in latest.items():
        total = got.setdefault((code, year, procedure), [0, 0])
        total[0] += n
        total[1] += low
    known = set(codes.values())
    expected = {
        (code, year, procedure): [count.n, count.low]
        for code, counts in region.counts().items()
        for (year, procedure), count in counts.items()
        if count.n
    }
    assert {key: value for key, value in got.items() if key[0] in known} == expected
    assert len(expected) > 5_000


@pytest.mark.req("OR-86")
def test_broken_papers_are_refused_or_reported(region: DemoRegion) -> None:
    for name, data in region.files("broken").items():
        reading = read(data, name)
        assert reading.fatal or (reading.rejected_rows == reading.rows == len({r.row for r in reading.rejected})), name
