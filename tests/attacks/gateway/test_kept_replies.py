"""The response cache: no request decides what another one gets, and no caller sees another's."""

from __future__ import annotations

import gzip
import socket
import time
from wsgiref.util import setup_testing_defaults

import pytest

from gateway.context import Address, Prepared, Request
from gateway.response_cache import key_of
from gateway.route_tree import Match
from gateway.snapshot import (
    Api,
    Caching,
    FunctionAuthorizer,
    HttpProxyIntegration,
    IntegrationResponse,
    JwtAuthorizer,
    MethodSettings,
    RestIntegration,
    RestMethod,
    RestSettings,
    Route,
    Snapshot,
    Stage,
)
from tests.gateway.conftest import CLIENT, ISSUER
from tests.gateway.plane import API_HOST, API_ID

KEYS = ("method.request.querystring.a", "method.request.querystring.b")
EVERYBODY = """
def handler(event, context):
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    return {
        "principalId": "user",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }
"""


class Backend:
    """Answers with what it was asked."""

    def __init__(self) -> None:
        self.count = 0
        self.headers: list[tuple[str, str]] = []

    def __call__(self, environ, start_response):
        self.count += 1
        accepts = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
        coded = [("Content-Encoding", "gzip")] if accepts else []
        start_response("200 OK", [("Content-Type", "text/plain"), *self.headers, *coded])
        told = ["HTTP_X_HOST", "HTTP_ORIGIN", "HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_TOKEN"]
        told += ["HTTP_X_FORWARDED_HOST", "HTTP_X_ORIGINAL_URL", "QUERY_STRING", "HTTP_X_API_KEY"]
        seen = " ".join(environ.get(name, "-") for name in told)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = f"{self.count} {seen} {environ['wsgi.input'].read(length).decode()}".encode()
        return [gzip.compress(body) if accepts else body]


@pytest.fixture
def backend():
    return Backend()


@pytest.fixture
def show(plane, serve, backend):
    target = serve(backend)

    def show(authorizer=None, method="GET", **options):
        integration = RestIntegration(
            "HTTP_PROXY",
            method,
            f"http://127.0.0.1:{target.port}/",
            cache_key_parameters=KEYS,
            responses=(IntegrationResponse("200"),),
        )
        route = Route(f"{method} /pets", integration, authorizer, rest=RestMethod("r"))
        settings = {route.key: MethodSettings(caching=Caching())}
        plane.show_rest(route, settings=settings, **options)

    show()
    return show


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Original-URL": "/evil.example"},
        {"X-Forwarded-Host": "evil.example", "Connection": "close, x-host"},
        {"Host": "abc123.execute-api.evil.example.localhost"},
    ],
)
def test_a_header_outside_the_key_poisons_nothing(show, send, headers):
    send("/prod/pets", headers=headers)
    told = send("/prod/pets").body.decode()
    assert "evil.example" not in told
    assert "DELETE" not in told


def test_a_body_in_a_get_poisons_nothing(show, send):
    send("/prod/pets", body=b"evil.example")
    assert "evil.example" not in send("/prod/pets").body.decode()


@pytest.fixture
def show_http(plane, serve, backend):
    """The same of an HTTP API."""
    target = serve(backend)
    route = Route("GET /pets", HttpProxyIntegration(f"http://127.0.0.1:{target.port}/"))
    plane.show(route, settings={"": MethodSettings(caching=Caching())})


def test_a_body_in_a_get_of_an_http_api_poisons_nothing(show_http, send, backend):
    send("/pets", body=b"evil.example")
    assert "evil.example" not in send("/pets").body.decode()
    assert backend.count == 2


def test_whoever_sends_a_body_slowly_keeps_nobody_waiting(show_http, send, plane, serve):
    slow = serve(plane.app)
    with socket.create_connection(("127.0.0.1", slow.port), timeout=5) as connection:
        head = f"GET /pets HTTP/1.1\r\nHost: {API_HOST}\r\nContent-Length: 9\r\n\r\n1"
        connection.sendall(head.encode())
        time.sleep(0.2)
        assert send("/pets").status == 200
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):  # it is still waited for
            connection.recv(1)


def test_a_reply_to_another_content_type_or_scheme_is_another(show, backend, plane):
    for scheme, kind in (("https", "text/a"), ("http", "text/a"), ("https", "text/b")):
        environ = {"PATH_INFO": "/prod/pets", "HTTP_HOST": API_HOST, "CONTENT_TYPE": kind}
        made = {**environ, "wsgi.url_scheme": scheme}
        setup_testing_defaults(made)
        b"".join(plane.app(made, lambda *_: None))
    assert backend.count == 3


def test_a_canary_of_the_same_deployment_has_replies_of_its_own():
    integration = RestIntegration("MOCK", responses=(IntegrationResponse("200"),))
    route = Route("GET /pets", integration, rest=RestMethod("r"))
    keys = set()
    for is_canary in (False, True):
        stage = Stage("prod", [route], deployment_id="d", is_canary=is_canary)
        api = Api(API_ID, "pets", {"prod": stage}, "REST")
        request = Request("id", "GET", "https", API_HOST, 5, "", {"host": API_HOST}, "127.0.0.1")
        address, snapshot = Address(API_ID, "prod", "/pets"), Snapshot.of([api])
        match = Match(route, {})
        keys.add(key_of(Prepared(request, address, snapshot, api, stage, match), Caching()))
    assert len(keys) == 2


@pytest.mark.parametrize("first", ["image/png", "text/plain"])
def test_the_form_that_one_client_accepts_is_not_that_of_another(show, send, backend, first):
    show(rest=RestSettings(binary_media_types=("image/png",)))
    send("/prod/pets", headers={"Accept": first})
    send("/prod/pets", headers={"Accept": "application/json"})
    assert backend.count == 2


def test_one_body_is_not_answered_with_the_reply_to_another(show, send):
    show(method="POST")
    assert send("/prod/pets", "POST", body=b"mine").body.endswith(b"mine")
    assert send("/prod/pets", "POST", body=b"yours").body.endswith(b"yours")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a=b&b=c", "a=b&a=b&a=c"),
        ("a=1&b=2", "a=1&a=b&b=&a=2"),
        ("a=x", "b=x"),
        ("a=", ""),
        ("a=1%00b", "a=1&b"),
    ],
)
def test_keys_of_different_queries_are_different(show, send, backend, first, second):
    send(f"/prod/pets?{first}")
    send(f"/prod/pets?{second}")
    assert backend.count == 2


def test_a_coded_reply_is_not_given_to_a_client_that_cannot_read_it(show, send):
    assert send("/prod/pets", headers={"Accept-Encoding": "gzip"}).status == 200
    assert send("/prod/pets", headers={"Accept-Encoding": "identity"}).body.startswith(b"2 ")


@pytest.mark.parametrize(
    "header",
    [
        ("Set-Cookie", "session=1"),
        ("Cache-Control", "private"),
        ("Cache-Control", "max-age=60, No-Store"),
        ("Cache-Control", 'private="x-secret"'),
        ("Vary", "*"),
        ("Vary", "Accept-Language"),
        ("vary", "accept-encoding, Cookie"),
    ],
)
def test_a_reply_for_one_is_kept_for_nobody(show, send, backend, header):
    backend.headers = [header]
    send("/prod/pets")
    send("/prod/pets")
    assert backend.count == 2


@pytest.mark.parametrize("name", ["Authorization", "Cookie"])
def test_credentials_that_only_the_backend_knows_keep_callers_apart(show, send, backend, name):
    send("/prod/pets", headers={name: "ada"})
    send("/prod/pets", headers={name: "eve"})
    send("/prod/pets")
    assert backend.count == 3


def test_callers_whom_a_function_names_alike_are_kept_apart(show, send, backend, write_function):
    write_function("guard", EVERYBODY)
    sources = ("method.request.header.X-Token",)
    show(FunctionAuthorizer("a", "guard", "guard", "REQUEST", identity_sources=sources))
    assert " ada" in send("/prod/pets", headers={"X-Token": "ada"}).body.decode()
    assert " ada" not in send("/prod/pets", headers={"X-Token": "eve"}).body.decode()


def test_callers_with_tokens_in_another_header_are_kept_apart(show, send, backend, tokens):
    source = "$request.header.X-Token"
    show(JwtAuthorizer("jwt", ISSUER, frozenset({CLIENT}), source))
    for name in ("ada", "eve"):
        told = send("/prod/pets", headers={"X-Token": tokens.access(sub=name)})
        assert told.status == 200
    assert backend.count == 2


def test_a_refused_caller_gets_no_kept_reply(show, send, tokens):
    show(JwtAuthorizer("jwt", ISSUER, frozenset({CLIENT})))
    token = tokens.access()
    assert send("/prod/pets", headers={"Authorization": token}).status == 200
    assert send("/prod/pets", headers={"Authorization": f"{token[:-8]}AAAAAAAA"}).status == 401
    assert send("/prod/pets").status == 401


def test_invalidation_needs_permission(show, send, backend):
    send("/prod/pets")
    send("/prod/pets", headers={"Cache-Control": "max-age=0"})
    send("/prod/pets", headers={"Cache-Control": "no-cache, Max-Age = 0"})
    assert backend.count == 1
