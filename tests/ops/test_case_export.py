"""A case leaves in one file that anybody can read and check, and no change of it goes unseen."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.cases.models import Case
from app.cases.system import System
from app.db import utcnow
from app.errors import BadInput, NotFound, Refused
from app.journal.models import Event
from app.ops import case_export, case_verify

pytestmark = pytest.mark.req("OR-76", "OR-74")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def campaign(installation: System) -> int:
    with installation.db.read() as session:
        return session.scalars(sa.select(Case.id).where(Case.kind == "campaign")).one()


@pytest.fixture
def exported(installation: System, campaign: int, tmp_path: Path) -> Path:
    target = tmp_path / "case.zip"
    case_export.export(installation, campaign, target, utcnow())
    return target


def test_the_file_tells_the_case_without_the_program(installation: System, campaign: int, exported: Path) -> None:
    with zipfile.ZipFile(exported) as archive:
        names = archive.namelist()
        page = archive.read("index.html").decode()
        cases = json.loads(archive.read("case.json"))["cases"]
        rows = {name: archive.read(name).decode() for name in names if name.startswith("rows/")}
    assert {"act", "data_pack", "support_cycle"} <= {one["kind"] for one in cases}, "cases under it go with it"
    assert [name for name in names if name.endswith(".pdf") and name.startswith("documents/")]
    assert [name for name in names if name.startswith("files/")]
    assert [name for name in names if name.startswith("diagrams/campaign-")]
    assert "скан приказа.pdf" in page
    assert "документ вступил в силу" in page
    assert not [name for name, text in rows.items() if "password" in text or "argon2" in text]
    assert not [name for name in names if name.removeprefix("rows/").split(".")[0] in case_export.PASSING]
    signed = [json.loads(line) for line in rows["rows/signature.jsonl"].splitlines()]
    known = {json.loads(line)["id"] for line in rows["rows/person.jsonl"].splitlines()}
    assert {one["person_id"] for one in signed} <= known, "who signed is named"


def test_a_whole_file_is_found_whole_and_its_making_is_on_record(
    installation: System, campaign: int, exported: Path
) -> None:
    report = case_verify.verify(exported)
    assert report.faults == ()
    assert report.records > 50
    assert report.documents == 1
    with installation.db.read() as session:
        last = session.scalars(sa.select(Event).where(Event.kind == "case.exported")).one()
        assert json.loads(last.body)["data"]["sha256"] == report.sha256
        assert report.seq == last.seq - 1


def test_the_check_needs_neither_database_nor_settings(exported: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app.cli", "verify", str(exported), "--json"]
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "OPORA_DATABASE_URL": "nowhere://nothing"}
    done = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["faults"] == []
    rewrite(exported, "index.html", lambda data: data + b" ")
    done = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert done.returncode == 1
    assert "изменён файл index.html" in done.stderr


def rewrite(path: Path, name: str, change: Callable[[bytes], bytes], *, cover: bool = False) -> None:
    """Change a member; with `cover` its fingerprint in the manifest as well."""
    with zipfile.ZipFile(path) as source:
        members = {one: source.read(one) for one in source.namelist()}
    members[name] = change(members[name])
    if cover:
        manifest = json.loads(members["manifest.json"])
        manifest["members"][name] = hashlib.sha256(members[name]).hexdigest()
        members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as target:
        for one, data in members.items():
            target.writestr(one, data)


def another_actor(data: bytes) -> bytes:
    lines = [json.loads(line) for line in data.splitlines()]
    signed = next(one for one in lines if '"person":' in one["body"])
    signed["body"] = signed["body"].replace('"person":', '"person":9', 1)
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def reordered(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    return b"".join([*lines[1:], lines[0]])


def without_one(data: bytes) -> bytes:
    """One record of two neighbours is gone and the other pretends to be in its place."""
    lines = [json.loads(line) for line in data.splitlines()]
    first = next(n for n in range(1, len(lines)) if lines[n]["seq"] == lines[n - 1]["seq"] + 1)
    lines[first]["previous"] = "11" * 32
    lines[first]["hash"] = hashlib.sha256(bytes.fromhex("11" * 32) + lines[first]["body"].encode()).hexdigest()
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def test_changes_of_the_records_are_found_even_when_the_manifest_is_made_to_fit(exported: Path) -> None:
    whole = exported.read_bytes()
    for change, words in (
        (another_actor, "отпечаток не сходится"),
        (reordered, "не на своём месте"),
        (without_one, "не сходятся"),
    ):
        exported.write_bytes(whole)
        rewrite(exported, "journal.jsonl", change, cover=True)
        assert any(words in fault for fault in case_verify.verify(exported).faults), change.__name__
    exported.write_bytes(whole)
    with zipfile.ZipFile(exported) as archive:
        pdf = next(n for n in archive.namelist() if n.startswith("documents/") and n.endswith(".pdf"))
    rewrite(exported, pdf, lambda data: data + b"\n", cover=True)
    assert any("нет PDF документа" in fault for fault in case_verify.verify(exported).faults)


def test_refusals(installation: System, campaign: int, exported: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="уже есть"):
        case_export.export(installation, campaign, exported, utcnow())
    with pytest.raises(NotFound, match="нет"):
        case_export.export(installation, 10**9, tmp_path / "none.zip", utcnow())
    assert not list(tmp_path.glob("*.part"))
    exported.write_bytes(exported.read_bytes()[:1000])
    with pytest.raises(BadInput, match="повреждена"):
        case_verify.verify(exported)
