"""The tools of who draws: a draft becomes a diagram the engine runs, laid out the same way every time."""

from __future__ import annotations

import pytest

from app import publication
from app.engine import Definition, lint
from app.engine.authoring.draft import Draft
from app.engine.authoring.graph import NotPlaceable
from app.engine.authoring.layout import arrange, main
from app.engine.authoring.text import text_size
from app.people.roles import LANES

from . import reading as r


def visit() -> Draft:
    """A little of everything the dialect has."""
    d = Draft("visit", "Посещение школы", "Проба инструмента: всё понемногу.", curator="Куратор", system="Система")
    d.start("start", "curator", "Пора ехать", sets="route")
    d.user("support_year", "curator", "Спланировать посещение", "5wd", "W10", doc="Проба.", each=("route", "stop"))
    d.operation("invite", "Известить школу", "deliver", to="school", sets="told")
    d.choice("g_told", "system", "Школа извещена?")
    d.race("w_answer")
    d.catch("answered", "system", "Школа ответила", message="visit.answered", sets="told")
    d.catch("t_answer", "system", "5 рабочих дней", timer="5wd")
    d.call("sheet", "curator", "Согласование отчёта", "sign_off")
    d.throw("reported", "system", "Отчёт готов", message="visit.reported", outcome="done")
    d.end("end", "curator", "Состоялось")
    d.any_time(
        "moved",
        "curator",
        "Перенос",
        "visit.moved",
        "Школа просит перенести",
        "support_exit",
        "Перенести",
        "2wd",
        doc="Проба.",
    )
    d.path("start", "support_year", "invite", "g_told")
    d.when("g_told", "w_answer", "нет", "told == False")
    d.when("g_told", "sheet", "да")
    d.path("w_answer", "answered", "sheet", "reported", "end")
    d.path("w_answer", "t_answer", "sheet")
    return d


def test_a_draft_becomes_a_diagram() -> None:
    drawn, touched = arrange(visit().xml())
    assert touched == []
    files = {"visit.bpmn": drawn, "sign_off.bpmn": (r.DIRECTORY / "sign_off.bpmn").read_bytes()}
    found = lint(files, roles=LANES, forms=publication.routes(), operations=publication.OPERATIONS)
    assert [str(p) for p in found] == []
    definition = Definition(files, "visit")
    card = definition.tasks["support_year"]
    assert (card.role, card.due, card.basis, card.documentation) == ("curator", "5wd", "W10", "Проба.")
    assert {"visit", "sign_off"} == {node.process for node in definition.nodes.values()}


def test_the_command_rewrites_files_in_place(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "visit.bpmn"
    path.write_bytes(visit().xml())
    assert main([str(path)]) == 0
    assert "clear" in capsys.readouterr().out and b"BPMNShape" in path.read_bytes()


def test_labels_are_measured_by_words() -> None:
    assert text_size("да", 100) == (19, 14)
    assert text_size("Предварительный перечень готов", 100)[1] == 28


def test_layout_gives_the_same_picture_and_changes_nothing_else() -> None:
    drawn = (r.DIRECTORY / "data_pack.bpmn").read_bytes()
    once, touched = arrange(drawn)
    assert touched == []
    assert arrange(once)[0] == once
    assert once.partition(b"<bpmndi:BPMNDiagram")[0] == drawn.partition(b"<bpmndi:BPMNDiagram")[0]


def test_layout_refuses_what_it_cannot_place() -> None:
    d = Draft("p", "Процесс", "Проба.", system="Система")
    d.start("start", "system", "Начало")
    d.node("boundaryEvent", "b", "system", "Срок")
    with pytest.raises(NotPlaceable, match="boundaryEvent"):
        arrange(d.xml())
    with pytest.raises(NotPlaceable, match="дорожки"):
        arrange(b'<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"/>')
