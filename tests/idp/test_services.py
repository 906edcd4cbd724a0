"""What one process verifies tokens with keeps up with what others delete."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp import services
from idp.user_pools.services import signing_keys
from kernel.tokens.errors import UnknownIssuer
from kernel.tokens.verification import Verifier
from tests.idp.user_pools.operations.world import World, quick_keys


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(signing_keys, "make", quick_keys)
    made = World(tmp_path)
    yield made
    made.kernel.close()
    made.close()


def test_tokens_of_a_deleted_pool_are_refused(world: World) -> None:
    provided = services.provide(world.kernel)
    verifier = Verifier(provided.issuers, provided.revocations, world.kernel.clock)
    kept, deleted = world.pool(), world.pool()
    for pool in (kept, deleted):
        pool.create_user("ada")
    others = kept.client().tokens("ada")["AccessToken"]
    token = deleted.client().tokens("ada")["AccessToken"]
    assert verifier.verify(token)["username"] == "ada"
    deleted.call("delete_user_pool")
    with pytest.raises(UnknownIssuer):
        verifier.verify(token)
    assert verifier.verify(others)["username"] == "ada"
