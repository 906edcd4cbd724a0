"""Units of work on an empty database of each kind: what the storage suite runs on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from kernel import settings
from kernel.database import Base, Database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, in the form of the setting `database_url`."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'poolgate.db'}"
    url: str = request.getfixturevalue("fresh_postgres_url")
    return url


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """Units of work; the tables of every model that the test module has imported exist."""
    values = {"instance": str(tmp_path), "database_url": database_url}
    attached = Database.attach(Flask("storage"), settings.parse(values))
    Base.metadata.create_all(attached.engine)
    yield attached
    attached.engine.dispose()
