"""Chromium of the system and the product's bundle: one of each for a run of tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.web.assets import build

CHROMIUM = Path("/usr/bin/chromium")
AXE = build.MODULES / "axe-core/axe.min.js"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def bundle() -> Path:
    """The built styles and scripts, made now when they are missing or old; skipped where they cannot be made."""
    manifest = build.DIST / "manifest.json"
    if build.main() and not manifest.is_file():
        pytest.skip("assets are not built: python -m app.web.assets.build")
    return manifest


@pytest.fixture(scope="session")
def browser(bundle: Path) -> Iterator:
    """One Chromium for the session; skipped where the machine has none."""
    manager = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.is_file():
        pytest.skip("no Chromium on this machine")
    with manager.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield chromium
        chromium.close()
