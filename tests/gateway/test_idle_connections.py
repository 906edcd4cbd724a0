"""Connections to backends that nobody asks for any more are closed."""

from __future__ import annotations

import pytest

from gateway.integrations import pool as pools
from gateway.integrations.endpoint import Endpoint
from gateway.integrations.exchange import exchange_whole
from gateway.integrations.message import UpstreamRequest
from gateway.integrations.pool import UpstreamPool
from kernel.outbound import AddressGuard
from tests.gateway.conftest import ok


@pytest.fixture
def pool():
    made = UpstreamPool(AddressGuard(), trusted=True)
    yield made
    made.close()


def _ask(pool: UpstreamPool, url: str) -> None:
    origin = Endpoint.compile(url, {}).origin
    request = UpstreamRequest(origin, "GET", "/", (), 5, origin.authority)
    assert exchange_whole(pool, request, b"", 100).status == 200


def _open(pool: UpstreamPool) -> int:
    return sum(each.open for each in pool._origins.values())


def test_traffic_to_one_backend_closes_what_rests_of_another(pool, upstream, monkeypatch):
    once, often = upstream(ok()), upstream(ok())
    _ask(pool, once.url)
    _ask(pool, often.url)
    assert _open(pool) == 2
    monkeypatch.setattr(pools, "IDLE_SECONDS", -1.0)  # whatever rests has rested for too long
    pool._next_sweep = 0.0
    _ask(pool, often.url)
    assert _open(pool) == 0


def test_an_origin_keeps_a_bounded_number(pool, upstream, monkeypatch):
    monkeypatch.setattr(pools, "IDLE_PER_ORIGIN", 2)
    target = upstream(ok())
    origin = Endpoint.compile(target.url, {}).origin
    taken = [pool.take(origin, pools.Patience(5)) for _ in range(4)]
    for each in taken:
        pool.give_back(origin, each)
    assert _open(pool) == 2


def test_what_is_given_back_to_a_closed_pool_is_closed(pool, upstream):
    target = upstream(ok())
    origin = Endpoint.compile(target.url, {}).origin
    taken = pool.take(origin, pools.Patience(5))
    pool.close()
    pool.give_back(origin, taken)
    assert _open(pool) == 0
