"""The loaded region of the campaign's walk, entered by programs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app import config, create_app, regions
from app.cases.system import System
from tests.api.conftest import Client, secret_of
from tests.campaign.conftest import demo_region, loaded, system, walker
from tests.small import PASSWORD

__all__ = ["PASSWORD", "demo_region", "loaded", "system", "walker"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "region_code" in metafunc.fixturenames:
        metafunc.parametrize("region_code", regions.codes()[:1], scope="session")


@pytest.fixture
def app(system: System) -> Flask:
    url = system.db.url.render_as_string(hide_password=False)
    return create_app(config.Settings(database_url=url, insecure_cookies=True, secret_key="x" * 40), system)


@pytest.fixture
def person(app: Flask, system: System) -> Callable[[int], Client]:
    """A client with the token of a person."""
    return lambda person_id: Client(app.test_client(), secret_of(system.db, person_id))
