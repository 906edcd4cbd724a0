"""Degradation is bounded while Valkey is away, and ends by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import redis

from kernel.shared_state.valkey import Valkey
from tests.kernel.shared_state.conftest import Server
from tests.waiting import wait_until


@pytest.fixture
def state(server: Server) -> Iterator[Valkey]:
    opened = Valkey(server.url)
    yield opened
    opened.close()


def test_claims_fail_closed(state: Valkey, server: Server) -> None:
    assert state.claim("before", 60)
    server.kill()
    assert not state.claim("after", 60)


def test_limits_hold_for_each_worker_alone(state: Valkey, server: Server) -> None:
    server.kill()
    now = time.monotonic()
    assert [state.take("route", 0.01, 2, now) for _ in range(4)] == [True, True, False, False]
    assert [state.increment("failures", 60) for _ in range(3)] == [1, 2, 3]


def test_the_cache_is_empty_and_messages_still_reach_the_worker_itself(
    state: Valkey, server: Server
) -> None:
    received: list[bytes] = []
    state.subscribe("changes", received.append)
    state.set("answer", b"42", 60)
    server.kill()
    state.set("answer", b"43", 60)
    state.publish("changes", b"new")
    assert state.get("answer") is None
    assert received == [b"new"]


def test_an_outage_does_not_cost_each_request_a_time_out(state: Valkey, server: Server) -> None:
    server.kill()
    state.get("first")
    start = time.monotonic()
    for _ in range(1000):
        state.get("next")
    assert time.monotonic() - start < 10


def test_it_recovers_and_subscribers_hear_that_they_missed_something(
    state: Valkey, server: Server
) -> None:
    other = Valkey(server.url)
    received: list[bytes] = []
    missed: list[str] = []
    other.subscribe("changes", received.append, missed=lambda: missed.append("changes"))
    server.kill()
    state.publish("changes", b"lost")
    server.start()

    wait_until(lambda: missed != [])
    wait_until(lambda: state.claim(f"at {time.monotonic()}", 60))
    state.publish("changes", b"heard")
    wait_until(lambda: received == [b"heard"])
    other.close()


def test_a_message_that_could_not_be_sent_is_made_up_for(state: Valkey, server: Server) -> None:
    """Only the publisher was cut off: the others learn of it when it is back."""
    other = Valkey(server.url)
    missed: list[str] = []
    other.subscribe("changes", [].append, missed=lambda: missed.append("changes"))
    state._fan_out._unsent.add("changes")
    state._fan_out._ensure_thread()
    wait_until(lambda: missed == ["changes"])
    other.close()


def test_a_server_that_is_away_at_first_is_found_later(server: Server) -> None:
    server.kill()
    state = Valkey(server.url)
    missed: list[str] = []
    state.subscribe("changes", [].append, missed=lambda: missed.append("changes"))
    server.start()
    wait_until(lambda: missed == ["changes"])
    state.close()


def test_a_question_that_the_server_refuses_fails_alone(state: Valkey, server: Server) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.lpush("poolgate:cache:odd", "a list")
        client.lpush("poolgate:bucket:odd", "a list")
        client.lpush("poolgate:count:odd", "a list")
    now = time.monotonic()
    for number in range(3):
        assert state.get("odd") is None
        assert state.claim(f"one-{number}", 60)
        assert state.take("odd", 0.01, 3, now)
        assert state.claim(f"two-{number}", 60)
        assert state.increment("odd", 60) == number + 1
        assert state.claim(f"three-{number}", 60)
    assert not state.take("odd", 0.01, 3, now)


def test_a_server_without_room_still_gives_what_it_has(state: Valkey, server: Server) -> None:
    state.set("kept", b"42", 60)
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
        state.set("more", b"43", 60)
        assert not state.claim("more", 60)
        assert state.get("kept") == b"42"
        client.config_set("maxmemory", "0")
    assert state.claim("more", 60)
