from __future__ import annotations

from typing import Any

import pytest

from tests.idp.oauth.world import World, world
from tests.idp.scim.directory import Directory

__all__ = ["world"]

NAMES: dict[str, Any] = {"UsernameAttributes": [], "AutoVerifiedAttributes": []}
"""A pool whose people have usernames of their own."""


@pytest.fixture
def pool_id(world: World) -> str:
    custom = {"AttributeDataType": "String", "Mutable": True}
    schema = [{"Name": "tier", **custom}, {"Name": "badge", **custom, "Mutable": False}]
    return world.pool(**NAMES, Schema=schema)


@pytest.fixture
def directory(world: World, pool_id: str) -> Directory:
    return Directory.of(world, pool_id)


@pytest.fixture
def by_email(world: World) -> Directory:
    """Of a pool whose people's e-mail addresses are their usernames."""
    return Directory.of(world, world.pool(UsernameConfiguration={"CaseSensitive": False}))
