"""A site a region for the whole run, one browser, one examination of pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.audit import Audit
from tests.e2e.desk import Desk
from tests.e2e.site import Site
from tests.small import LoadedFiles, in_every_region

pytest_generate_tests = in_every_region


@pytest.fixture(scope="session")
def audit() -> Audit:
    return Audit()


@pytest.fixture(scope="session")
def site_of(loaded_files: LoadedFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Site]]:
    """site_of(code): a running site over its own copy of a region."""
    made: list[Site] = []

    def start(code: str) -> Site:
        site = Site(tmp_path_factory.mktemp("site"), code, loaded_files)
        made.append(site)
        site.start()
        return site

    yield start
    for site in made:
        site.close()


@pytest.fixture(scope="session")
def site(region_code: str, site_of: Callable[[str], Site]) -> Site:
    return site_of(region_code)


@pytest.fixture
def desk_at(browser, audit: Audit) -> Iterator[Callable[..., Desk]]:
    """desk_at(site, login): somebody signed in; every desk is left when the test ends."""
    desks: list[Desk] = []

    def sit(site: Site, login: str = "", *, script: bool = True) -> Desk:
        desk = Desk(site, browser, audit if script else None, script=script)
        desks.append(desk)
        return desk.sign_in(login) if login else desk

    yield sit
    for desk in desks:
        desk.close()
