"""The application's own readers on the demo's files: all are recognised, and together they count the planted truth."""

from __future__ import annotations

import pytest

from app.demo import DemoRegion
from app.demo.oracle import Count
from app.results import readers
from app.results.facts import RESULTS
from app.schools import registry

KINDS = {
    "ВПР_2024": "fisoko_extract",
    "ВПР_2025": "fisoko_extract",
    "статистика": "fisoko_statistics",
    "Ф1_": "fisoko_individual",
    "/ОГЭ/": "oge_protocol",
    "/ЕГЭ/": "ege_protocol",
}


@pytest.mark.req("OR-81")
def test_registries_are_taken_whole(region: DemoRegion) -> None:
    for name, content in region.files("registry").items():
        reading = registry.read(content, name)
        assert not reading.fatal
        assert reading.rejected_rows == 0, reading.rejected[:3]


@pytest.mark.req("OR-71", "OR-81", "OR-85")
def test_results_are_counted_as_they_are(region: DemoRegion) -> None:
    logins = {school.login: school.code for school in [*region.schools, *region.closed]}
    found: dict[str, dict[tuple[int, str], dict[str, Count]]] = {}
    for name, content in region.files("results", "correction").items():
        reading = readers.read(content, name.rsplit("/", 1)[-1])
        assert not reading.fatal, (name, reading.fatal)
        assert reading.rejected_rows == 0, (name, reading.rejected[:3])
        assert reading.kind == next(kind for part, kind in KINDS.items() if part in name), name
        for row in reading.frames[RESULTS].rows(named=True) if RESULTS in reading.frames else ():
            code = row["code"] if row["system"] == "code" else logins.get(row["code"])
            if code and code != region.unknown_code and row["wave"] == "main":
                parts = found.setdefault(code, {}).setdefault((row["school_year"], row["procedure"]), {})
                parts[row["part"]] = Count(row["n"], row["low"])
    counts = {
        code: {
            key: Count(sum(p.n for p in parts.values()), sum(p.low for p in parts.values()))
            for key, parts in own.items()
        }
        for code, own in found.items()
    }
    assert counts == region.counts()


def test_broken_files_are_refused_in_words(region: DemoRegion) -> None:
    for name, content in region.files("broken").items():
        reading = readers.read(content, name.rsplit("/", 1)[-1])
        assert reading.fatal or reading.accepted == 0
        assert reading.fatal or len(reading.rejected) == 6
