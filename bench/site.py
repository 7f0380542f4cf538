"""The product over the workload: its own site, database, engine and journal, with the workload's diagrams and forms.

python -m bench.site DATABASE_URL FOLDER PORT      serves it by one gunicorn worker
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Flask, redirect, request

from app import engine, wiring
from app.access import current_actor, requires
from app.cases import operations
from app.cases.handlers import Handlers, Opening
from app.cases.models import Task
from app.cases.move import Move
from app.cases.system import WORKFLOWS, System
from app.config import Settings
from app.db import utcnow
from app.ops.server import Gunicorn, options_for
from app.people.models import Position
from app.web import site
from app.web.parts import system as current_system
from bench import caseforms, diagrams, workload
from bench.people import SCHOOL_YEAR

bp = Blueprint("bench", __name__)


@bp.post("/bench/cases")
@requires("case.open")
def open_case() -> Any:
    """The product opens each kind of case from a page of its own; this one is for the workload's kind."""
    subject = int(request.form["subject"])
    case_id = operations.open_case(
        current_system(), "bench_case", subject, SCHOOL_YEAR, actor=current_actor(), now=utcnow()
    )
    return redirect(f"/cases/{case_id}", 303)


def _opening(session: Any, system: System, subject: Any, school_year: int, data: Any) -> Opening:
    return Opening(f"Поддержка школы «{subject.short_name}»", scope={"signers": [1, 2, 3]})


def _signer(move: Move, item: str | None) -> int | None:
    role = workload.ROLES[int(item or 1) - 1]
    return move.session.scalar(sa.select(Position.id).where(Position.role == role).order_by(Position.id).limit(1))


def _answered(move: Move, task: Task, answers: dict[str, Any]) -> None:
    """Every answer tells somebody, so that the outbox is part of what is measured."""
    move.post("mail", f"bench:{task.id}", template="bench", task=task.key)


HANDLERS = Handlers(
    kinds={"bench_case": _opening},
    forms=dict.fromkeys(caseforms.FORMS, _answered),
    roles={"bench_case.signer": _signer},
    openers={"bench_case": (workload.REGION,)},
    about={"bench_case": ("school",)},
)


def system(settings: Settings, folder: Path) -> System:
    """The product's whole system with the workload's process among its own."""
    caseforms.install()
    shutil.copytree(WORKFLOWS, folder / "workflows", dirs_exist_ok=True)
    diagrams.write(folder / "workflows")
    handlers = Handlers.join([*wiring.parts(), HANDLERS])
    return replace(wiring.build(settings), catalogue=engine.Catalogue(folder / "workflows"), handlers=handlers)


def create(url: str, folder: Path) -> Flask:
    """The product's site with one more page."""
    settings = Settings(
        database_url=url, files_dir=folder / "files", var_dir=folder, insecure_cookies=True, session_idle_minutes=600
    )
    blueprints, site.blueprints = site.blueprints, lambda: [*blueprints(), bp]
    try:
        return site.create(settings, system(settings, folder))
    finally:
        site.blueprints = blueprints


class Served(Gunicorn):
    """The product's own server with the workload's application in it."""

    def __init__(self, url: str, folder: Path, options: dict[str, Any]) -> None:
        self.url, self.folder = url, folder
        super().__init__(Settings(), options)

    def application(self) -> Flask:
        return create(self.url, self.folder)


def main(url: str, folder: str, port: str) -> None:
    Served(url, Path(folder), options_for("127.0.0.1", int(port), 1)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
