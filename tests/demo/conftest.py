"""Both regions of real size, made once."""

from __future__ import annotations

import pytest

from app import regions
from app.demo import DemoRegion, generate, region_parameters
from tests.demo import reading

_made: dict[str, DemoRegion] = {}
_tables: dict[tuple[str, str], list[reading.Row]] = {}


@pytest.fixture(scope="session", params=regions.codes())
def region(request: pytest.FixtureRequest) -> DemoRegion:
    code = request.param
    if code not in _made:
        _made[code] = generate(region_parameters(code), seed=1)
    return _made[code]


@pytest.fixture(scope="session")
def every_region() -> list[DemoRegion]:
    for code in regions.codes():
        _made.setdefault(code, generate(region_parameters(code), seed=1))
    return list(_made.values())


class Tables:
    """Files of a region as rows of text, each read once."""

    def __init__(self, region: DemoRegion) -> None:
        self.region, self.files = region, region.files()

    def __call__(self, name: str) -> list[reading.Row]:
        """The table of the only file whose path contains `name`."""
        (path,) = [path for path in self.files if name in path]
        key = self.region.parameters.code, path
        if key not in _tables:
            _tables[key] = reading.rows(path, self.files[path])
        return _tables[key]


@pytest.fixture(scope="session")
def tables(region: DemoRegion) -> Tables:
    return Tables(region)
