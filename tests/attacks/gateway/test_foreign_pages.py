"""Pages of other origins: what they ask for is never said back to them as a permission."""

from __future__ import annotations

import pytest

from gateway.snapshot import Api, Cors, HttpProxyIntegration, Route, Snapshot, Stage
from tests.gateway.conftest import ok
from tests.gateway.plane import ACCOUNT, API_ID

OURS = "https://app.example.com"
FOREIGN = [
    "null",
    "https://evil.example",
    "http://app.example.com",
    "https://app.example.com.evil.example",
    "https://evil-app.example.com",
    "https://app.example.com:444",
    "https://app.example.com/",
    "https://APP.example.com",
    "https://app.example.com@evil.example",
    "https://appxexample.com",
    "https://app.example.com, https://evil.example",
    "https://app.example.com https://evil.example",
    "https://app.example.com%0d%0aX-Evil: 1",
    "https://app.example.com\tx",
    "*",
    "https://*",
    "file://",
    "https://" + "a" * 5000,
]


@pytest.fixture
def show(plane, upstream):
    def run(cors: Cors, *headers: str):
        target = upstream(ok(b"ok", *headers))
        stage = Stage("$default", (Route("ANY /pets", HttpProxyIntegration(target.url)),))
        api = Api(API_ID, "pets", {"$default": stage}, cors=cors, account=ACCOUNT)
        plane.holder.swap(Snapshot.of([api]))
        return target

    return run


def permissions(answer) -> dict[str, str]:
    return {
        name.lower(): value
        for name, value in answer.headers
        if name.lower().startswith("access-control-")
    }


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_a_foreign_origin_gets_no_permission(show, send, origin, method):
    show(Cors((OURS,), ("GET",), ("authorization",), ("x-id",), allow_credentials=True))
    asked = {"Access-Control-Request-Method": "GET"} if method == "OPTIONS" else {}
    answer = send("/pets", method, {"Origin": origin, **asked})
    assert permissions(answer) == {}
    assert answer.header("vary") == "Origin"
    assert answer.header("x-evil") is None


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_wildcard_takes_no_visitors_credentials(show, send, origin):
    for cors in (
        Cors(("*",), allow_credentials=True),
        Cors(("https://*",), allow_credentials=True),
    ):
        show(cors)
        told = permissions(send("/pets", headers={"Origin": origin}))
        assert "access-control-allow-credentials" not in told
        assert told.get("access-control-allow-origin", "*") in {"*", origin}


def test_what_a_preflight_asks_for_is_not_what_it_gets(show, send):
    show(Cors((OURS,), ("GET",), ("authorization",)))
    asked = {
        "Origin": OURS,
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "x-evil, authorization",
        "Access-Control-Request-Private-Network": "true",
    }
    assert permissions(send("/pets", "OPTIONS", asked)) == {
        "access-control-allow-origin": OURS,
        "access-control-allow-methods": "GET",
        "access-control-allow-headers": "authorization",
    }


def test_a_backends_own_permissions_are_not_passed_on_where_the_api_has_rules(show, send):
    show(
        Cors((OURS,)),
        "Access-Control-Allow-Origin: https://evil.example",
        "Access-Control-Allow-Credentials: true",
        "Access-Control-Allow-Private-Network: true",
    )
    assert permissions(send("/pets", headers={"Origin": "https://evil.example"})) == {}
    ours = permissions(send("/pets", headers={"Origin": OURS}))
    assert ours == {"access-control-allow-origin": OURS}


@pytest.mark.parametrize("path", ["/pets", "/missing", "/pets/../x"])
def test_refusals_give_foreign_pages_no_more(show, send, path):
    show(Cors((OURS,), allow_credentials=True))
    assert permissions(send(path, headers={"Origin": "https://evil.example"})) == {}


def test_an_api_without_rules_of_its_own_reflects_nothing(live):
    """On the server as it is run."""
    answer = live.raw(live.head("HTTP") + b"Origin: https://evil.example\r\n\r\n")
    assert b"access-control" not in answer.lower()
    preflight = live.head("REST", method="OPTIONS") + b"Origin: https://evil.example\r\n"
    answer = live.raw(preflight + b"Access-Control-Request-Method: GET\r\n\r\n")
    assert b"access-control" not in answer.lower()
