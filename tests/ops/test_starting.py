"""What a process has to read before it answers."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("part", ["weasyprint", "fontTools"])
def test_a_process_that_prints_nothing_does_not_load_the_renderer(part: str) -> None:
    """It is half of all modules by time and a sixth of a web worker's memory."""
    loaded = f"import app.web.site, app.wiring, sys; app.wiring.parts(); print({part!r} in sys.modules)"
    said = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "False"
