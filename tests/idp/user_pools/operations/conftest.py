from __future__ import annotations

from collections.abc import Iterator

import pytest

from idp.user_pools.operations import pools as pool_operations
from tests.idp.user_pools.operations.world import World, _key_pair, quick_keys


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One identity provider for the tests of a module; each test makes pools of its own."""
    _key_pair()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool_operations.signing_keys, "make", quick_keys)
        made = World(tmp_path_factory.mktemp("idp"))
        yield made
        made.close()
