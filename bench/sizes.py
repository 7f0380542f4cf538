"""Bytes of a database without its holes: what cases cost to keep."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import Database

TABLES = (
    "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)


def of(db: Database) -> int:
    """All tables with their indexes, rewritten first."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if db.sqlite:
            connection.exec_driver_sql("VACUUM")
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        connection.exec_driver_sql("VACUUM FULL ANALYZE")
        return connection.execute(sa.text(TABLES)).scalar_one()
