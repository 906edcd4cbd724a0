"""Alembic's entry: runs on the connection that the caller gives, against all mapped tables."""

from __future__ import annotations

from alembic import context

import migrations.models  # noqa: F401 - maps every table
from kernel.database import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
