"""Signing keys move with their pool as they are, or are made anew as the pool wants them."""

from __future__ import annotations

import jwt
import pytest

from tests.idp.user_pools.operations.world import AppClient
from tests.idp.user_pools.services.key_moves import configure, rotate, rows
from tests.poolgate.transfer.moves import exported, moved


@pytest.fixture
def source(make_world):
    return make_world()


@pytest.fixture
def client(source) -> AppClient:
    pool = source.pool()
    pool.create_user("ann")
    return pool.client()


def test_new_keys_are_of_the_pools_algorithm(source, client, make_world):
    configure(client.pool, signing_algorithm="ES256")
    world = make_world()
    content = exported(source, client.pool.id, with_signing_keys=False)
    there = moved(content, world, client.pool, client)
    token = there.tokens("ann")["AccessToken"]
    assert jwt.get_unverified_header(token)["alg"] == "ES256"
    assert world.public.get_user(AccessToken=token)["Username"] == "ann"


def test_a_rotation_under_way_moves_with_the_pool(source, client, make_world):
    before = client.tokens("ann")["AccessToken"]
    rotate(client.pool)
    world = make_world()
    there = moved(exported(source, client.pool.id), world, client.pool, client)
    assert world.public.get_user(AccessToken=before)["Username"] == "ann"
    ours, theirs = (
        [(row.kid, row.position, row.signs_since, row.retires) for row in rows(pool)]
        for pool in (client.pool, there.pool)
    )
    assert ours == theirs
    assert len(ours) == 3
