"""JWT authorizers of REST APIs."""

from __future__ import annotations

import time

import pytest

from gateway.snapshot import ClaimRule, Route, TrustedIssuer, TrustedIssuersAuthorizer
from tests.gateway.conftest import CLIENT, ISSUER
from tests.gateway.plane import MOCK

OTHER = TrustedIssuer("https://other.example", frozenset({CLIENT}))


@pytest.fixture
def show(plane):
    def serve_route(*claims, audiences=(CLIENT,), algorithms=("RS256",), scopes=()):
        trusted = TrustedIssuer(ISSUER, frozenset(audiences), claims)
        authorizer = TrustedIssuersAuthorizer("j1", "p", (OTHER, trusted), frozenset(algorithms))
        plane.show_rest(Route("GET /pets", MOCK, authorizer, scopes=frozenset(scopes)))

    serve_route()
    return serve_route


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer "])
def test_token_of_a_trusted_issuer_opens_a_method(show, call, tokens, prefix):
    assert call("/prod/pets", Authorization=prefix + tokens.id()).status == 200
    assert call("/prod/pets", Authorization=prefix + tokens.id(aud=["x", CLIENT])).status == 200


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Basic abc", "x" * 20_000])
def test_what_is_no_token_is_unauthorized(show, call, token):
    assert call("/prod/pets", Authorization=token[:9000]).status == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": OTHER.issuer},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"aud": [1, None]},
        {"exp": int(time.time()) - 60},
    ],
)
def test_token_that_says_anything_else_is_refused(show, call, tokens, changes):
    assert call("/prod/pets", Authorization=tokens.id(**changes)).status == 401


def test_audience_of_another_issuer_opens_nothing(show, call, tokens):
    show(audiences=("only-mine",))
    assert call("/prod/pets", Authorization=tokens.id()).status == 401


def test_algorithm_that_was_not_declared_is_refused(show, call, tokens):
    show(algorithms=("ES256",))
    assert call("/prod/pets", Authorization=tokens.id()).status == 401


@pytest.mark.parametrize(
    ("rule", "claims", "status"),
    [
        (ClaimRule("tenant", required=True), {"tenant": "a"}, 200),
        (ClaimRule("tenant", required=True), {}, 401),
        (ClaimRule("tenant", expected=("a", "b")), {"tenant": "b"}, 200),
        (ClaimRule("tenant", expected=("a", "b")), {"tenant": "B"}, 401),
        (ClaimRule("tenant", expected=("a",)), {}, 200),
        (ClaimRule("tenant", expected=("a",)), {"tenant": ["a"]}, 401),
        (ClaimRule("tenant"), {"tenant": 1}, 401),
    ],
)
def test_additional_claims_are_held_to_their_rules(show, call, tokens, rule, claims, status):
    show(rule)
    assert call("/prod/pets", Authorization=tokens.id(**claims)).status == status


def test_method_with_scopes_needs_one_of_them(show, call, tokens):
    show(scopes=["pets/read"])
    good = tokens.access(aud=CLIENT, scope="pets/read a")
    assert call("/prod/pets", Authorization=good).status == 200
    other = call("/prod/pets", Authorization=tokens.access(aud=CLIENT, scope="cats/read"))
    assert other.status == 403
    assert call("/prod/pets", Authorization=tokens.id()).status == 403
