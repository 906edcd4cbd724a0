from __future__ import annotations

import pytest

from tests.idp.oauth.world import Pkce, TestClient, World, world

__all__ = ["world"]


@pytest.fixture
def pool_id(world: World) -> str:
    made = world.pool()
    world.user(made)
    return made


@pytest.fixture
def public_client(world: World, pool_id: str) -> TestClient:
    return world.client(pool_id)


@pytest.fixture
def confidential_client(world: World, pool_id: str) -> TestClient:
    return world.client(pool_id, confidential=True)


@pytest.fixture
def proof() -> Pkce:
    return Pkce()
