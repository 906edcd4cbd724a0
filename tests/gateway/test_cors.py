from __future__ import annotations

import pytest

from gateway.blueprint import Cors, Upstream
from gateway.cors import allowed_origin, preflight_headers, response_headers
from tests.gateway.conftest import ok

PAGE = "https://app.example"
RULES = Cors(
    allow_origins=(PAGE, "https://*"),
    allow_methods=("GET", "POST"),
    allow_headers=("authorization", "x-id"),
    expose_headers=("x-total",),
    allow_credentials=True,
    max_age=300,
)
PREFLIGHT = {"Origin": PAGE, "Access-Control-Request-Method": "GET"}


@pytest.fixture
def target(upstream):
    return upstream(ok(b"ok", "Access-Control-Allow-Origin: https://evil.example", "X-A: 1"))


@pytest.fixture
def server(gateway, target):
    return gateway({"GET /pets": target.url}, cors=RULES)


def test_a_preflight_needs_no_token_and_reaches_no_upstream(server, target):
    answer = server.request("OPTIONS", "/pets", headers=PREFLIGHT)

    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("access-control-allow-origin") == PAGE
    assert answer.header("access-control-allow-methods") == "GET,POST"
    assert answer.header("access-control-allow-headers") == "authorization,x-id"
    assert answer.header("access-control-max-age") == "300"
    assert answer.header("access-control-allow-credentials") == "true"
    assert answer.header("vary") == "Origin"
    assert target.requests == []


def test_a_preflight_of_a_foreign_page_allows_nothing(server):
    answer = server.request("OPTIONS", "/pets", headers={**PREFLIGHT, "Origin": "http://evil"})

    assert answer.status == 204
    assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("left_out", ["Origin", "Access-Control-Request-Method"])
def test_an_options_request_that_is_no_preflight_takes_its_route(server, left_out):
    headers = {name: value for name, value in PREFLIGHT.items() if name != left_out}

    assert server.request("OPTIONS", "/pets", headers=headers).status == 404


def test_without_a_configuration_a_preflight_is_a_request_like_any_other(gateway, target):
    server = gateway({"OPTIONS /pets": Upstream(target.url, public=True)})

    answer = server.request("OPTIONS", "/pets", headers=PREFLIGHT)

    assert answer.header("access-control-allow-origin") == "https://evil.example"


def test_the_upstreams_own_cors_headers_are_ignored(server, tokens):
    answer = server.get("/pets", token=tokens.access(), headers={"Origin": PAGE})

    assert answer.header("access-control-allow-origin") == PAGE
    assert answer.header("access-control-expose-headers") == "x-total"
    assert answer.header("x-a") == "1"


def test_errors_can_be_read_by_the_page_too(server):
    assert server.get("/pets", headers={"Origin": PAGE}).status == 401
    for path in ("/pets", "/missing"):
        answer = server.get(path, headers={"Origin": PAGE})
        assert answer.header("access-control-allow-origin") == PAGE


def test_a_request_without_an_origin_gets_no_permission(server, tokens):
    answer = server.get("/pets", token=tokens.access())

    assert answer.header("access-control-allow-origin") is None
    assert answer.header("vary") == "Origin"


@pytest.mark.parametrize(
    ("patterns", "origin", "allowed"),
    [
        (("*",), "https://a", "*"),
        (("https://a",), "https://a", "https://a"),
        (("https://a",), "https://a.evil", None),
        (("https://a",), "https://A", None),
        (("https://a",), "null", None),
        (("https://*",), "https://b", "https://b"),
        (("https://*",), "http://b", None),
        (("http://*",), "https://b", None),
        ((), "https://a", None),
    ],
)
def test_origins_match_exactly_or_by_scheme(patterns, origin, allowed):
    assert allowed_origin(Cors(allow_origins=patterns), origin) == allowed


@pytest.mark.parametrize("patterns", [("*",), ("https://*",), ("*", "https://*")])
def test_a_wildcard_never_lets_credentials_through(patterns):
    rules = Cors(allow_origins=patterns, allow_credentials=True)

    assert "access-control-allow-credentials" not in dict(response_headers(rules, "https://x"))


def test_empty_lists_send_no_headers():
    rules = Cors(allow_origins=("*",))

    assert response_headers(rules, "https://x") == (("access-control-allow-origin", "*"),)
    assert preflight_headers(rules, "https://x") == ()


def test_an_allowed_page_cannot_split_the_reply(server):
    raw = (
        b"OPTIONS /pets HTTP/1.1\r\nHost: x\r\nOrigin: https://a\x0bX-Evil: 1\r\n"
        b"Access-Control-Request-Method: GET\r\n\r\n"
    )

    assert b"\r\nX-Evil" not in server.raw(raw)
