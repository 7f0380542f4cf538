"""Who works in the workload's region: three organisations with one person each."""

from __future__ import annotations

import sqlalchemy as sa

from app import regions
from app.db import Database
from app.people import passwords
from app.people.models import Person
from bench import workload
from tests.people import world

SCHOOL_YEAR = 2026
PASSWORD = "bench-password-2026"


def settle(db: Database) -> int:
    """Write the region; returns the id of the school that cases are about. Logins are the roles with dashes."""
    with db.write() as session:
        place = world.tree(session, regions.codes()[0])
        world.everybody(session, place)
        for role in workload.ROLES:
            person = session.scalars(sa.select(Person).where(Person.login == role.replace("_", "-"))).one()
            person.password_hash = passwords.hash_of(PASSWORD)
        return place.school_a.id
