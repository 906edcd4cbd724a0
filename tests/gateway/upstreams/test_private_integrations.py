"""Integrations through VPC links, before real backends that answer, break and go away."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest

from gateway.upstreams.balancing import IDLE
from gateway.upstreams.health_checks import HealthChecks
from tests.gateway.conftest import CLOSE, ok
from tests.gateway.upstreams.conftest import LINK
from tests.waiting import wait_until

DEAD = "http://127.0.0.1:1"


def test_the_targets_take_turns_under_the_name_of_the_uri(private, upstream):
    one, two = upstream(ok(b"one")), upstream(ok(b"two"))
    private.show(one.url, two.url)
    answers = {private.call(path="/pets?x=1").body for _ in range(4)}
    assert answers == {b"one", b"two"}
    head = one.heads()[0]
    assert head.startswith("GET /v1/pets?x=1 HTTP/1.1")
    assert "host: pets.internal" in head.lower()


def test_a_listeners_arn_sends_the_clients_path_to_the_targets_own_name(private, upstream):
    one = upstream(ok())
    listener = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/b/c"
    private.show(one.url, uri=listener)
    assert private.call(path="/pets/7?x=1").status == 200
    assert one.heads()[0].startswith("GET /pets/7?x=1 HTTP/1.1")
    assert f"host: {one.url.removeprefix('http://')}" in one.heads()[0].lower()


def test_a_rest_api_goes_through_its_link(private, upstream):
    one = upstream(ok(b"one"))
    private.show_rest(one.url)
    assert private.call(path="/prod/pets").body == b"one"
    assert one.heads()[0].startswith("GET /v1/pets HTTP/1.1")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_target_that_cannot_be_connected_to_gives_way_to_another(private, upstream, method):
    one = upstream(ok(b"one"))
    private.show(DEAD, one.url)
    body = b"content" if method == "POST" else None
    for _ in range(4):
        assert private.call(method, body=body).body == b"one"
    if body:
        assert all(request.endswith(b"\r\n\r\ncontent") for request in one.requests)


def test_what_may_have_been_done_is_not_done_again(private, upstream):
    """An upstream that closes without an answer may have acted on a POST."""
    one, two = upstream(None), upstream(None)
    private.show(one.url, two.url)
    assert private.call("POST", body=b"x").status == 503
    assert len(one.requests) + len(two.requests) == 1
    assert private.call("PUT", body=b"x").status == 503
    assert len(one.requests) + len(two.requests) == 2
    assert private.call("DELETE").status == 503
    assert len(one.requests) + len(two.requests) == 4


def test_a_target_that_fails_in_a_row_is_ejected_and_taken_back_on_trial(private, upstream):
    bad, good = upstream(None), upstream(ok(b"good"))
    private.show(bad.url, good.url)
    while private.groups.load(LINK, bad.url).health.ejected_until is None:
        assert private.call().body == b"good"
    seen = len(bad.requests)
    for _ in range(6):
        private.call()
    assert len(bad.requests) == seen
    private.now += 6
    private.call()
    private.call()
    assert len(bad.requests) == seen + 1
    assert private.groups.load(LINK, bad.url).health.ejections == 2
    private.now += 11
    bad.answers[:] = [ok(b"mended")]
    assert {private.call().body for _ in range(4)} == {b"mended", b"good"}


def test_replies_that_say_unavailable_eject_and_are_passed_back(private, upstream):
    busy = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    one, two = upstream(busy), upstream(ok())
    private.show(one.url, two.url)
    statuses = [private.call().status for _ in range(8)]
    assert statuses.count(503) == 2


def test_a_group_of_dead_targets_is_asked_all_the_same(private, upstream):
    one = upstream(None)
    private.show(one.url)
    for _ in range(4):
        assert private.call().status == 503
    one.answers[:] = [ok(b"back")]
    assert private.call().body == b"back"


def test_a_slow_target_has_fewer_requests_under_way(private):
    slow, fast = _Held(), _Held(held=False)
    private.show(slow.url, fast.url)
    waiting = [threading.Thread(target=private.call) for _ in range(6)]
    for each in waiting:
        each.start()
        time.sleep(0.02)
    assert slow.count <= 2
    slow.release.set()
    for each in waiting:
        each.join()
    assert private.groups.load(LINK, slow.url).outstanding == 0
    assert private.groups.load(LINK, fast.url).outstanding == 0
    slow.close()
    fast.close()


def test_a_reply_that_breaks_off_counts_against_its_target(private, upstream):
    broken = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 70_000 + CLOSE
    one = upstream(broken)
    private.show(one.url)
    with pytest.raises(Exception, match=r"IncompleteRead|Connection"):
        private.call()
    load = private.groups.load(LINK, one.url)
    assert (load.outstanding, load.health.failures) == (0, 1)


@pytest.mark.parametrize(
    "members",
    [
        {"vpc_link": "another"},
        {"link": {"account": "111111111111"}},
        {"link": {"region": "eu-west-1"}},
        {"uri": "https://pets.internal/"},
        {"server_name_to_verify": "other.internal"},
    ],
)
def test_a_link_that_is_not_the_apis_or_has_no_fitting_target_is_not_used(
    private, upstream, members
):
    one = upstream(ok())
    private.show(one.url, **members)
    assert private.call().status == 500
    assert one.requests == []


def test_health_checks_take_a_target_out_and_back(private, upstream):
    refused = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    ill, well = upstream(refused), upstream(ok())
    private.show(ill.url, well.url, link={"health_path": "/health?deep=1"})
    holder = private.plane.holder
    checks = HealthChecks(holder, private.groups, private.plane.pool, lambda: private.now)

    def check(times: int) -> None:
        for _ in range(times):
            private.now += 10
            seen = len(ill.requests), len(well.requests)
            checks.run_due()
            wait_until(
                lambda seen=seen: len(ill.requests) > seen[0] and len(well.requests) > seen[1]
            )
            time.sleep(0.05)

    check(3)
    assert ill.heads()[0].startswith("GET /health?deep=1 HTTP/1.1")
    assert private.groups.load(LINK, ill.url).health.is_down
    assert not private.groups.load(LINK, well.url).health.is_down
    ill.answers[:] = [ok()]
    check(2)
    assert not private.groups.load(LINK, ill.url).health.is_down


def test_targets_that_a_link_no_longer_has_are_forgotten(private, upstream):
    one = upstream(None)
    private.show(one.url)
    private.call()
    private.groups.keep_only({})
    assert private.groups.load(LINK, one.url) == IDLE


def test_checks_stop_when_they_are_closed(private, upstream):
    one = upstream(ok())
    private.show(one.url, link={"health_path": "/"})
    checks = HealthChecks(private.plane.holder, private.groups, private.plane.pool)
    checks.start()
    wait_until(lambda: one.requests)
    checks.close()
    assert not any(each.name == "health-checks" for each in threading.enumerate())


class _Held:
    """A backend that holds its answers back until it is released."""

    def __init__(self, held: bool = True) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.release = threading.Event()
        self.count = 0
        if not held:
            self.release.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # `close` alone leaves its thread waiting
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            while connection.recv(65536):
                self.count += 1
                self.release.wait(10)
                connection.sendall(ok())
