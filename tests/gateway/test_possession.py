"""Tokens with `cnf` at the gateway: good in one pair of hands only (RFC 9449 §7, RFC 8705 §3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.test import Client

from gateway.snapshot import (
    CognitoAuthorizer,
    HttpProxyIntegration,
    JwtAuthorizer,
    Route,
    TrustedIssuer,
    TrustedIssuersAuthorizer,
)
from kernel.tls.connection import ClientCertificate, Connection
from kernel.tokens.confirmation import of_certificate
from kernel.wsgi_extensions import TLS
from tests.gateway.conftest import CLIENT, ISSUER, ok
from tests.gateway.plane import API_HOST, API_ID, MOCK, Plane
from tests.idp.oauth.keys import ClientKey, client_key, hash_of, new_jti
from tests.servers.authority import Authority

KEY, OTHER = client_key("ES256", 20), client_key("ES256", 21)
PATH = "/prod/pets"
URI = f"http://{API_HOST}{PATH}"
JWT = JwtAuthorizer("jwt", ISSUER, audiences=frozenset({CLIENT}))
POOL = CognitoAuthorizer("pool", "people", (ISSUER,))
TRUSTED = TrustedIssuersAuthorizer(
    "t1",
    "trusted",
    (TrustedIssuer(ISSUER, frozenset({"pets"}), ()),),
    frozenset({"RS256"}),
    "method.request.header.Authorization",
)


def proof(key: ClientKey, token: str | None, *, kind: str = "dpop+jwt", **changes: Any) -> str:
    given = {"htm": "GET", "htu": URI, "iat": int(time.time()), "jti": new_jti(), **changes}
    if token is not None:
        given.setdefault("ath", hash_of(token))
    kept = {name: each for name, each in given.items() if each is not None}
    return key.sign(kept, typ=kind, jwk=key.jwk())


@pytest.fixture
def plane(tokens) -> Iterator[Plane]:
    made = Plane(tokens)
    yield made
    made.pool.close()


@pytest.fixture(params=["HTTP API", "REST API", "trusted issuers"])
def ask(request, plane, serve, upstream) -> Callable[..., Any]:
    """Call a route behind each kind of authorizer that takes tokens."""
    server = serve(plane.app)
    scopes = frozenset({"openid"})
    if request.param == "HTTP API":
        plane.show(Route(f"GET {PATH}", HttpProxyIntegration(upstream(ok()).url), JWT))
    else:
        authorizer = POOL if request.param == "REST API" else TRUSTED
        plane.show_rest(Route("GET /pets", MOCK, authorizer, scopes=scopes))

    def call(value: str, dpop: str | None = None, host: str = API_HOST, path: str = PATH) -> Any:
        headers = {"Host": host, "Authorization": value}
        return server.get(path, headers=headers | ({"DPoP": dpop} if dpop else {}))

    call.audience = {"aud": "pets"} if request.param == "trusted issuers" else {}
    return call


@pytest.fixture
def token(tokens, ask) -> str:
    return tokens.access(cnf={"jkt": KEY.thumbprint}, **ask.audience)


def test_a_bound_token_opens_a_route_with_a_proof(ask, token) -> None:
    assert ask(f"DPoP {token}", proof(KEY, token)).status == 200
    with_query = proof(KEY, token, htu=f"HTTP://{API_HOST.upper()}:80/prod/%70ets?a=b#c")
    assert ask(f"dpop {token}", with_query, path=f"{PATH}?page=2").status == 200


def test_a_bound_token_is_no_bearer_token(ask, token) -> None:
    for value in (f"Bearer {token}", token):
        assert ask(value).status == 401
        assert ask(value, proof(KEY, token)).status == 401


def test_an_unbound_token_is_no_dpop_token(ask, tokens) -> None:
    plain = tokens.access(**ask.audience)
    assert ask(f"Bearer {plain}").status == 200
    assert ask(f"DPoP {plain}", proof(KEY, plain)).status == 401
    assert ask(f"DPoP {plain}").status == 401


def test_a_proof_is_good_once(ask, token) -> None:
    once = proof(KEY, token)
    assert ask(f"DPoP {token}", once).status == 200
    assert ask(f"DPoP {token}", once).status == 401


def test_a_proof_of_another_key_is_refused(ask, token) -> None:
    assert ask(f"DPoP {token}", proof(OTHER, token)).status == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"htm": "POST"},
        {"htm": None},
        {"htu": f"http://{API_HOST}/cats"},
        {"htu": f"https://{API_HOST}{PATH}"},
        {"htu": f"http://user@{API_HOST}{PATH}"},
        {"htu": "http://[/pets"},
        {"htu": None},
        {"ath": hash_of("another")},
        {"ath": None},
        {"iat": 1},
        {"iat": int(time.time()) + 3600},
        {"iat": None},
        {"iat": True},
        {"jti": None},
        {"jti": ""},
        {"kind": "jwt"},
        {"kind": "at+jwt"},
    ],
    ids=range(17),
)
def test_a_proof_for_something_else_is_refused(ask, token, changes) -> None:
    assert ask(f"DPoP {token}", proof(KEY, token, **changes)).status == 401


@pytest.mark.parametrize("text", ["x", "a.b.c", "x" * 9000])
def test_what_is_no_proof_is_refused(ask, token, text) -> None:
    assert ask(f"DPoP {token}", text).status == 401
    good = proof(KEY, token)
    assert ask(f"DPoP {token}", f"{good}, {good}").status == 401
    assert ask(f"DPoP {token}").status == 401


def test_a_proof_for_a_made_up_host_is_refused(ask, token) -> None:
    """Whoever got token and proof as another server must not play them here under its name."""
    host, path = "attacker.example", f"/execute-api/{API_ID}{PATH}"
    elsewhere = proof(KEY, token, htu=f"http://{host}{path}")
    assert ask(f"DPoP {token}", elsewhere, host=host, path=path).status == 401
    here = proof(KEY, token, htu=f"http://localhost{path}")
    assert ask(f"DPoP {token}", here, host="localhost", path=path).status == 200


@pytest.mark.parametrize(
    "bound", ["x", [], {"jkt": 7}, {"jkt": KEY.thumbprint, "x5t#S256": "A" * 43}, {"kid": "k"}]
)
def test_what_cannot_be_confirmed_is_refused(ask, tokens, bound) -> None:
    token = tokens.access(cnf=bound, **ask.audience)
    for value in (f"DPoP {token}", f"Bearer {token}"):
        assert ask(value, proof(KEY, token)).status == 401


def test_a_certificate_in_a_header_is_not_believed(ask, tokens) -> None:
    token = tokens.access(cnf={"x5t#S256": "A" * 43}, **ask.audience)
    assert ask(f"Bearer {token}").status == 401


def test_a_token_is_good_over_a_connection_with_its_certificate(plane, tokens) -> None:
    plane.show_rest(Route("GET /pets", MOCK, POOL, scopes=frozenset({"openid"})))
    mine, other = (
        ClientCertificate(Authority().client().chain, "", "", "", "", "", 2e9) for _ in range(2)
    )
    token = tokens.access(cnf={"x5t#S256": of_certificate(mine.pem)})

    def call(certificate: ClientCertificate | None) -> int:
        connection = Connection("mutual.example", "s3://clients/one.pem", certificate)
        headers = {"Host": API_HOST, "Authorization": f"Bearer {token}"}
        environ = {TLS: connection}
        return Client(plane.app).get(PATH, headers=headers, environ_overrides=environ).status_code

    assert call(mine) == 200
    assert call(other) == 401
    assert call(None) == 401
