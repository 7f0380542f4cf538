"""A line between browser and site that drops: after so many bytes, or for good until it is mended."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress

BLOCK = 32 * 1024
RESET = struct.pack("ii", 1, 0)


class Line:
    """Carries bytes to `target` on this machine. `cuts`: how many times connections are reset after `every` bytes."""

    def __init__(self, target: int) -> None:
        self.target, self.every, self.cuts, self.dead = target, 0, 0, False
        self.made = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def drop_after(self, every: int, cuts: int) -> None:
        """From now on reset a connection when it has carried `every` bytes up, `cuts` times in all."""
        self.every, self.cuts = every, cuts

    def break_down(self) -> None:
        """Reset everything and take nothing until `mend`."""
        self.dead = True
        with self._lock:
            for one in list(self._open):
                self._reset(one)

    def mend(self) -> None:
        self.dead = False

    def close(self) -> None:
        self.break_down()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.dead:
                self._reset(near)
                continue
            far = socket.create_connection(("127.0.0.1", self.target))
            with self._lock:
                self._open |= {near, far}
            threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        carried = 0
        with suppress(OSError):
            while block := source.recv(BLOCK):
                carried += len(block)
                if up and self._cut(carried):
                    target.sendall(block[: len(block) // 2])
                    self._reset(source)
                    break
                target.sendall(block)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            with self._lock:
                self._open.discard(one)

    def _cut(self, carried: int) -> bool:
        with self._lock:
            if not self.every or carried < self.every or not self.cuts:
                return False
            self.cuts -= 1
            self.made += 1
            return True

    @staticmethod
    def _reset(one: socket.socket) -> None:
        with suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            one.close()
