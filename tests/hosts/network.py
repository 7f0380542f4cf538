"""Hosts of one machine: network namespaces behind a bridge. A host's cable can be pulled and put back."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

BRIDGE, NETWORK = "opora-br", "10.213.77"
HERE = f"{NETWORK}.1/24"
"""This machine among the hosts: PostgreSQL and the mail server listen there."""


class Refused(Exception):
    """The kernel does not let us; its words."""


def _ip(*words: str, may_fail: bool = False) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        raise Refused(f"ip {' '.join(words)}: {done.stderr.strip()}")


class Host:
    def __init__(self, name: str, number: int) -> None:
        self.name, self.address = f"opora-{name}", f"{NETWORK}.{number}"
        self.cable = f"opora-v{number}"
        self.prefix: Sequence[str] = ("ip", "netns", "exec", self.name)

    def pull(self) -> None:
        """Nothing comes or goes; nobody is told."""
        _ip("link", "set", self.cable, "down")

    def plug(self) -> None:
        _ip("link", "set", self.cable, "up")

    def pids(self) -> list[int]:
        """Everything that runs there."""
        told = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True, check=True)
        return [int(pid) for pid in told.stdout.split()]

    def _make(self) -> None:
        _ip("netns", "add", self.name)
        _ip("link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("link", "set", self.cable, "master", BRIDGE, "up")
        for words in (f"addr add {self.address}/24 dev eth0", "link set eth0 up", "link set lo up"):
            _ip("-n", self.name, *words.split())

    def _drop(self) -> None:
        _ip("link", "del", self.cable, may_fail=True)
        _ip("netns", "del", self.name, may_fail=True)


@contextmanager
def hosts(*names: str) -> Iterator[list[Host]]:
    """Hosts by name. Refused where namespaces are not permitted."""
    if os.geteuid() != 0:
        raise Refused("network namespaces need root")
    with ExitStack() as stack:
        try:
            stack.callback(_ip, "link", "del", BRIDGE, may_fail=True)
            _ip("link", "add", BRIDGE, "type", "bridge")
            _ip("addr", "add", HERE, "dev", BRIDGE)
            _ip("link", "set", BRIDGE, "up")
            found = [Host(name, number) for number, name in enumerate(names, 2)]
            for host in found:
                stack.callback(host._drop)
                host._make()
        except FileNotFoundError as missing:
            raise Refused("the command `ip` is not installed") from missing
        yield found
