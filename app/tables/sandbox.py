"""Reading of files that nobody vouches for: in a child process with limits, through pipes, with no temporary files."""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import orjson

from app.tables.grid import MAX_FILE_BYTES
from app.tables.reading import Reading, packed, unpacked

MEMORY_BYTES = 4 * 1024**3
CPU_SECONDS = 150
WALL_SECONDS = 300
ROOT = Path(__file__).resolve().parents[2]
TOO_HEAVY = "Файл не удалось прочитать: он слишком велик, слишком сложен или повреждён."
Source = Path | str | bytes


def read_in_child(entry: str, source: Source, *, name: str = "", options: dict | None = None) -> Reading:
    """`entry` is «module:function(data, name, **options) -> Reading», called in the child with the bytes of `source`.

    Whatever befalls the child becomes a fatal reading in plain words; it never raises for a bad file.
    """
    name = name or (Path(source).name if not isinstance(source, bytes) else "")
    reading = Reading(name=name)
    try:
        data = _content(source)
    except OSError as error:
        return reading.refuse(f"Файл не открывается: {error.strerror or error}.")
    if data is None:
        return reading.refuse(f"Файл больше {MAX_FILE_BYTES // 1024**2} МБ.")
    try:
        reading = unpacked(_run(entry, data, {"name": name, "options": options or {}}))
    except (ValueError, KeyError, TypeError):
        reading.refuse(TOO_HEAVY)
    reading.name, reading.sha256, reading.size = name, hashlib.sha256(data).hexdigest(), len(data)
    return reading


def call_in_child(entry: str, source: Source, *, name: str = "", options: dict | None = None) -> bytes:
    """The same for «module:function(data, name, **options) -> bytes»; empty bytes if the child failed."""
    data = _content(source)
    return _run(entry, data, {"name": name, "options": options or {}}) if data else b""


def _content(source: Source) -> bytes | None:
    """Bytes of the file, None if there are too many."""
    if isinstance(source, bytes):
        return source if len(source) <= MAX_FILE_BYTES else None
    path = Path(source)
    return path.read_bytes() if path.stat().st_size <= MAX_FILE_BYTES else None


def _run(entry: str, data: bytes, request: dict) -> bytes:
    head = orjson.dumps({"entry": entry, **request})
    environment = {"PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "2", "LANG": "C.UTF-8", "PATH": os.defpath}
    with subprocess.Popen(
        [sys.executable, "-m", "app.tables.sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd="/",
    ) as child:
        try:
            output, _ = child.communicate(len(head).to_bytes(4, "big") + head + data, timeout=WALL_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            return b""
    return output if child.returncode == 0 else b""


def _limit() -> None:
    import resource  # Unix only; the parent must not need it

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _serve(stdin: BinaryIO, stdout: BinaryIO) -> None:
    size = int.from_bytes(stdin.read(4), "big")
    request = orjson.loads(stdin.read(size))
    module, function = request["entry"].split(":")
    if not module.startswith("app."):
        raise ValueError(module)
    call = getattr(importlib.import_module(module), function)
    answer = call(stdin.read(), request["name"], **request["options"])
    stdout.write(answer if isinstance(answer, bytes) else packed(answer))
    stdout.flush()


if __name__ == "__main__":
    _limit()
    _serve(sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)
