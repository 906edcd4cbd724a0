"""A worker learns of revoked sign-ins, once, and not of those that are over."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import jwt
from sqlalchemy import text

from idp.models import Revocation
from idp.user_pools.services.issuers import issuer
from idp.user_pools.services.revocation_feed import RevocationFeed
from kernel.shared_state.in_process import InProcess
from kernel.tokens.revocations import RevocationSet
from tests.idp.user_pools.operations.world import World, new_email, new_name

ROOT = Path(__file__).parents[4]
POOL = "us-east-1_Elsewhere"

# As another worker revokes: with the same code, on the same database, and telling nobody.
ELSEWHERE = """
import sys
from datetime import UTC, datetime, timedelta
from flask import Flask
from idp.models import Revocation
from kernel.database import Database
from kernel.settings import parse

database = Database.attach(Flask("x"), parse({"instance": sys.argv[1]}))
print("ready", flush=True)
for name in sys.stdin:
    expires = datetime.now(UTC) + timedelta(days=30)  # other tests turn the clock
    row = Revocation(pool_id=sys.argv[2], origin_jti=name.strip(), expires=expires)
    database.write(lambda session: session.add(row))
    print("written", flush=True)
"""


@contextmanager
def another_process(world: World) -> Iterator[Callable[[str], None]]:
    """Revokes sign-ins by their `origin_jti`."""
    command = [sys.executable, "-c", ELSEWHERE, str(world.folder), POOL]
    process = subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    lines = process.stdout

    def revoke(name: str) -> None:
        print(name, file=process.stdin, flush=True)
        assert lines.readline() == "written\n"

    try:
        assert lines.readline() == "ready\n"
        yield revoke
    finally:
        process.stdin.close()
        process.wait()
        lines.close()


@contextmanager
def following(world: World) -> Iterator[RevocationSet]:
    """What a worker knows that follows, and is told nothing."""
    known = RevocationSet(world.time)
    feed = RevocationFeed(replace(world.kernel, shared_state=InProcess()), known)
    feed.start()
    yield known
    feed.stop()


def learns(world: World, known: RevocationSet, origin_jti: str, seconds: float = 5.0) -> bool:
    """Whether the sign-in counts as revoked within so long. The promise is a second; a machine
    that runs the whole suite at once gets more."""
    claims = {"iss": issuer(world.kernel.settings, POOL), "origin_jti": origin_jti, "sub": "x"}
    deadline = time.monotonic() + seconds
    while not known.is_revoked(claims) and time.monotonic() < deadline:
        time.sleep(0.01)
    return known.is_revoked(claims)


def revoke_here(world: World, origin_jti: str) -> None:
    expires = world.kernel.clock.now().replace(year=2100)
    row = Revocation(pool_id=POOL, origin_jti=origin_jti, expires=expires)
    world.kernel.database.write(lambda session: session.add(row))


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


def test_what_another_process_revokes_is_known_within_a_second(world: World) -> None:
    with another_process(world) as revoke, following(world) as known:
        for name in (new_name("sign-in"), new_name("sign-in")):
            revoke(name)
            assert learns(world, known, name)
        assert not known.is_revoked({"iss": issuer(world.kernel.settings, POOL), "sub": "x"})


def test_worker_that_starts_later_knows_what_was_revoked_before(world: World) -> None:
    name = new_name("sign-in")
    revoke_here(world, name)
    with following(world) as known:
        assert learns(world, known, name, seconds=0)


def test_announcement_is_followed_at_once(world: World) -> None:
    known, name = RevocationSet(world.time), new_name("sign-in")
    feed = RevocationFeed(world.kernel, known)
    feed.start()
    revoke_here(world, name)
    world.kernel.shared_state.publish("revocations", b"")
    assert learns(world, known, name, seconds=0.4)
    feed.stop()


def test_feed_outlives_an_error_of_the_database(world: World) -> None:
    def rename(before: str, after: str) -> None:
        statement = text(f"ALTER TABLE {before} RENAME TO {after}")
        world.kernel.database.write(lambda session: session.execute(statement))

    name = new_name("sign-in")
    with following(world) as known:
        rename("revocations", "away")
        time.sleep(0.7)  # at least one reading fails
        rename("away", "revocations")
        revoke_here(world, name)
        assert learns(world, known, name, seconds=10)  # the failures are being logged


def test_smaller_id_that_was_committed_later_is_not_missed(world: World) -> None:
    """PostgreSQL hands ids out before it commits."""
    late, early = new_name("sign-in"), new_name("sign-in")
    known = RevocationSet(world.time)
    feed = RevocationFeed(world.kernel, known)
    expires = world.kernel.clock.now().replace(year=2100)
    rows = [
        Revocation(id=number, pool_id=POOL, origin_jti=name, expires=expires)
        for number, name in ((1_000_001, early), (1_000_000, late))
    ]
    for row, name in zip(rows, (early, late), strict=True):
        world.kernel.database.write(lambda session, row=row: session.add(row))
        feed.read()
        assert learns(world, known, name, seconds=0)


def test_stopped_feed_leaves_no_thread(world: World) -> None:
    feed = RevocationFeed(world.kernel, RevocationSet(world.time))
    feed.start()
    feed.stop()
    assert not feed._follower.is_alive()
