"""The commands of import in processes of their own, on a freshly upgraded, empty database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from app import regions
from tests.results import tables
from tests.schools.test_importing import registry, school


def opora(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "OPORA_DATABASE_URL": f"sqlite:///{directory}/opora.db",
        "OPORA_SECRET_KEY": "a key for tests only, long enough to be accepted",
    }
    command = [sys.executable, "-m", "app.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.req("OR-69", "OR-86")
def test_commands_on_an_empty_database(tmp_path: Path) -> None:
    region = regions.codes()[0]
    (tmp_path / "реестр.xlsx").write_bytes(registry(school(1), school(2)))
    rows = tables.flat_rows([("edu561001", (3, 3, 2, 2)), ("edu56100", (1, 1, 1, 1))])
    (tmp_path / "впр.csv").write_bytes(tables.text({"Л": [tables.FLAT, *rows]}, encoding="cp1251"))
    (tmp_path / "плохой.xlsx").write_bytes(b"not a table")
    assert opora(tmp_path, "upgrade").returncode == 0
    loaded = opora(tmp_path, "import-registry", f"{tmp_path}/реестр.xlsx", "--region", region, "--json")
    assert orjson.loads(loaded.stdout)["created"] == 2, loaded.stderr
    files = [f"{tmp_path}/впр.csv", f"{tmp_path}/плохой.xlsx"]
    refused = opora(tmp_path, "import-results", *files, "--region", region, "--json")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "плохой.xlsx" in refused.stderr and "Ничего не записано" in refused.stderr
    done = opora(tmp_path, "import-results", files[0], "--region", region, "--json")
    (file,) = orjson.loads(done.stdout)["files"]
    assert (file["name"], file["rows"], file["accepted"], file["repeated"]) == ("впр.csv", 2, 1, False)
    assert [(r["row"], r["column"], r["value"]) for r in file["rejected"]] == [(3, "Логин", "edu56100")]
