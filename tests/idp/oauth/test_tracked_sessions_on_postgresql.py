"""A browser session that is revoked while it is used: PostgreSQL runs both side by side."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from idp.errors import SessionNotFound
from kernel.database import Base
from tests.idp.oauth.moves import authorize, listed, revoke, track
from tests.idp.oauth.world import Pkce, TestClient, World, query_of

ROUNDS = 8


@pytest.fixture
def world(tmp_path: Path, fresh_postgres_url: str) -> Iterator[World]:
    made = World(tmp_path, database_url=fresh_postgres_url)
    Base.metadata.create_all(made.kernel.database.engine)
    yield made
    made.close()


def end(world: World) -> None:
    for sso in listed(world)["sso"]:
        with suppress(SessionNotFound):
            revoke(world, sso.id, linked=True)


def nothing_is_left(world: World, client: TestClient, proof: Pkce, answer: Any) -> bool:
    """Neither a code that buys tokens, nor tokens that open anything."""
    if answer.status_code == 200:
        return world.user_info(answer.json["access_token"]).status_code == 401
    code = query_of(answer).get("code") if answer.status_code in {302, 303} else None
    if code is None:
        return True
    return world.redeem(client, code, code_verifier=proof.verifier).status_code == 400


def test_code_that_is_redeemed_meanwhile_buys_nothing_that_lasts(
    world: World, public_client: TestClient
) -> None:
    track(world, public_client.pool_id)
    for _ in range(ROUNDS):
        proof = Pkce()
        code = world.code(public_client, **proof.parameters)
        with ThreadPoolExecutor(2) as pool:
            redeemed = pool.submit(world.redeem, public_client, code, code_verifier=proof.verifier)
            pool.submit(end, world).result()
        assert nothing_is_left(world, public_client, proof, redeemed.result())
        assert listed(world) == {"tkn": [], "sso": []}


def test_code_that_is_asked_for_meanwhile_buys_nothing(
    world: World, public_client: TestClient
) -> None:
    track(world, public_client.pool_id)
    for _ in range(ROUNDS):
        proof, browser = Pkce(), world.browser()
        world.sign_in(browser, public_client, **Pkce().parameters)
        with ThreadPoolExecutor(2) as pool:
            asked = pool.submit(authorize, world, public_client, browser, **proof.parameters)
            pool.submit(end, world).result()
        assert nothing_is_left(world, public_client, proof, asked.result())
        assert listed(world)["tkn"] == []
