"""An installation with an order in force, its PDF and the scans that were uploaded on the way."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import regions
from app.cases.system import System
from app.documents import renditions
from app.documents.models import Document
from tests.campaign.conftest import loaded, ordered, ordered_system  # noqa: F401 - fixtures


@pytest.fixture(scope="session")
def region_code() -> str:
    return regions.codes()[0]


@pytest.fixture
def installation(ordered_system: System) -> System:  # noqa: F811 - the fixture above
    with ordered_system.db.read() as session:
        order = session.scalars(sa.select(Document).where(Document.kind == "list_act")).one()
    payload = {"document": order.id, "edition": order.edition, "purpose": "signed"}
    renditions.deliver(ordered_system, payload)
    return ordered_system
