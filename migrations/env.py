"""Alembic's entry: one connection that does not wait long for others, and nothing done by halves."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import context

from app.models import metadata

url = sa.engine.make_url(context.config.attributes["url"])
seconds = context.config.attributes["lock_seconds"]
sqlite = url.get_backend_name() == "sqlite"
if sqlite and url.database:
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)

# Without a pool the lock below goes with the connection, however the migrations end.
engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"timeout": seconds} if sqlite else {})
if sqlite:

    @sa.event.listens_for(engine, "connect")
    def _by_hand(connection, _record) -> None:
        connection.isolation_level = None  # the driver would commit before every statement that makes or alters a table

    @sa.event.listens_for(engine, "begin")
    def _begin(connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


with engine.connect() as connection:
    if not sqlite:
        connection.exec_driver_sql(f"SET lock_timeout = '{seconds}s'")
        connection.exec_driver_sql("SELECT pg_advisory_lock(715517)")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        transaction_per_migration=not sqlite,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
