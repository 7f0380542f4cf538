"""A task that takes files, on a site of two processes; a line to it that can be made to drop."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app import regions
from tests.e2e.conftest import desk_at
from tests.e2e.site import Site
from tests.reorganisation.town import Town
from tests.small import LoadedFiles
from tests.uploads.line import Line

__all__ = ["audit", "desk_at"]


@pytest.fixture(scope="session")
def audit() -> None:
    """Pages are examined by the browser walks; here the line is what matters."""
    return


@pytest.fixture(scope="session")
def site(loaded_files: LoadedFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("uploads"), regions.codes()[0], loaded_files, workers=2)
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="session")
def town(site: Site) -> Town:
    return Town(site.walker, site.code)


@pytest.fixture
def line_to() -> Iterator[Callable[[Site], Line]]:
    """line_to(site): a line that this test may cut."""
    lines: list[Line] = []

    def lay(site: Site) -> Line:
        line = Line(site.port)
        lines.append(line)
        return line

    yield lay
    for line in lines:
        line.close()
