"""Children: one that does a work and tells what came of it, and a line of them that die, forked from one that is warm."""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn


class Child:
    """`work` under way in a child process."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._reading, writing = os.pipe()
        sys.stdout.flush()
        self._pid = os.fork()
        if not self._pid:
            os.close(self._reading)
            end_after(lambda: _send(writing, work()))
        os.close(writing)

    def join(self) -> tuple[int, Any]:
        """The signal that ended it, or its exit code; what `work` returned."""
        with os.fdopen(self._reading, "rb") as stream:
            sent = stream.read()
        return _ended(self._pid), pickle.loads(sent) if sent else None


def forked(work: Callable[[], Any]) -> tuple[int, Any]:
    """Run `work` in a child process to its end."""
    return Child(work).join()


def _send(descriptor: int, result: Any) -> None:
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(pickle.dumps(result))


def end_after(work: Callable[[], Any]) -> NoReturn:
    """Do the work and end this process without the ends of its parent."""
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _ended(pid: int) -> int:
    status = os.waitpid(pid, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


class Nursery:
    """A process that has done the work once, as a server has before it dies: `die(n)` is a child of it that dies at n.

    What keeps threads after the work cannot be forked safely; its children are then forked from here, cold.
    """

    def __init__(self, warm: Callable[[], Any], mortal: Callable[[int], Any]) -> None:
        self.mortal = mortal
        there, self._orders = os.pipe()
        self._answers, back = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            os.close(self._orders)
            os.close(self._answers)
            end_after(lambda: self._serve(warm, there, back))
        os.close(there)
        os.close(back)
        self.warm = os.read(self._answers, 1) == b"w"

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._orders)
        os.close(self._answers)
        _ended(self._pid)

    def die(self, number: int) -> int:
        """How the child ended: the signal or its exit code."""
        if not self.warm:
            return forked(lambda: self.mortal(number))[0]
        os.write(self._orders, number.to_bytes(4))
        return int.from_bytes(os.read(self._answers, 4))

    def _serve(self, warm: Callable[[], Any], orders: int, answers: int) -> None:
        warm()
        if len(list(Path("/proc/self/task").iterdir())) > 1:
            os.write(answers, b"c")
            return
        os.write(answers, b"w")
        while number := os.read(orders, 4):
            pid = os.fork()
            if not pid:
                end_after(partial(self.mortal, int.from_bytes(number)))
            os.write(answers, _ended(pid).to_bytes(4))
