"""A process killed anywhere loses nothing and repeats nothing: the short form of `make faults`, a sample of its points."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.__main__ import every, sample
from tests.faults.points import written_by
from tests.small import LoadedFiles

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.year
@pytest.mark.req("OR-03", "OR-05", "OM-44")
def test_a_process_killed_at_a_point_loses_and_repeats_nothing(
    backend: str, loaded_files: LoadedFiles, request: pytest.FixtureRequest
) -> None:
    command = [sys.executable, "-m", "tests.faults", "--quick", "--backend", backend]
    command += ["--kept", str(loaded_files.folder)]
    if backend == "postgresql":
        command += ["--server", request.getfixturevalue("postgres_url")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-4000:]}"
    assert "Faults: 0" in done.stdout


def test_a_sample_has_both_ends_and_commits() -> None:
    points = [
        f"{moment} {what}" for _ in range(40) for what in ("INSERT a", "COMMIT") for moment in ("before", "after")
    ]
    chosen = sample(points)
    assert {1, len(points)} <= set(chosen) <= set(every(points)) and len(chosen) == 5
    assert sum("COMMIT" in points[number - 1] for number in chosen) >= 2


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ('UPDATE "case" SET stage = ? WHERE id = ?', ("UPDATE", ["case"])),
        ("\n  INSERT INTO event (seq) VALUES (?)", ("INSERT", ["event"])),
        ("DELETE FROM task WHERE id = ?", ("DELETE", ["task"])),
        ("WITH m AS (UPDATE a SET x = 1), g AS (DELETE FROM b WHERE y = 2) INSERT INTO c (z) SELECT 1", ("WITH", list("abc"))),
        ("SELECT seq, hash FROM chain_head FOR UPDATE", None),
        ("WITH RECURSIVE up AS (SELECT 1) SELECT * FROM up", None),
    ],
)  # fmt: skip
def test_what_writes_is_told_from_what_reads(statement: str, found: object) -> None:
    assert written_by(statement) == found
