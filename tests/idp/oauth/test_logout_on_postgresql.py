"""Logout notices and devices where units of work run side by side."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from idp.models import LogoutNotice, RefreshFamily
from idp.user_pools.rules.grant_types import DEVICE_CODE
from idp.user_pools.services.logout_delivery import LogoutDelivery
from kernel.database import Base
from tests.idp.oauth.device_moves import let_in, page_of, poll
from tests.idp.oauth.moves import logout, signed_in
from tests.idp.oauth.world import LOGOUT, ORIGIN, TestClient, World
from tests.servers.relying_party import listening


@pytest.fixture
def world(tmp_path: Path, fresh_postgres_url: str) -> Iterator[World]:
    made = World(tmp_path, database_url=fresh_postgres_url, upstream_allow=["127.0.0.0/8"])
    Base.metadata.create_all(made.kernel.database.engine)
    yield made
    made.close()


def test_many_workers_deliver_each_notice_once(world: World, public_client: TestClient) -> None:
    with listening() as party:
        party.wait = 0.1
        world.register(public_client, backchannel_logout_uri=party.url)
        for _ in range(6):
            browser = world.browser()
            signed_in(world, browser, public_client)
            logout(browser, client_id=public_client.id, logout_uri=LOGOUT)
        assert len(world.rows(LogoutNotice)) == 6
        with ThreadPoolExecutor(4) as workers:
            jobs = [workers.submit(LogoutDelivery(world.kernel).deliver_due) for _ in range(4)]
            for job in jobs:
                job.result()
        assert len(party.tokens) == 6
        assert world.rows(LogoutNotice) == []


def test_of_parallel_sign_outs_one_leaves_a_notice(world: World, public_client: TestClient) -> None:
    world.register(public_client, backchannel_logout_uri="https://app.example/backchannel")
    browser = world.browser()
    signed_in(world, browser, public_client)
    cookie = browser.get_cookie(f"poolgate-session-{public_client.pool_id}", domain="localhost")
    assert cookie

    def leave(_: int) -> int:
        tab = world.browser()
        tab.set_cookie(
            f"poolgate-session-{public_client.pool_id}", cookie.value, domain="localhost"
        )
        return logout(tab, client_id=public_client.id, logout_uri=LOGOUT).status_code

    with ThreadPoolExecutor(4) as tabs:
        assert set(tabs.map(leave, range(4))) == {302}
    assert len(world.rows(LogoutNotice)) == 1


def test_of_parallel_polls_one_gets_the_tokens(world: World, public_client: TestClient) -> None:
    world.register(public_client, grant_types=[DEVICE_CODE])
    started = let_in(world, public_client, world.browser())
    with ThreadPoolExecutor(8) as devices:
        polls = [
            devices.submit(poll, world, public_client, started["device_code"]) for _ in range(8)
        ]
    assert [each.result().status_code for each in polls].count(200) == 1
    assert len(world.rows(RefreshFamily)) == 1


def test_a_burst_of_guesses_looks_at_no_more_codes(world: World, public_client: TestClient) -> None:
    def guess(number: int) -> str:
        letters = "BCDFGHJKLMNPQRSTVWXZ"
        address = page_of(public_client, f"BBBBBBB{letters[number]}")
        return world.browser().get(address, base_url=ORIGIN).text

    with ThreadPoolExecutor(8) as attackers:
        answers = list(attackers.map(guess, range(20)))
    assert sum("No device waits" in text for text in answers) == 10
