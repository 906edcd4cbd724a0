from __future__ import annotations

from collections.abc import Iterator

import pytest

from idp.user_pools.operations import pools as pool_operations
from tests.idp.user_pools.imports.import_world import ImportWorld
from tests.idp.user_pools.operations.world import Pool, _key_pair, quick_keys


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImportWorld]:
    _key_pair()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool_operations.signing_keys, "make", quick_keys)
        made = ImportWorld(tmp_path_factory.mktemp("imports"))
        yield made
        made.close()


@pytest.fixture
def pool(world: ImportWorld) -> Pool:
    return world.pool(AutoVerifiedAttributes=["email"])
