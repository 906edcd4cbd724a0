"""Alembic's entry: runs on the connection that the caller gives, against all mapped tables."""

from __future__ import annotations

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext

import migrations.models  # noqa: F401 - maps every table
from kernel.database import Base, Document, UtcDateTime


def render_item(kind: str, item: Any, autogenerate: AutogenContext) -> str | bool:
    """Write our own column types as what they are: a revision must not change with our code."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if item is Document:
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=render_item,
    # SQLite cannot alter most things in place; a batch copies the table instead.
    render_as_batch=context.config.attributes.get("batches", True),
)
with context.begin_transaction():
    context.run_migrations()
