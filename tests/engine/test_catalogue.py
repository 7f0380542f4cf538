"""Versions of processes: found with all they call, known by the hash of their files, parsed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine import BadDiagram, Catalogue, Definition, files_hash, from_files
from app.errors import NotFound

from .drawing import Drawing, World, line
from .test_dmn import table


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    caller = Drawing("p", "Дело").start().end().call("c", "q").rule("r", "rule").line("start", "c", "r", "end")
    (tmp_path / "p.bpmn").write_bytes(caller.xml())
    (tmp_path / "q.bpmn").write_bytes(line("a", key="q").xml())
    (tmp_path / "alone.bpmn").write_bytes(line("a", "b", key="alone").xml())
    (tmp_path / "rule.dmn").write_bytes(table([("-", "1")]))
    (tmp_path / "notes.txt").write_text("not a diagram")
    return tmp_path


def test_a_definition_has_all_it_calls(directory: Path) -> None:
    catalogue = Catalogue(directory)
    assert catalogue.processes() == ("alone", "p", "q")
    definition = catalogue.definition("p")
    assert list(definition.files) == ["p.bpmn", "q.bpmn", "rule.dmn"]
    assert (definition.process, definition.name, definition.file) == ("p", "Дело", "p.bpmn")
    assert definition.xml == (directory / "p.bpmn").read_bytes()
    assert definition.tasks["a"].form == "a"
    assert definition.nodes["p", "c"].kind == "callActivity" and definition.nodes["q", "a"].name == "Задача a"
    with pytest.raises(NotFound):
        catalogue.definition("nothing")


def test_hash_is_over_names_and_bytes() -> None:
    one = files_hash({"a": b"1", "b": b"2"})
    assert one == files_hash({"b": b"2", "a": b"1"}) and len(one) == 64
    assert len({one, files_hash({"a": b"12", "b": b""}), files_hash({"a": b"1"}), files_hash({"ab": b"12"})}) == 4


def test_a_pinned_version_is_parsed_once(directory: Path) -> None:
    catalogue = Catalogue(directory)
    newest = catalogue.definition("p")
    assert catalogue.from_files(dict(newest.files), "p") is newest is from_files(dict(newest.files), "p")
    state = newest.start({"n": 1}, World()).dump()
    (directory / "q.bpmn").write_bytes(line("a", "x", key="q").xml())
    assert catalogue.definition("p") is newest
    catalogue.refresh()
    newer = catalogue.definition("p")
    assert newer.hash != newest.hash
    run = newest.load(state, World())
    run.complete(run.open_tasks()[0].id)
    assert run.done


def test_bad_files_do_not_become_definitions() -> None:
    with pytest.raises(BadDiagram):
        Definition({"p.bpmn": b"<no/>"}, "p")
    with pytest.raises(BadDiagram):
        Definition({"p.bpmn": Drawing().start().end().call("c", "q").line("start", "c", "end").xml()}, "p")
    d = Drawing().start().end().add("x", '<bpmn:scriptTask id="x"/>').line("start", "x", "end")
    with pytest.raises(BadDiagram):
        Definition({"p.bpmn": d.xml()}, "p")
