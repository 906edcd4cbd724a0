from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.user_pools.operations import pools as pool_operations
from tests.idp.user_pools.operations.world import World, quick_keys


@pytest.fixture
def world(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An identity provider on an empty SQLite file, and on an empty PostgreSQL database."""
    monkeypatch.setattr(pool_operations.signing_keys, "make", quick_keys)
    made = World(tmp_path, database_url)
    yield made
    made.close()
