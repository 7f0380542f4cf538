"""Alembic's entry: one connection, one transaction a migration, short lock timeouts."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import context

from app.models import metadata

url = sa.engine.make_url(context.config.attributes["url"])
if url.get_backend_name() == "sqlite" and url.database:
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)

engine = sa.create_engine(url)
with engine.connect() as connection:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET lock_timeout = '4s'")
        connection.exec_driver_sql("SELECT pg_advisory_lock(715517)")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
