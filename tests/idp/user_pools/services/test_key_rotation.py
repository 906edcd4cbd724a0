"""Keys take turns while tokens stay good; a leaked one is gone in every worker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest

from idp import key_schedule
from idp.errors import PoolNotFound
from idp.models import PoolSigningKey
from idp.user_pools.rules.key_rotation import PUBLISHED_BEFORE_SIGNING, RETIRING, Turn
from idp.user_pools.services import oauth_settings, signing_keys
from idp.user_pools.services.issuers import issuer, pool_of_issuer
from idp.user_pools.services.key_feed import KeyFeed
from idp.user_pools.services.key_rotation import EVERY, SIGNING, UnknownSigningKey
from idp.user_pools.services.signing_keys import SigningKeys
from kernel.configuration import KeptConfiguration
from kernel.shared_state.in_process import InProcess
from kernel.tokens.errors import InvalidToken
from kernel.tokens.issuers import LocalIssuers
from kernel.tokens.revocations import RevocationSet
from kernel.tokens.verification import Verifier
from tests.idp.user_pools.operations.world import AppClient, Pool, World, at_once, new_name
from tests.idp.user_pools.services.key_moves import configure, rotate, rows, wait

WAIT = PUBLISHED_BEFORE_SIGNING.total_seconds()


@pytest.fixture
def client(world: World) -> AppClient:
    pool = world.pool()
    pool.create_user("ada")
    return pool.client(AccessTokenValidity=24)


def signed_by(client: AppClient) -> dict[str, Any]:
    """The header of a new access token."""
    return jwt.get_unverified_header(client.tokens("ada")["AccessToken"])


@contextmanager
def another_worker(world: World) -> Iterator[tuple[Verifier, SigningKeys]]:
    """What it verifies and signs with. It follows the database, and is told nothing."""
    kernel = replace(world.kernel, shared_state=InProcess(), configuration=KeptConfiguration())
    keys = SigningKeys(kernel.database, kernel.sealer, kernel.configuration)
    issuers = LocalIssuers(
        lambda iss: keys.public(pool_of_issuer(kernel.settings, iss) or "") or None
    )
    feed = KeyFeed(kernel, issuers)
    feed.start()
    yield Verifier(issuers, RevocationSet(world.time), kernel.clock), keys
    feed.stop()


def is_refused(verifier: Verifier, token: str) -> bool:
    try:
        verifier.verify(token)
    except InvalidToken:
        return True
    return False


def within(seconds: float, holds: Any) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(holds())


def test_the_waiting_key_signs_and_the_old_one_still_verifies(client: AppClient) -> None:
    pool, world = client.pool, client.pool.world
    first, second = rows(pool)
    before = client.tokens("ada")["AccessToken"]
    wait(world, WAIT)
    done = rotate(pool, Turn.IF_READY)
    assert done.plan.turned
    assert signed_by(client)["kid"] == second.kid
    assert world.public.get_user(AccessToken=before)["Username"]
    after = rows(pool)
    assert [row.position for row in after] == [0, 1, 2]
    assert (after[0].kid, after[2].kid) == (second.kid, first.kid)
    now = world.kernel.clock.now()
    assert (after[0].signs_since, after[1].signs_since) == (now, None)
    assert [row.retires for row in after] == [None, None, now + RETIRING]


def test_a_young_key_makes_the_operator_wait(client: AppClient) -> None:
    first, second = rows(client.pool)
    done = rotate(client.pool, Turn.IF_READY)
    assert not done.plan.turned
    assert done.plan.ready == second.created + PUBLISHED_BEFORE_SIGNING
    assert signed_by(client)["kid"] == first.kid


def test_a_retired_key_is_deleted_when_its_last_token_has_expired(client: AppClient) -> None:
    pool, world = client.pool, client.pool.world
    first = rows(pool)[0].kid
    rotate(pool)
    wait(world, RETIRING.total_seconds() - 1)
    key_schedule.rotate_due(world.kernel)
    assert first in {row.kid for row in rows(pool)}
    wait(world, 1)
    key_schedule.rotate_due(world.kernel)
    assert first not in {row.kid for row in rows(pool)}
    assert len(rows(pool)) == 2


def test_the_schedule_rotates_and_rotates_once(client: AppClient) -> None:
    pool, world = client.pool, client.pool.world
    first, second = (row.kid for row in rows(pool))
    configure(pool, signing_key_days=30)
    wait(world, timedelta(days=30).total_seconds() - 10)
    key_schedule.rotate_due(world.kernel)
    assert signed_by(client)["kid"] == first
    wait(world, 10)
    for _ in range(3):
        key_schedule.rotate_due(world.kernel)
    assert signed_by(client)["kid"] == second
    assert len(rows(pool)) == 3


def test_the_job_looks_by_itself_and_one_worker_at_a_time(
    client: AppClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, world = client.pool, client.pool.world
    second = rows(pool)[1].kid
    configure(pool, signing_key_days=30)
    wait(world, timedelta(days=30).total_seconds())
    monkeypatch.setattr(key_schedule.KeySchedule, "seconds", 0.01)
    kernel = replace(world.kernel, shared_state=InProcess())
    jobs = [key_schedule.KeySchedule(kernel) for _ in range(2)]
    for job in jobs:
        job.start()
    assert within(5, lambda: rows(pool)[0].kid == second)
    for job in jobs:
        job.stop()
    assert len(rows(pool)) == 3


def test_another_algorithm_is_published_two_hours_before_it_signs(client: AppClient) -> None:
    pool, world = client.pool, client.pool.world
    before = client.tokens("ada")["AccessToken"]
    configure(pool, signing_algorithm="ES256")
    key_schedule.rotate_due(world.kernel)
    assert signed_by(client)["alg"] == "RS256"
    assert [row.public_jwk["alg"] for row in rows(pool)] == ["RS256", "ES256"]
    wait(world, WAIT - 1)
    key_schedule.rotate_due(world.kernel)
    assert signed_by(client)["alg"] == "RS256"
    wait(world, 1)
    key_schedule.rotate_due(world.kernel)
    assert signed_by(client) == {"alg": "ES256", "kid": rows(pool)[0].kid}
    assert [row.public_jwk["alg"] for row in rows(pool)] == ["ES256", "ES256", "RS256"]
    assert world.public.get_user(AccessToken=before)["Username"] is not None


def test_a_leaked_key_is_gone_at_once(client: AppClient) -> None:
    pool, world = client.pool, client.pool.world
    first, second = (row.kid for row in rows(pool))
    tokens = client.tokens("ada")
    done = rotate(pool, Turn.WHEN_DUE, SIGNING)
    signing_keys.announce_withdrawal(world.kernel, pool.id)
    world.issuers.forget(issuer(world.kernel.settings, pool.id))
    assert done.plan.gone == {first}
    assert first not in {row.kid for row in rows(pool)}
    with pytest.raises(world.public.exceptions.NotAuthorizedException):
        world.public.get_user(AccessToken=tokens["AccessToken"])
    refreshed = client.refresh(tokens["RefreshToken"])["AuthenticationResult"]
    assert jwt.get_unverified_header(refreshed["AccessToken"])["kid"] == second
    assert world.public.get_user(AccessToken=refreshed["AccessToken"])


def test_every_key_can_be_withdrawn_and_any_single_one(client: AppClient) -> None:
    pool = client.pool
    before = {row.kid for row in rows(pool)}
    rotate(pool, Turn.WHEN_DUE, EVERY)
    after = [row.kid for row in rows(pool)]
    assert before.isdisjoint(after)
    assert len(after) == 2
    rotate(pool)
    rotate(pool, Turn.WHEN_DUE, after[0])
    assert after[0] not in {row.kid for row in rows(pool)}
    assert signed_by(client)["kid"] == after[1]
    with pytest.raises(UnknownSigningKey):
        rotate(pool, Turn.WHEN_DUE, "made-up")


def test_another_worker_notices_a_leak_within_a_second(client: AppClient) -> None:
    pool = client.pool
    with another_worker(pool.world) as (verifier, keys):
        token = client.tokens("ada")["AccessToken"]
        for _ in range(2):
            verifier.verify(token)
        assert keys.signer(pool.id).kid == jwt.get_unverified_header(token)["kid"]
        rotate(pool, Turn.WHEN_DUE, SIGNING)
        # The promise is a second; a machine that runs the whole suite at once gets more.
        assert within(5, lambda: is_refused(verifier, token))
        assert within(5, lambda: keys.signer(pool.id).kid == rows(pool)[0].kid)
        verifier.verify(client.tokens("ada")["AccessToken"])


def test_another_worker_takes_a_key_that_signed_at_once(client: AppClient) -> None:
    """Nobody shall be refused because he meets a worker that has not heard of the new key."""
    with another_worker(client.pool.world) as (verifier, _keys):
        verifier.verify(client.tokens("ada")["AccessToken"])
        rotate(client.pool, Turn.WHEN_DUE, EVERY)
        verifier.verify(client.tokens("ada")["AccessToken"])


def test_a_worker_signs_with_the_key_of_the_configuration_that_it_has_read(
    client: AppClient,
) -> None:
    """No token is signed by a key that was withdrawn before its request began."""
    for _ in range(3):
        rotate(client.pool, Turn.WHEN_DUE, SIGNING)
        assert signed_by(client)["kid"] == rows(client.pool)[0].kid


def test_rotations_at_the_same_time_rotate_once(client: AppClient) -> None:
    pool = client.pool
    first, second = (row.kid for row in rows(pool))
    wait(pool.world, WAIT)
    works = [lambda: rotate(pool, Turn.IF_READY)] * 4
    assert at_once(*works) == ["ok"] * 4
    assert [row.kid for row in rows(pool)][::2] == [second, first]
    assert len(rows(pool)) == 3


def test_rotation_of_one_pool_leaves_others_alone(client: AppClient) -> None:
    other = client.pool.world.pool()
    before = [row.kid for row in rows(other)]
    rotate(client.pool, Turn.WHEN_DUE, EVERY)
    assert [row.kid for row in rows(other)] == before


def test_a_pool_that_is_not_there_cannot_be_rotated(client: AppClient) -> None:
    absent = Pool(client.pool.world, "us-east-1_Absent")
    with pytest.raises(PoolNotFound):
        rotate(absent)


def test_a_deleted_pool_gets_no_keys(world: World) -> None:
    pool = world.pool()
    configure(pool, signing_key_days=1)
    pool.call("delete_user_pool")
    wait(world, timedelta(days=2).total_seconds())
    key_schedule.rotate_due(world.kernel)
    assert rows(pool) == []


def test_a_pool_that_is_being_imported_is_left_alone(world: World) -> None:
    pool = world.pool()
    configure(pool, signing_key_days=1)

    def take(session: Any) -> None:
        for row in session.query(PoolSigningKey).filter_by(pool_id=pool.id):
            session.delete(row)

    world.kernel.database.write(take)
    key_schedule.rotate_due(world.kernel)
    assert rows(pool) == []


def test_unusable_settings_of_one_pool_stop_no_other(client: AppClient) -> None:
    pool, world = client.pool, client.pool.world
    broken = world.pool()
    configure(broken, signing_key_days=1)

    def spoil(session: Any) -> None:
        found = oauth_settings.documents.find(session, broken.id, "oauth", "pool", to_change=True)
        found.document = {"signing_key_days": "often"}

    world.kernel.database.write(spoil)
    configure(pool, signing_key_days=1)
    second = rows(pool)[1].kid
    wait(world, timedelta(days=1).total_seconds())
    key_schedule.rotate_due(world.kernel)
    assert rows(pool)[0].kid == second


def test_new_keys_are_sealed_for_their_rows(client: AppClient) -> None:
    pool, sealer = client.pool, client.pool.world.kernel.sealer
    configure(pool, signing_algorithm="EdDSA")
    rotate(pool)
    for row in rows(pool):
        assert b"PRIVATE KEY" not in row.sealed_private_key
        pem = sealer.open(row.sealed_private_key, f"signing-key:{row.kid}")
        assert pem.startswith(b"-----BEGIN PRIVATE KEY-----")


def test_the_feed_compares_only_after_a_change(world: World, client: AppClient) -> None:
    """Two statements in a second are all that an idle worker asks of the database."""
    asked: list[list[str]] = []

    class Counting(LocalIssuers):
        def known(self) -> list[str]:
            asked.append(super().known())
            return asked[-1]

    feed = KeyFeed(world.kernel, Counting())
    for _ in range(3):
        feed.read()
    assert len(asked) == 1
    client.pool.call("create_group", GroupName=new_name())
    feed.read()
    configure(client.pool, signing_key_days=1)
    feed.read()
    assert len(asked) == 2
