"""A pool's keys are sealed for their row, signed with by the first, and published by both."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from idp.errors import PoolNotFound
from idp.models import PoolSigningKey
from idp.user_pools.services import signing_keys
from idp.user_pools.services.signing_keys import SigningKeys
from kernel.configuration import KeptConfiguration
from kernel.sealing import Sealer, Unsealable
from kernel.tokens.keys import SigningKey
from tests.idp.user_pools.operations.world import Pool, World
from tests.idp.user_pools.services.key_moves import rows

PRIVATE_PARTS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def opened(pool: Pool, sealer: Sealer | None = None) -> SigningKeys:
    """As another process holds them."""
    kernel = pool.world.kernel
    return SigningKeys(kernel.database, sealer or kernel.sealer, KeptConfiguration())


def test_two_keys_are_made_and_the_first_signs(world: World) -> None:
    pool = world.pool()
    pool.create_user("ada")
    token = pool.client().tokens("ada")["AccessToken"]
    first, second = rows(pool)
    assert jwt.get_unverified_header(token)["kid"] == first.kid
    assert first.kid != second.kid
    key: Any = jwt.PyJWK(first.public_jwk).key
    assert jwt.decode(token, key, algorithms=["RS256"])["token_use"] == "access"


def test_published_keys_hold_nothing_private(world: World) -> None:
    pool = world.pool()
    published = opened(pool).public(pool.id)
    assert [key["kid"] for key in published] == [row.kid for row in rows(pool)]
    for key in published:
        assert set(key) == {"alg", "e", "kid", "kty", "n", "use"}
        assert not PRIVATE_PARTS & set(key)


def test_private_key_is_sealed_for_its_row(world: World) -> None:
    pool, sealer = world.pool(), world.kernel.sealer
    first, second = rows(pool)
    assert b"PRIVATE KEY" not in first.sealed_private_key
    pem = sealer.open(first.sealed_private_key, f"signing-key:{first.kid}")
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----")
    for purpose in (f"signing-key:{second.kid}", "signing-key:", f"client-secret:{first.kid}"):
        with pytest.raises(Unsealable):
            sealer.open(first.sealed_private_key, purpose)


def test_key_moved_into_another_pools_row_does_not_open(world: World) -> None:
    """Whoever can write to the database cannot make one pool sign with another's key."""
    mine, theirs = world.pool(), world.pool()
    stolen, kid = rows(theirs)[0].sealed_private_key, rows(mine)[0].kid

    def swap(session: Any) -> None:
        session.get_one(PoolSigningKey, kid).sealed_private_key = stolen

    world.kernel.database.write(swap)
    with pytest.raises(Unsealable):
        opened(mine).signer(mine.id)


def test_keys_do_not_open_under_another_sealing_key(world: World) -> None:
    pool = world.pool()
    with pytest.raises(Unsealable):
        opened(pool, Sealer({1: bytes([1]) * 32})).signer(pool.id)


def test_signer_is_opened_once(world: World) -> None:
    pool = world.pool()
    keys = opened(pool)
    assert isinstance(keys.signer(pool.id), SigningKey)
    assert keys.signer(pool.id) is keys.signer(pool.id)


def test_pool_that_does_not_exist_has_no_keys(world: World) -> None:
    keys = opened(world.pool())
    assert keys.public("us-east-1_Absent") == []
    for _ in range(2):  # a failure is not remembered
        with pytest.raises(PoolNotFound):
            keys.signer("us-east-1_Absent")


def test_keys_disappear_with_the_pool(world: World) -> None:
    pool = world.pool()
    pool.call("delete_user_pool")
    assert rows(pool) == []
    assert opened(pool).public(pool.id) == []


def test_every_key_is_another_one() -> None:
    first, second = signing_keys.make(2)
    assert first.kid != second.kid
    moduli = {key.private_key.public_key().public_numbers().n for key in (first, second)}
    assert len(moduli) == 2
    assert min(modulus.bit_length() for modulus in moduli) == 2048
