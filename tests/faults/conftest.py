"""The worker's small region for faults that need no campaign."""

from tests.worker.conftest import clock, db_url, folder, inbox, peopled, petition, region, system

__all__ = ["clock", "db_url", "folder", "inbox", "peopled", "petition", "region", "system"]
