"""The parts of the application joined: settings → database, published processes, regions, the rooms' handlers."""

from __future__ import annotations

from collections.abc import Sequence

from app import engine, regions
from app.cases.calendar import of_zone
from app.cases.handlers import Handlers
from app.cases.system import WORKFLOWS, System
from app.config import Settings
from app.db import Database
from app.files import FileStore


def parts() -> Sequence[Handlers]:
    """What the rooms declare about the processes whose facts they own."""
    from app.cases import common
    from app.diagnostics import decisions, expertise, surveys
    from app.documents import acts, approvals
    from app.identification import campaign, clarifications, objections, packs
    from app.programmes import assignments, resources, roadmap, support
    from app.schools import passports

    rooms = (common, campaign, objections, clarifications, packs, approvals, acts, passports, support)
    more = (surveys, decisions, expertise, roadmap, assignments, resources)
    return [room.HANDLERS for room in (*rooms, *more)]


def build(settings: Settings) -> System:
    """One process's application over the database that the settings name."""
    profiles = {code: regions.profile(code) for code in regions.codes()}
    calendars = {
        code: of_zone(profile.time_zone, (holiday.day for holiday in profile.holidays))
        for code, profile in profiles.items()
    }
    return System(
        db=Database(settings.database_url),
        catalogue=engine.Catalogue(WORKFLOWS),
        handlers=Handlers.join(parts()),
        profiles=profiles,
        calendars=calendars,
        files=FileStore(settings.files_dir, scanner=settings.virus_scan_command),
        base_url=settings.base_url,
    )
