"""One Alembic history for all models, applied by `poolgate init` and `poolgate serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0006"
"""The newest revision. A test compares it with the history: reading that takes Alembic, whose
import alone is a tenth of a start."""

# Any number that nothing else on the server locks by; two nodes may start at once.
ADVISORY_LOCK = 7_066_544_283_501


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest revision, in one transaction."""
    from alembic import command

    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        command.upgrade(_configuration(connection=connection), "head")


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest revision."""
    with engine.connect() as connection:
        return _revision(connection) == HEAD


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _configuration(**attributes: object) -> Config:
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent))
    configuration.attributes.update(attributes)
    return configuration
