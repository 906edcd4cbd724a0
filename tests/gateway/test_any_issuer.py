"""JWT authorizers of HTTP APIs with an issuer that is nobody's pool: discovery, keys, claims."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.effects import VerifyToken
from gateway.performers.tokens import verifying
from gateway.snapshot import HttpProxyIntegration, JwtAuthorizer, Route
from kernel.tokens.remote_issuers import FRESH_SECONDS, PAUSE_SECONDS
from tests.gateway.conftest import Answer, ok
from tests.gateway.issuer import ALGORITHMS, AUDIENCE, DISCOVERY, JWKS, Issuer, Moving, verifier_of
from tests.gateway.plane import API_HOST, Plane


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


@pytest.fixture
def moving() -> Moving:
    return Moving()


@pytest.fixture
def ask(tokens, serve, upstream, issuer, moving) -> Iterator[Callable[..., Answer]]:
    """Call a route behind the issuer's authorizer with a token."""
    verify = verifying(verifier_of(issuer.url, moving=moving))
    plane = Plane(tokens, performers={VerifyToken: verify})
    server, target = serve(plane.app), upstream(ok())

    def call(token: str, *, scopes: frozenset[str] = frozenset(), **changes: Any) -> Answer:
        options = {"audiences": frozenset({AUDIENCE}), **changes}
        authorizer = JwtAuthorizer("jwt", issuer.url, **options)
        integration = HttpProxyIntegration(target.url)
        plane.show(Route("GET /pets", integration, authorizer, scopes=scopes))
        return server.get("/pets", token=token, headers={"Host": API_HOST})

    yield call
    plane.pool.close()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_any_of_these_algorithms_opens_the_route(ask, issuer, algorithm):
    issuer.add_key(algorithm, "k1")
    good = issuer.token(algorithm, "k1")
    assert ask(good).status == 200
    head, claims, signature = good.split(".")
    turned = "A" if signature[9] != "A" else "B"
    assert ask(f"{head}.{claims}.{signature[:9]}{turned}{signature[10:]}").status == 401
    assert issuer.asked == [DISCOVERY, JWKS]


@pytest.mark.parametrize(
    ("published", "used"),
    [("RS256", "PS256"), ("PS384", "RS384"), ("RS512", "RS256"), ("PS256", "PS512")],
)
def test_a_key_published_for_one_algorithm_serves_no_other(ask, issuer, published, used):
    issuer.add_key(published, "k1", alg=published)
    assert ask(issuer.token(published, "k1")).status == 200
    assert ask(issuer.token(used, "k1")).status == 401


def test_the_curve_of_a_key_decides_and_not_the_token(ask, issuer):
    for algorithm, kid in (("ES256", "p256"), ("ES384", "p384"), ("EdDSA", "ed")):
        issuer.add_key(algorithm, kid)
    assert ask(issuer.token("ES256", "p256", name="p384")).status == 401
    assert ask(issuer.token("EdDSA", "ed", name="p256")).status == 401
    assert ask(issuer.token("ES384", "p384", name="ed")).status == 401
    assert ask(issuer.token("ES384", "p384")).status == 200


def test_a_new_key_is_fetched_when_a_token_names_it(ask, issuer, moving):
    issuer.add_key("RS256", "old")
    assert ask(issuer.token("RS256", "old")).status == 200
    issuer.add_key("ES256", "new")
    moving.ahead = PAUSE_SECONDS
    assert ask(issuer.token("ES256", "new")).status == 200
    assert ask(issuer.token("RS256", "old")).status == 200
    assert issuer.asked == [DISCOVERY, JWKS] * 2


def test_a_token_of_a_withdrawn_key_ends_with_the_next_fetch(ask, issuer, moving):
    issuer.add_key("RS256", "old")
    token = issuer.token("RS256", "old", exp=int(time.time()) + 9000)
    assert ask(token).status == 200
    issuer.keys.clear()
    issuer.add_key("RS256", "new")
    moving.ahead = FRESH_SECONDS + 1
    assert ask(token).status == 401


def test_a_token_of_a_key_whose_name_another_one_took_ends_as_well(ask, issuer, moving):
    issuer.add_key("ES256", "k1")
    token = issuer.token("ES256", "k1", exp=int(time.time()) + 9000)
    assert ask(token).status == 200
    issuer.add_key("ES256", "k1")
    issuer.add_key("ES256", "k2")
    moving.ahead = PAUSE_SECONDS
    assert ask(issuer.token("ES256", "k2")).status == 200
    assert ask(token).status == 401


def test_an_issuer_that_was_away_is_asked_again_within_seconds(ask, issuer, moving):
    issuer.add_key("RS256", "k1")
    documents, issuer.documents = issuer.documents, {}
    token = issuer.token("RS256", "k1")
    for _ in range(20):
        assert ask(token).status == 401
    assert issuer.asked == [DISCOVERY]
    issuer.documents = documents
    moving.ahead = 1.5
    assert ask(token).status == 200


def test_an_issuer_that_stays_away_is_asked_ever_more_seldom(ask, issuer, moving):
    issuer.add_key("RS256", "a")
    token = issuer.token("RS256", "a", exp=int(time.time()) + 9000)
    issuer.documents = {}
    for second in range(0, 300):
        moving.ahead = float(second)
        assert ask(token).status == 401
    assert 8 <= len(issuer.asked) <= 15


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"aud": ["another", AUDIENCE]}, 200),
        ({"aud": "another"}, 401),
        ({"aud": ["another"]}, 401),
        ({"aud": AUDIENCE.upper()}, 401),
        ({"aud": None, "client_id": AUDIENCE}, 200),
        ({"aud": None, "client_id": "another"}, 401),
        ({"aud": "another", "client_id": AUDIENCE}, 401),
        ({"aud": AUDIENCE, "client_id": "another"}, 200),
        ({"aud": None}, 401),
        ({"exp": None}, 401),
        ({"exp": 1}, 401),
        ({"nbf": 1}, 200),
        ({"nbf": 4_000_000_000}, 401),
        ({"iat": 4_000_000_000}, 401),
        ({"iat": None}, 200),
        ({"iss": None}, 401),
        ({"iss": "https://issuer.example"}, 401),
    ],
)
def test_claims_are_held_to_the_rules_of_the_developer_guide(ask, issuer, claims, status):
    issuer.add_key("ES256", "k1")
    assert ask(issuer.token("ES256", "k1", **claims)).status == status


@pytest.mark.parametrize(
    "spelling",
    [
        lambda url: f"{url}/",
        lambda url: url.upper(),
        lambda url: url.replace("127.0.0.1", "localhost"),
        lambda url: url.replace("/tenant", "/%74enant"),
        lambda url: url.replace("http://", "HTTP://"),
        lambda url: f" {url}",
    ],
)
def test_an_issuer_is_compared_to_the_letter(ask, issuer, spelling):
    issuer.add_key("ES256", "k1")
    assert ask(issuer.token("ES256", "k1", iss=spelling(issuer.url))).status == 401
    issuer.publish(issuer=spelling(issuer.url))
    assert ask(issuer.token("ES256", "k1")).status == 401


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"scope": "pets:read pets:write"}, 200),
        ({"scp": ["pets:read"]}, 200),
        ({"scp": "pets:read"}, 200),
        ({"scope": "pets"}, 403),
        ({"scope": "pets:read2"}, 403),
        ({}, 403),
        ({"scope": {"pets:read": True}}, 403),
        ({"scope": "", "scp": ["pets:read"]}, 403),
    ],
)
def test_a_route_asks_for_one_of_its_scopes(ask, issuer, claims, status):
    issuer.add_key("ES256", "k1")
    answer = ask(issuer.token("ES256", "k1", **claims), scopes=frozenset({"pets:read", "admin"}))
    assert answer.status == status


def test_one_of_fifty_audiences_is_enough(ask, issuer):
    issuer.add_key("ES256", "k1")
    audiences = frozenset(f"client-{number}" for number in range(50))
    token = issuer.token("ES256", "k1", aud="client-49")
    assert ask(token, audiences=audiences).status == 200


def test_a_token_may_stand_in_a_query_parameter(tokens, serve, upstream, issuer):
    issuer.add_key("ES256", "k1")
    verify = verifying(verifier_of(issuer.url))
    plane = Plane(tokens, performers={VerifyToken: verify})
    source = "$request.querystring.access_token"
    authorizer = JwtAuthorizer("jwt", issuer.url, frozenset({AUDIENCE}), source)
    plane.show(Route("GET /pets", HttpProxyIntegration(upstream(ok()).url), authorizer))
    server = serve(plane.app)
    token = issuer.token("ES256", "k1")
    host = {"Host": API_HOST}
    assert server.get(f"/pets?access_token={token}", headers=host).status == 200
    assert server.get("/pets", token=token, headers=host).status == 401
    plane.pool.close()
