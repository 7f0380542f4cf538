"""Every path of each diagram: all states found, all nodes and answers reached, an end in sight from everywhere."""

from __future__ import annotations

import pytest

from . import reading as r
from .exploring import Map


@pytest.mark.parametrize("process", r.PROCESSES)
def test_every_path_can_be_walked_and_ends(process: str) -> None:
    found = Map(process)
    assert found.never_passed() == set()
    assert found.never_taken() == set()
    assert found.traps() == set(), "states without a way out"
    assert found.ends
    print(process, len(found.moves), "states", sum(map(len, found.moves.values())), "moves")
