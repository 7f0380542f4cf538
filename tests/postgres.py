"""A PostgreSQL cluster of the test run's own: unprivileged, on a free port, gone at the end."""

from __future__ import annotations

import glob
import ipaddress
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa

_serial = itertools.count(1)


def binaries() -> Path:
    """Where the newest server that is installed has its programs."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
    if not found:
        raise RuntimeError("PostgreSQL is not installed: run `make setup-test`")
    return Path(found[-1])


def _as_server(command: list[str], directory: Path) -> None:
    """initdb and pg_ctl refuse to run as root."""
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    subprocess.run(command, check=True, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def cluster(*, fsync: bool = False, also: str = "") -> Iterator[str]:
    """Start a server; yields the SQLAlchemy address of its maintenance database.

    `also`: an address of this machine, `10.0.0.1/24`, at which its network may come in too; it is then the one yielded.
    """
    root = Path(tempfile.mkdtemp(prefix="opora-pg-"))
    if os.geteuid() == 0:
        shutil.chown(root, "postgres")
    programs, data, port = binaries(), root / "data", free_port()
    _as_server(
        [str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"],
        root,
    )
    host = also.partition("/")[0] or "127.0.0.1"
    if also:
        with (data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {ipaddress.ip_interface(also).network} trust\n")
    options = f"-p {port} -c listen_addresses={host} -c unix_socket_directories={root} -c max_connections=200"
    if fsync:
        options += (
            " -c max_wal_size=8GB"  # tables are filled at once: checkpoints by the clock, as in a calm installation
        )
    else:
        options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    control = [str(programs / "pg_ctl"), "-D", str(data), "-w"]
    _as_server([*control, "-o", options, "-l", str(root / "log"), "start"], root)
    try:
        yield f"postgresql+psycopg://postgres@{host}:{port}/postgres"
    finally:
        _as_server([*control, "-m", "immediate", "stop"], root)
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def standby(url: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """A streaming copy of a running cluster: the address of the same database there, and what kills its server."""
    root = Path(tempfile.mkdtemp(prefix="opora-standby-"))
    if os.geteuid() == 0:
        shutil.chown(root, "postgres")
    programs, data, port, source = binaries(), root / "data", free_port(), sa.engine.make_url(url)
    copied = ["-h", "127.0.0.1", "-p", str(source.port), "-U", "postgres", "-D", str(data), "-R", "-X", "stream"]
    _as_server([str(programs / "pg_basebackup"), *copied, "-c", "fast", "-N"], root)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={root} -c max_connections=200"
    control = [str(programs / "pg_ctl"), "-D", str(data), "-w"]
    _as_server([*control, "-o", options, "-l", str(root / "log"), "start"], root)

    def kill() -> None:
        if (data / "postmaster.pid").exists():
            _as_server([*control, "-m", "immediate", "stop"], root)

    try:
        yield source.set(port=port).render_as_string(hide_password=False), kill
    finally:
        kill()
        shutil.rmtree(root, ignore_errors=True)


def _maintain(url: str, *statements: str) -> None:
    address = sa.engine.make_url(url).set(database="postgres", drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]


def _named(url: str, name: str) -> str:
    return sa.engine.make_url(url).set(database=name).render_as_string(hide_password=False)


def create_database(url: str, name: str) -> str:
    _maintain(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    return _named(url, name)


def clone(template: str) -> str:
    """A copy of a template database nobody is connected to."""
    source = sa.engine.make_url(template).database
    name = f"opora_test_{os.getpid()}_{next(_serial)}"
    _maintain(template, f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY = file_copy')
    return _named(template, name)


def copy(url: str, source: str, target: str) -> None:
    """Make a database anew as a copy of another one on the same server; nobody is connected to either."""
    _maintain(
        url,
        f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)',
        f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY = file_copy',
    )


def close(url: str) -> None:
    """The server ends all connections to a database and takes no new one."""
    name = sa.engine.make_url(url).database
    _maintain(
        url,
        f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false',
        f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'",
    )


def reopen(url: str) -> None:
    _maintain(url, f'ALTER DATABASE "{sa.engine.make_url(url).database}" ALLOW_CONNECTIONS true')


def drop(url: str) -> None:
    _maintain(url, f'DROP DATABASE IF EXISTS "{sa.engine.make_url(url).database}" WITH (FORCE)')
