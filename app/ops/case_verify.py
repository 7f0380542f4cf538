"""Checks an exported case with nothing but the file: no database, no network, no other part of the program."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import BadInput


@dataclass(frozen=True)
class Report:
    """What was looked at, and what is wrong, in Russian: nothing when all holds.

    `sha256` is of the whole file: the journal of the installation holds it in the record «Дело выгружено».
    """

    case: int
    sha256: str
    seq: int
    head: str
    members: int
    records: int
    documents: int
    faults: tuple[str, ...]


def verify(path: Path) -> Report:
    """Fingerprints of all members, every record of the journal against its hash, every issued PDF against the records."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read("manifest.json"))
            faults = _members(archive, manifest["members"])
            records = _lines(archive, "journal.jsonl")
            faults += _records(records)
            issued = _lines(archive, "rows/rendition.jsonl")
            faults += _documents(issued, manifest["members"], records)
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError):
        raise BadInput(f"«{path.name}» – не выгрузка дела или повреждена.", advice="Возьмите другую копию.") from None
    head = manifest["journal"]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    counts = len(manifest["members"]), len(records), len(issued)
    return Report(manifest["case"], digest, head["seq"], head["hash"], *counts, tuple(faults))


def _members(archive: zipfile.ZipFile, told: dict[str, str]) -> list[str]:
    faults = []
    there = set(archive.namelist()) - {"manifest.json"}
    faults += [f"нет файла {name}" for name in sorted(told.keys() - there)]
    faults += [f"посторонний файл {name}" for name in sorted(there - told.keys())]
    for name in sorted(there & told.keys()):
        try:
            same = hashlib.sha256(archive.read(name)).hexdigest() == told[name]
        except zipfile.BadZipFile:
            same = False
        if not same:
            faults.append(f"изменён файл {name}")
    return faults


def _lines(archive: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    if name not in archive.namelist():
        return []
    return [json.loads(line) for line in archive.read(name).splitlines()]


def _records(records: list[dict[str, Any]]) -> list[str]:
    """A record that was changed does not fit its hash; neighbours in the whole journal have to fit each other."""
    faults = []
    before: dict[str, Any] | None = None
    for one in records:
        number = one["seq"]
        made = hashlib.sha256(bytes.fromhex(one["previous"]) + one["body"].encode()).hexdigest()
        if made != one["hash"] or json.loads(one["body"])["seq"] != number:
            faults.append(f"запись журнала № {number} изменена: отпечаток не сходится")
        if before is not None and number <= before["seq"]:
            faults.append(f"запись журнала № {number} стоит не на своём месте")
        if before is not None and number == before["seq"] + 1 and one["previous"] != before["hash"]:
            faults.append(f"записи журнала № {before['seq']} и № {number} не сходятся")
        before = one
    return faults


def _documents(issued: list[dict[str, Any]], members: dict[str, str], records: list[dict[str, Any]]) -> list[str]:
    """Each issued PDF is in the file, and the journal says that this very one was made."""
    bodies = [json.loads(one["body"]) for one in records]
    made = {body["data"]["sha256"] for body in bodies if body["kind"] == "document.rendered"}
    packed = set(members.values())
    faults = []
    for row in issued:
        if row["file_sha256"] not in packed:
            faults.append(f"нет PDF документа {row['document_id']} ({row['file_sha256'][:12]}…)")
        if row["sha256"] not in made:
            faults.append(f"PDF документа {row['document_id']} не записан в журнале")
    return faults
