"""Each document is rendered once per run: it costs up to a second."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import reports
from tests.reports.contexts import ALL, context


@cache
def rendered(name: str) -> reports.Rendered:
    return reports.render(name.split(".")[0], context(name))


@pytest.fixture(scope="session")
def document() -> Callable[[str], reports.Rendered]:
    """`document("order.sample")`: rendered sample or variant."""
    return rendered


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every document of `contexts.ALL` as a file named after it."""
    folder = tmp_path_factory.mktemp("documents")
    for name in ALL:
        (folder / f"{name}.pdf").write_bytes(rendered(name).pdf)
    return folder
