"""Alembic's environment: the connection is handed in by `bot.migrations`."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from bot.channels import webchat_store  # noqa: F401 - its table belongs to the metadata
from bot.packs import rows  # noqa: F401 - and these
from bot.tables import Base

connection = context.config.attributes["connection"]
if connection.dialect.name == "postgresql":
    # Two processes that start together: the second waits for the first.
    connection.execute(text("select pg_advisory_xact_lock(7646)"))
context.configure(
    connection=connection, target_metadata=Base.metadata, render_as_batch=True, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
