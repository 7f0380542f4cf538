"""The small region of the tests of cases."""

from __future__ import annotations

from tests.cases.conftest import region, system

__all__ = ["region", "system"]
