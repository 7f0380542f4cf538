"""Reading of files that nobody vouches for: each in a child process with limits, through pipes, with no temporary files.

Starting an interpreter with its libraries costs half a second, so it is started once: the nursery imports and forks, and
never sees a byte of a file. Each file is read by a fork of its own, which nothing survives. The nursery computes nothing,
so the threads of the table library are not there yet when it forks.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
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
IDLE_SECONDS = 600  # then the nursery goes; the next file starts it again
PID, SIZE = struct.Struct("!i"), struct.Struct("!q")
Call = Callable[..., "Reading | bytes"]
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
    """The answer of a child; empty when it failed, was stopped or took too long."""
    head = orjson.dumps({"entry": entry, **request})
    try:
        asked, answered = _NURSERY.child(entry)
        with asked, answered:
            pid = PID.unpack(answered.read(PID.size))[0]
            alarm = threading.Timer(WALL_SECONDS, os.kill, (pid, signal.SIGKILL))
            alarm.start()
            try:
                asked.write(len(head).to_bytes(4, "big") + head + data)
                asked.close()
                size = SIZE.unpack(answered.read(SIZE.size))[0]
                answer = answered.read()
            finally:
                alarm.cancel()
    except (OSError, struct.error):
        return b""
    return answer if len(answer) == size else b""


class _Nursery:
    """This process's end: starts the nursery when it is first needed, or anew when it has died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def child(self, entry: str) -> tuple[BinaryIO, BinaryIO]:
        """The ends of a new child's pipes: what to write the request to, what to read the answer from."""
        given, asked = os.pipe()
        answered, said = os.pipe()
        try:
            self._tell(entry, [given, said])
        except OSError:
            os.close(asked)
            os.close(answered)
            raise
        finally:
            os.close(given)
            os.close(said)
        return os.fdopen(asked, "wb"), os.fdopen(answered, "rb")

    def _tell(self, entry: str, ends: list[int]) -> None:
        with self._lock:
            if self._line is not None:
                try:
                    socket.send_fds(self._line, [entry.encode()], ends)
                    return
                except OSError:
                    self._line.close()
            self._line, self._process = self._start()
            socket.send_fds(self._line, [entry.encode()], ends)

    @staticmethod
    def _start() -> tuple[socket.socket, subprocess.Popen[bytes]]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - this very interpreter
                [sys.executable, "-m", "app.tables.sandbox", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "2", "LANG": "C.UTF-8", "PATH": os.defpath},
                cwd="/",
                pass_fds=[theirs.fileno()],
            )
        return ours, process


_NURSERY = _Nursery()


# in the nursery ---------------------------------------------------------------------------------------------------------


def _tend(line: socket.socket) -> None:
    """Fork a child for each request until everybody who may ask is gone, or nobody has asked for long."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: their answers say how they ended
    line.settimeout(IDLE_SECONDS)
    while True:
        try:
            entry, ends, _, _ = socket.recv_fds(line, 4096, 2)
        except TimeoutError:
            return
        if not entry:
            return
        call = _function(entry.decode())
        if call is not None and os.fork() == 0:
            line.close()
            _live(call, *ends)
        for end in ends:
            os.close(end)


def _function(entry: str) -> Call | None:
    """Found before the fork: what it imports is there for every later child."""
    module, _, name = entry.partition(":")
    if not module.startswith("app."):
        return None
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return None


def _live(call: Call, given: int, said: int) -> None:
    """The whole life of a child."""
    try:
        _limit()
        with os.fdopen(given, "rb") as stdin, os.fdopen(said, "wb") as stdout:
            stdout.write(PID.pack(os.getpid()))
            stdout.flush()
            _serve(call, stdin, stdout)
    finally:
        os._exit(0)


def _limit() -> None:
    import resource  # Unix only; the parent must not need it

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _serve(call: Call, stdin: BinaryIO, stdout: BinaryIO) -> None:
    size = int.from_bytes(stdin.read(4), "big")
    request = orjson.loads(stdin.read(size))
    answer = call(stdin.read(), request["name"], **request["options"])
    packet = answer if isinstance(answer, bytes) else packed(answer)
    stdout.write(SIZE.pack(len(packet)) + packet)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as called:
        _tend(called)
