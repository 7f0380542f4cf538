"""«Опора»: the application's parts joined; nothing else stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.cases.system import System
    from app.config import Settings


def create_app(settings: Settings | None = None, system: System | None = None) -> Flask:
    """The WSGI application: pages and REST over one system."""
    from app import config, wiring
    from app.web import site

    settings = settings or config.load()
    return site.create(settings, system or wiring.build(settings))
