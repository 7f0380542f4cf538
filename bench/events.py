"""Very many records of the journal: a true chain, each hash made of the one before, so that it can be verified.

PostgreSQL makes the chain itself, a stretch in one statement; SQLite has no SHA-256 of its own, so there the product's
writer is used.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import journal
from app.cases.models import Case
from app.db import Database
from app.journal.models import ChainHead
from app.people.models import Person
from bench import crowd

SINCE = datetime(2024, 1, 1, tzinfo=UTC)
STRETCH = 500_000
RARE = 100_000
"""One record of so many is of a kind that is seldom looked for."""

CHAIN = r"""
WITH RECURSIVE known AS MATERIALIZED (SELECT min(id) AS lowest, count(*) AS number FROM "case"),
chain(n, at, kind, "case", body, hash) AS (
  SELECT seq, CAST(NULL AS timestamptz), CAST('' AS text), CAST(0 AS bigint), CAST('' AS text), hash FROM chain_head
  UNION ALL
  SELECT c.n + 1, r.at, r.kind, r."case", b.body, sha256(c.hash || convert_to(b.body, 'UTF8'))
  FROM chain c, known,
  LATERAL (SELECT CAST(:since AS timestamptz) + (c.n + 1) * interval '1 second' AS at,
                  CASE WHEN (c.n + 1) % :rare = 0 THEN 'case.paused' ELSE 'task.completed' END AS kind,
                  known.lowest + (c.n + 1) * 7919 % known.number AS "case") r,
  LATERAL (SELECT '{"actor":{"behalf_of"\:null,"person":' || CAST(:person AS bigint) || ',"position"\:1},"at":"'
                  || to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '","case":' || r."case"
                  || ',"data":{"form":"bench_t01","task":"t01","version":' || (c.n + 1) % 40 || '},"kind":"' || r.kind
                  || '","seq":' || (c.n + 1) || '}' AS body) b
  WHERE c.n < :last
), added AS (
  INSERT INTO event (seq, at, kind, case_id, person_id, body, hash)
  SELECT n, at, kind, "case", CAST(:person AS bigint), body, hash FROM chain WHERE at IS NOT NULL
)
UPDATE chain_head SET seq = chain.n, hash = chain.hash FROM chain WHERE chain.n = :last
"""


def fill(db: Database, count: int) -> None:
    """Bring the journal to `count` records, spread over all cases; one person did everything."""
    with db.read() as session:
        have = session.scalar(sa.select(ChainHead.seq)) or 0
        person = session.scalar(sa.select(sa.func.min(Person.id))) or 0
    with crowd.indexes_later(db, count - have, "event"):
        for last in range(min(have + STRETCH, count), count + 1, STRETCH) if have < count else ():
            _stretch(db, last, person)
        _stretch(db, count, person)
    crowd.settle(db)


def _stretch(db: Database, last: int, person: int) -> None:
    with db.write() as session:
        have = session.scalar(sa.select(ChainHead.seq)) or 0
        if have >= last:
            return
        crowd.trusted(session, crowd.dialect_of(db))
        if db.sqlite:
            _written(session, have, last)
        else:
            session.execute(sa.text(CHAIN), {"since": SINCE, "rare": RARE, "person": person, "last": last})


def _written(session: Session, have: int, last: int) -> None:
    """Records by the product's writer, some thousands at once; made by nobody."""
    lowest, number = session.execute(sa.select(sa.func.min(Case.id), sa.func.count())).one()
    for first in range(have + 1, last + 1, 5000):
        numbers = range(first, min(first + 5000, last + 1))
        records = [
            journal.Record(
                "case.paused" if n % RARE == 0 else "task.completed",
                {"form": "bench_t01", "task": "t01", "version": n % 40},
                lowest + n * 7919 % number,
            )
            for n in numbers
        ]
        journal.append_all(session, records, at=SINCE + timedelta(seconds=first))
