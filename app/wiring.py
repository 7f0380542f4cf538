"""The parts of the application joined: settings → database, published processes, regions, the rooms' handlers."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from app import engine, regions
from app.cases.calendar import of_zone
from app.cases.handlers import Handlers
from app.cases.system import WORKFLOWS, System
from app.config import Settings
from app.db import Database
from app.errors import Refused
from app.files import FileStore
from app.replica import Replica

ROOMS = (
    "app.cases.common",
    "app.identification.campaign",
    "app.identification.intake",
    "app.identification.objections",
    "app.identification.clarifications",
    "app.identification.packs",
    "app.documents.approvals",
    "app.documents.acts",
    "app.schools.passports",
    "app.programmes.support",
    "app.programmes.transfer",
    "app.schools.reorganisation",
    "app.schools.reorganisation_day",
    "app.diagnostics.decisions",
    "app.diagnostics.expertise",
    "app.diagnostics.surveys",
    "app.programmes.assignments",
    "app.programmes.resources",
    "app.programmes.roadmap",
    "app.teachers.processes",
    "app.programmes.mentoring.process",
    "app.programmes.mentoring.visits",
    "app.documents.opening",
    "app.programmes.municipal",
    "app.programmes.recommendations",
    "app.programmes.requests",
    "app.programmes.work",
    "app.programmes.evaluation",
    "app.programmes.exit_orders",
    "app.programmes.pairs",
    "app.programmes.mentoring.replies",
    "app.programmes.registries",
    "app.programmes.help_registries",
    "app.teachers.registries",
    "app.diagnostics.registries",
    "app.documents.registries",
)


def parts() -> Sequence[Handlers]:
    """What the rooms declare about the processes whose facts they own."""
    return [import_module(room).HANDLERS for room in ROOMS]


def standby(settings: Settings) -> Replica | None:
    """The standby of the settings; Refused when there cannot be one."""
    if not settings.replica_url:
        return None
    if not (settings.database_url.startswith("postgresql") and settings.replica_url.startswith("postgresql")):
        raise Refused("OPORA_REPLICA_URL бывает только у базы PostgreSQL.", advice="Уберите OPORA_REPLICA_URL.")
    return Replica(settings.replica_url, settings.replica_lag_seconds)


def build(settings: Settings) -> System:
    """One process's application over the database that the settings name."""
    profiles = {code: regions.profile(code) for code in regions.codes()}
    calendars = {
        code: of_zone(profile.time_zone, (holiday.day for holiday in profile.holidays))
        for code, profile in profiles.items()
    }
    return System(
        db=Database(settings.database_url, replica=standby(settings)),
        catalogue=engine.Catalogue(WORKFLOWS),
        handlers=Handlers.join(parts()),
        profiles=profiles,
        calendars=calendars,
        files=FileStore(settings.files_dir, scanner=settings.virus_scan_command),
        base_url=settings.base_url,
    )
