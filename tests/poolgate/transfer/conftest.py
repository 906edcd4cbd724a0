from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from idp.user_pools.operations import pools as pool_operations
from poolgate.transfer import sealed_file
from tests.idp.user_pools.imports.import_world import ImportWorld
from tests.idp.user_pools.operations.world import _key_pair, quick_keys


@pytest.fixture
def make_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., ImportWorld]]:
    """Servers, each with a sealing key of its own unless it is said."""
    _key_pair()
    monkeypatch.setattr(pool_operations.signing_keys, "make", quick_keys)
    monkeypatch.setattr(sealed_file, "MEMORY_KIB", 64)
    monkeypatch.setattr(sealed_file, "PASSES", 1)
    made: list[ImportWorld] = []

    def make(database_url: str | None = None, *, key: bytes | None = None) -> ImportWorld:
        folder = tmp_path / f"server-{len(made)}"
        folder.mkdir()
        world = ImportWorld(folder, database_url)
        keys = world.kernel.sealer.keys
        assert isinstance(keys, dict)
        keys[1] = key or bytes([len(made)]) * 32
        made.append(world)
        return world

    yield make
    for world in made:
        world.close()
