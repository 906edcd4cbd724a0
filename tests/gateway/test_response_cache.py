"""The response cache: what is kept, for whom, and how often the backend is asked."""

from __future__ import annotations

import threading
import time

import pytest

from gateway.effects import FindCached, KeepCached
from gateway.performers.cached_replies import CachedReplies
from gateway.snapshot import (
    Caching,
    HttpProxyIntegration,
    IntegrationResponse,
    JwtAuthorizer,
    MethodSettings,
    RestIntegration,
    RestMethod,
    Route,
)
from kernel.sealing import Sealer
from kernel.shared_state.in_process import InProcess
from tests.gateway.conftest import CLIENT, ISSUER
from tests.gateway.functions.conftest import functions, write_function  # noqa: F401 - fixtures
from tests.gateway.plane import API_HOST, API_ID, Plane

AUTHORIZER = JwtAuthorizer("jwt", ISSUER, frozenset({CLIENT}))
KEYS = ("method.request.querystring.page", "method.request.header.x-tenant")


class Backend:
    """Counts what reaches it, by a WSGI application on a real server."""

    def __init__(self) -> None:
        self.count = 0
        self.status = "200 OK"
        self.headers: list[tuple[str, str]] = []
        self.seconds = 0.0
        self.body: bytes | None = None

    def __call__(self, environ, start_response):
        self.count += 1
        time.sleep(self.seconds)
        start_response(self.status, [("Content-Type", "text/plain"), *self.headers])
        return [b"%d" % self.count if self.body is None else self.body]


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def cached() -> CachedReplies:
    store = InProcess()
    made = CachedReplies(store, Sealer({1: bytes(32)}), now=lambda: 0.0)
    made.store = store  # type: ignore[attr-defined]
    return made


class Now:
    """The time, which a test moves on."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def plane(tokens, cached, now):
    made = Plane(
        tokens,
        now=now,
        performers={FindCached: cached.find, KeepCached: cached.keep},
        on_end=[cached.done],
    )
    yield made
    made.pool.close()


@pytest.fixture
def call(plane, serve, backend):
    server, target = serve(plane.app), serve(backend)

    def show(caching: Caching | None = None, method="GET", authorizer=None, settings=None):
        integration = RestIntegration(
            "HTTP_PROXY",
            method,
            f"http://127.0.0.1:{target.port}/",
            cache_key_parameters=KEYS,
            responses=(IntegrationResponse("200"),),
        )
        routes = [
            Route(f"{method} {path}", integration, authorizer, rest=RestMethod(path))
            for path in ("/pets/{id}", "/cats")
        ]
        kept = MethodSettings(caching=caching or Caching())
        plane.show_rest(*routes, settings=settings or {"": kept})

    def ask(path="/prod/pets/1", method="GET", **headers):
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        return server.request(method, path, headers={"Host": API_HOST, **sent})

    show()
    ask.show = show
    return ask


def test_a_second_request_does_not_reach_the_backend(call, backend):
    assert call().body == b"1"
    assert call().body == b"1"
    assert backend.count == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/prod/pets/2", {}),
        ("/prod/cats", {}),
        ("/prod/pets/1?page=2", {}),
        ("/prod/pets/1", {"X_Tenant": "a"}),
        ("/prod/pets/1", {"Authorization": "Bearer x"}),
        ("/prod/pets/1", {"Cookie": "session=1"}),
    ],
)
def test_what_the_reply_depends_on_is_part_of_the_key(call, backend, path, headers):
    call()
    call(path, **headers)

    assert backend.count == 2


def test_parameters_that_are_no_keys_do_not_matter(call, backend):
    call("/prod/pets/1?other=1")
    call("/prod/pets/1?other=2", X_Other="3")

    assert backend.count == 1


def test_parts_of_a_key_cannot_be_shifted_into_each_other(call, backend):
    call("/prod/pets/1?page=a&page=b")
    call("/prod/pets/1?page=a1:b")
    call("/prod/pets/1?page=ab")

    assert backend.count == 3


def test_callers_behind_an_authorizer_have_entries_of_their_own(call, backend, tokens):
    call.show(authorizer=AUTHORIZER)
    ada, bob = tokens.access(sub="ada"), tokens.access(sub="bob")

    for token in (ada, bob, ada, bob):
        assert call(Authorization=f"Bearer {token}").status == 200
    assert backend.count == 2
    assert call().status == 401


def test_callers_share_entries_only_where_that_is_said(call, backend, tokens):
    call.show(Caching(shared=True), authorizer=AUTHORIZER)
    for sub in ("ada", "bob"):
        call(Authorization=f"Bearer {tokens.access(sub=sub)}")

    assert backend.count == 1


@pytest.mark.parametrize(
    "header",
    [
        ("Set-Cookie", "a=1"),
        ("Cache-Control", "no-store"),
        ("Cache-Control", "max-age=60, Private"),
        ("Cache-Control", "no-cache"),
        ("Vary", "*"),
        ("Vary", "Accept-Language"),
    ],
)
def test_replies_for_one_person_are_never_kept(call, backend, header):
    backend.headers = [header]
    call()
    call()

    assert backend.count == 2


@pytest.mark.parametrize("status", ["500 Oops", "403 Forbidden", "206 Partial", "302 Found"])
def test_failures_and_parts_are_not_kept(call, backend, status):
    backend.status = status
    call()
    call()

    assert backend.count == 2


def test_an_entry_larger_than_a_mebibyte_is_not_kept(call, backend):
    backend.body = b"x" * (1024 * 1024 + 1)
    call()
    call()
    assert backend.count == 2
    backend.body = b"x" * 1024 * 1024
    call("/prod/cats")
    call("/prod/cats")
    assert backend.count == 3


def test_only_get_is_kept_unless_a_method_says_so_itself(call, backend):
    call.show(method="POST")
    call(method="POST")
    call(method="POST")
    assert backend.count == 2

    own = {"POST /pets/{id}": MethodSettings(caching=Caching())}
    call.show(method="POST", settings=own)
    call(method="POST")
    call(method="POST")
    assert backend.count == 3


def test_an_entry_expires(call, backend, now):
    call.show(Caching(ttl=10))
    call()
    now.seconds += 9.9
    call()
    assert backend.count == 1

    now.seconds += 0.1
    call()
    assert backend.count == 2


def test_invalidation_without_permission_is_answered_as_the_stage_says(call, backend):
    call()
    warned = call(Cache_Control="max-age=0")
    assert (warned.body, warned.header("warning")[:3]) == (b"1", "199")

    call.show(Caching(unauthorized_strategy="SUCCEED_WITHOUT_RESPONSE_HEADER"))
    assert call(Cache_Control="max-age=0").header("warning") is None
    call.show(Caching(unauthorized_strategy="FAIL_WITH_403"))
    assert call(Cache_Control="max-age=0").status == 403
    assert backend.count == 1
    call.show(Caching(invalidation_needs_permission=False))
    assert call(Cache_Control="no-transform, max-age=0").body == b"2"
    assert call().body == b"2"


def test_a_flush_of_the_stage_ends_its_entries(call, backend, cached):
    call()
    cached._now = time.time
    cached.flush(API_ID, "other")
    assert call().body == b"1"
    cached.flush(API_ID, "prod")
    assert call().body == b"2"
    cached.flush("", "")
    assert call().body == b"3"


def test_encrypted_entries_cannot_be_read_in_the_store(call, backend, cached):
    backend.body = b"very secret"
    call.show(Caching(encrypted=True))
    call()
    call()

    entries = cached.store._replies._entries.values()
    kept = b"".join(part for entry in entries for part in entry if isinstance(part, bytes))
    assert backend.count == 1
    assert kept
    assert b"secret" not in kept


def test_a_cold_key_reaches_the_backend_once(call, backend):
    backend.seconds = 0.3
    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert backend.count == 1


def test_when_the_one_that_fills_fails_the_next_one_tries(call, backend):
    backend.seconds, backend.status = 0.1, "500 Oops"
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(call())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status for answer in answers] == [500, 500, 500]
    assert backend.count == 3


def test_two_workers_fill_a_key_once(tokens, serve, backend, upstream):
    store, sealer = InProcess(), Sealer({1: bytes(32)})
    target = serve(backend)
    backend.seconds = 0.3
    integration = RestIntegration("HTTP_PROXY", "GET", f"http://127.0.0.1:{target.port}/")
    servers, planes = [], []
    for _ in range(2):
        one = CachedReplies(store, sealer, now=lambda: 0.0)
        plane = Plane(
            tokens,
            performers={FindCached: one.find, KeepCached: one.keep},
            on_end=[one.done],
        )
        route = Route("GET /", integration, rest=RestMethod("r"))
        plane.show_rest(route, settings={"": MethodSettings(caching=Caching())})
        planes.append(plane)
        servers.append(serve(plane.app))
    threads = [
        threading.Thread(
            target=server.get, args=("/prod/",), kwargs={"headers": {"Host": API_HOST}}
        )
        for server in servers * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for plane in planes:
        plane.pool.close()

    assert backend.count == 1


def test_an_expired_entry_answers_where_the_backend_fails_and_that_is_wanted(call, backend, now):
    call.show(Caching(ttl=1, stale_if_error=60))
    assert call().body == b"1"
    now.seconds += 1
    backend.status = "503 Away"
    assert (call().status, call().body) == (200, b"1")
    backend.status = "200 OK"
    assert call().status == 200

    call.show(Caching(ttl=1))
    backend.status = "503 Away"
    assert call("/prod/cats").status == 503


def test_an_http_api_keeps_replies_where_its_stage_asks_for_it(plane, serve, backend):
    server, target = serve(plane.app), serve(backend)
    integration = HttpProxyIntegration(f"http://127.0.0.1:{target.port}/{{proxy}}")
    routes = [Route("ANY /{proxy+}", integration)]

    def ask(method="GET", path="/pets", **headers):
        return server.request(method, path, headers={"Host": API_HOST, **headers})

    plane.show(*routes, settings={"": MethodSettings(caching=Caching(stale_if_error=60))})
    assert [ask().body for _ in range(2)] == [b"1", b"1"]
    assert ask(path="/cats").body == b"2"
    assert ask(Cookie="a=1").body == b"3"
    assert [ask("POST").body for _ in range(2)] == [b"4", b"5"]
    backend.headers = [("Set-Cookie", "a=1")]
    assert [ask(path="/dogs").body for _ in range(2)] == [b"6", b"7"]
    backend.headers = []
    queries = ("/pets?page=1", "/pets?page=2", "/pets?page=1&page=2", "/pets?")
    assert [ask(path=each).body for each in queries] == [b"8", b"9", b"10", b"1"]
    assert ask(path="/pets?page=2").body == b"9"

    plane.show(*routes)
    assert ask().body == b"11"
