from __future__ import annotations

import socket
import time

import pytest

from gateway.integrations import pool as pools
from gateway.integrations.connection import Patience
from gateway.integrations.endpoint import Endpoint, Origin
from gateway.integrations.errors import UpstreamTimedOut, UpstreamUnavailable
from gateway.integrations.exchange import exchange
from gateway.integrations.message import UpstreamRequest
from gateway.integrations.pool import UpstreamPool
from kernel.outbound import AddressGuard
from tests.gateway.conftest import ok


@pytest.fixture
def pool():
    made = UpstreamPool(AddressGuard(), trusted=True, connections_per_origin=2)
    yield made
    made.close()


def _origin(url: str) -> Origin:
    return Endpoint.compile(url, {}).origin


def _get(url: str) -> UpstreamRequest:
    endpoint = Endpoint.compile(url, {})
    return UpstreamRequest(endpoint.origin, "GET", "/", (), 5.0, endpoint.authority)


def test_an_idle_connection_is_taken_again(pool, upstream):
    origin = _origin(upstream(ok()).url)
    first = pool.take(origin, Patience(5))
    pool.give_back(origin, first)

    assert pool.take(origin, Patience(5)) is first
    pool.drop(origin, first)


def test_connections_are_bounded_by_origin(pool, upstream):
    origin, other = _origin(upstream(ok()).url), _origin(upstream(ok()).url)
    taken = [pool.take(origin, Patience(5)) for _ in range(2)]

    with pytest.raises(UpstreamUnavailable, match="too many"):
        pool.take(origin, Patience(5))
    pool.drop(other, pool.take(other, Patience(5)))
    for connection in taken:
        pool.drop(origin, connection)
    pool.drop(origin, pool.take(origin, Patience(5)))


def test_connections_that_failed_do_not_count(pool):
    origin = _origin("http://127.0.0.1:1/")

    for _ in range(5):
        with pytest.raises(UpstreamUnavailable, match="connected"):
            pool.take(origin, Patience(5))


def test_connections_that_idled_too_long_are_closed(pool, upstream, monkeypatch):
    origin = _origin(upstream(ok()).url)
    old, new = pool.take(origin, Patience(5)), pool.take(origin, Patience(5))
    pool.give_back(origin, old)
    old.idle_since = time.monotonic() - pools.IDLE_SECONDS - 1

    pool.give_back(origin, new)

    assert pool.take(origin, Patience(5)) is new
    pool.drop(origin, new)


def test_an_exchange_that_is_abandoned_gives_its_place_back(pool, upstream):
    target = upstream(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nbegun")

    for _ in range(4):
        reply = exchange(pool, _get(target.url), ())
        assert next(iter(reply.body)) == b"begun"
        reply.body.close()
        reply.body.close()


def test_names_are_resolved_once_for_a_while(pool, upstream, monkeypatch):
    """A second answer could differ from the one that was vetted (DNS rebinding)."""
    target = upstream(ok())
    asked = []

    def resolve(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    origin = _origin(f"http://upstream.example:{target.port}/")

    for _ in range(3):
        pool.drop(origin, pool.take(origin, Patience(5), fresh=True))

    assert asked == ["upstream.example"]


def test_a_public_name_with_a_private_address_is_refused(upstream, monkeypatch):
    target = upstream(ok())

    def resolve(host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    guarded = UpstreamPool(AddressGuard())

    with pytest.raises(UpstreamUnavailable, match="refused"):
        guarded.take(_origin(f"http://public.example:{target.port}/"), Patience(5))
    assert target.connections == 0


def test_patience_that_ran_out_is_a_timeout(pool, upstream):
    patience = Patience(0.01)
    with patience:
        time.sleep(0.02)

    with pytest.raises(UpstreamTimedOut):
        pool.take(_origin(upstream(ok()).url), patience)


def test_origins_without_connections_are_forgotten(pool, monkeypatch):
    monkeypatch.setattr(pools, "ORIGINS", 4)

    for number in range(1, 12):
        with pytest.raises(UpstreamUnavailable):
            pool.take(_origin(f"http://127.0.0.1:{number}/"), Patience(1))

    assert len(pool._origins) <= 5
