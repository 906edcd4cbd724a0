"""A worker learns of revoked sign-ins, once, and not of those that are over."""

from __future__ import annotations

import jwt

from idp.user_pools.services.revocation_feed import RevocationFeed
from kernel.tokens.revocations import RevocationSet
from tests.idp.user_pools.operations.world import World, new_email


def test_revoked_sign_in_reaches_the_worker(world: World) -> None:
    pool, email = world.email_pool(), new_email()
    client = pool.client()
    pool.create_user(email)
    revoked, kept = (
        jwt.decode(client.tokens(email)["AccessToken"], options={"verify_signature": False})
        for _ in range(2)
    )
    token = client.tokens(email)["RefreshToken"]
    known = RevocationSet(world.time)
    feed = RevocationFeed(world.kernel, known)
    feed.read()
    assert not known.is_revoked(revoked)
    client.call("revoke_token", Token=token)
    feed.read()
    assert not known.is_revoked(kept)
    pool.call("admin_user_global_sign_out", Username=email)
    feed.read()
    assert known.is_revoked(revoked)
    assert known.is_revoked(kept)


def test_revocation_is_forgotten_with_the_last_token(world: World) -> None:
    pool, email = world.email_pool(), new_email()
    client = pool.client()
    pool.create_user(email)
    access = jwt.decode(client.tokens(email)["AccessToken"], options={"verify_signature": False})
    pool.call("admin_user_global_sign_out", Username=email)
    world.time.pass_days(1.1)
    known = RevocationSet(world.time)
    RevocationFeed(world.kernel, known).read()
    assert not known.is_revoked(access)
