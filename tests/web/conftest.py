"""A small application with nothing but the frame and sample pages, and one browser for the session."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, abort, jsonify, make_response, render_template, request
from werkzeug.serving import make_server

from app.errors import NotAllowed, NotFound, StaleCase, TooMany
from app.web import frame
from tests.web import samplepages, sampleresults, samples

ROOT = Path(__file__).resolve().parents[2]
FACE = frame.Face(
    region="Приозёрная область",
    lead="Поддержка школ Приозёрной области",
    about="Опора — поддержка школ Приозёрной области.",
    help="8 (000) 000-00-00, по рабочим дням с 9 до 18",
    search="/search",
    cases="/cases",
    switch="/position",
    leave="/leave",
    substitutes="/people/substitutes",
    links=(frame.Link("Помощь", "/help"), frame.Link("Подлинность документа", "/verify")),
)
VISITOR = frame.Visitor(
    name="Седова М. П.",
    position="Муниципальный координатор",
    positions=(
        frame.Position("1", "Муниципальный координатор", "Управление образования, Верхнеозёрский район", current=True),
        frame.Position("3", "За Горелову А. И., куратора школы", "до 30 ноября, приказ от 16.11.2026 № 88-к"),
    ),
    sections=(frame.Section("tasks", "Мои задачи", "/p/tasks", 14), frame.Section("cases", "Дела школ", "/p/cases")),
)
REFUSALS = {
    "403": NotAllowed("Эту задачу может сделать только куратор школы", advice="Переключите должность вверху страницы."),
    "404": NotFound("Дела № 5 вам не видно"),
    "409": StaleCase("Пока вы заполняли, задачу уже сделал коллега"),
    "429": TooMany("Вход закрыт на 15 минут"),
}


def build_app() -> Flask:
    app = Flask("sample", static_folder=None)
    app.config.update(SECRET_KEY="not a secret: tests only", TESTING=False, COOKIES_SECURE=False)
    frame.init_frame(app, face=lambda: FACE, visitor=lambda: VISITOR, now=lambda: samples.NOW)
    drafts: list[dict] = []
    app.extensions["drafts"] = drafts

    @app.get("/p/<name>")
    def page(name: str):
        template, context = samplepages.PAGES.get(name) or abort(404)
        return render_template(
            template, crumbs=context.get("crumbs", [("Верхнеозёрский район", "/")]), **_less(context)
        )

    @app.route("/p/form", methods=["GET", "POST"])
    def form_page():
        return render_template("tasks/form.html", **samples.form_page(errors=request.args.get("clean") is None))

    @app.post("/drafts/17")
    def draft():
        drafts.append(request.form.to_dict())
        if app.config.get("DRAFT_CONFLICT"):
            return jsonify(message="Дроздова Е. К. изменила черновик в 14:31.", url="/p/form"), 409
        return jsonify(version=len(drafts) + 3, saved="14:32")

    @app.get("/sample/map.bpmn")
    def drawing():
        answer = make_response((ROOT / "tests/web/map.bpmn").read_text())
        answer.mimetype = "application/xml"
        return answer

    @app.get("/sample/state.json")
    def state():
        return jsonify(elements=[{"id": "start", "state": "done"}, {"id": "fill", "state": "now", "note": "2"}])

    @app.get("/sample/<name>")
    def part(name: str):
        if name == "files":
            return render_template("imports/_files.html", fragment=True, **{**sampleresults.IMPORT, "reading": False})
        return render_template("sample_part.html") if name == "x" else abort(404)

    @app.get("/refuse/<code>")
    def refuse(code: str):
        if code == "500":
            raise RuntimeError("seeded secret in the text of a failure")
        raise REFUSALS[code]

    @app.get("/api/v1/refuse/<code>")
    def refuse_api(code: str):
        raise REFUSALS[code]

    @app.post("/change")
    def change():
        return "changed"

    return app


def _less(context: dict) -> dict:
    return {key: value for key, value in context.items() if key != "crumbs"}


@pytest.fixture(scope="session")
def frame_app() -> Flask:
    return build_app()


@pytest.fixture
def frame_client(frame_app: Flask):
    return frame_app.test_client()


@pytest.fixture(scope="session")
def frame_site() -> Iterator[tuple[str, Flask]]:
    """Address of the sample site served on the loopback, and its application."""
    app = build_app()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", app
    server.shutdown()
