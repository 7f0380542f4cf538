"""Cases that a released version left under way end on the newest code, and the journal stands whole."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import journal, migrate
from app.cases import drafts
from app.cases.models import Case, Deadline, Draft, Task
from app.cases.system import System
from app.cases.why import Reader
from app.documents import witnesses
from app.files.models import StoredFile
from app.worker import watch
from tests import postgres
from tests.golden import dump, kept
from tests.golden.dump import Cut, Golden
from tests.golden.playing import finish
from tests.small import system_at

pytestmark = pytest.mark.req("OR-72", "OR-74")


@pytest.fixture(scope="session")
def golden(version: str) -> Golden:
    return dump.read(kept.versions()[version])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "version" in metafunc.fixturenames:
        metafunc.parametrize("version", kept.versions(), scope="session")


@pytest.fixture
def empty(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'opora.db'}"
        return
    url = postgres.create_database(request.getfixturevalue("postgres_url"), f"opora_golden_{os.getpid()}")
    yield url
    postgres.drop(url)


def opened(cut: Cut, url: str, files: Path) -> System:
    """The newest program on what the version left."""
    dump.restore(cut, url, files)
    migrate.upgrade(url)
    return system_at(url, files)


def test_the_set_holds_every_process_at_several_steps(golden: Golden) -> None:
    kinds = {kind for cut in golden.cuts for kind in open_kinds(cut)}
    forms = {form for cut in golden.cuts for form in cut.column("task", "form")}
    assert len(kinds) >= 24 and len(forms) >= 30
    assert len(golden.later) >= 2, "both regions"
    for cut in golden.cuts:
        assert cut.column("deadline", "due_at") and cut.column("draft_version", "data") and cut.files
        assert set(golden.later) == {region for region, _ in open_cases(cut)}


def open_cases(cut: Cut) -> list[tuple[str, str]]:
    names = ("region", "kind", "status")
    rows = zip(*(cut.column("case", name) for name in names), strict=True)
    return [(region, kind) for region, kind, status in rows if status == "open"]


def open_kinds(cut: Cut) -> set[str]:
    return {kind for _, kind in open_cases(cut)}


def test_what_was_left_open_is_there_after_the_upgrade(golden: Golden, empty: str, tmp_path: Path) -> None:
    cut = golden.cuts[-1]
    system = opened(cut, empty, tmp_path / "files")
    migrate.upgrade(empty)
    with system.db.read() as session:
        for model, column in ((Case, "id"), (Task, "id"), (Deadline, "id"), (StoredFile, "sha256"), (Draft, "task_id")):
            found = session.scalars(sa.select(getattr(model, column)))
            assert sorted(found) == sorted(cut.column(model.__tablename__, column)), model.__tablename__
        for task_id in session.scalars(sa.select(Draft.task_id)):
            saved = drafts.read(session, task_id)
            assert saved is not None and saved.data["pairs"] == [["note", "начато"]]
        assert journal.verify(session, witnesses.printed_heads(session)).intact
        for case in session.scalars(sa.select(Case).where(Case.status == "open")):
            run = system.pinned(session, case).load(case.state, Reader())
            tasks = set(session.scalars(sa.select(Task.id).where(Task.case_id == case.id)))
            assert {task.id for task in run.open_tasks()} == tasks, case.kind
    system.db.dispose()


def test_cases_under_way_at_the_release_end_on_the_newest_code(
    golden: Golden, empty: str, backend: str, tmp_path: Path
) -> None:
    """One school of the last cut."""
    if backend == "postgresql":
        pytest.skip("with the year: every case of every cut")
    ended(golden, golden.cuts[-1], empty, tmp_path, regions=sorted(golden.later)[-1:], most=1)


@pytest.mark.year
@pytest.mark.parametrize("number", range(kept.CUTS))
def test_every_case_of_every_cut_ends(golden: Golden, number: int, empty: str, tmp_path: Path) -> None:
    ended(golden, golden.cuts[number], empty, tmp_path)


def ended(golden: Golden, cut: Cut, url: str, folder: Path, *, regions: Sequence[str] = (), most: int = 0) -> None:
    system = opened(cut, url, folder / "files")
    left = finish(system, golden, cut.now, folder / "papers", regions=regions, most=most)
    assert left == []
    with system.db.read() as session:
        assert journal.verify(session, witnesses.printed_heads(session)).intact
        assert list(watch.stuck(session)) == []
    system.db.dispose()
