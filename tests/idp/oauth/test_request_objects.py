"""Signed authorization requests (RFC 9101): only what the client signed counts, and once."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from idp.models import PushedRequest
from idp.user_pools.rules.documented_settings import WrongSetting
from tests.idp.oauth.keys import ALGORITHMS, ClientKey, by_secret, client_key, unsigned
from tests.idp.oauth.pushes import open_page, sign_in
from tests.idp.oauth.signed_requests import request_claims, send
from tests.idp.oauth.world import (
    CALLBACK,
    ORIGIN,
    Pkce,
    TestClient,
    World,
    query_of,
    request_of,
)

KEY = client_key()


@pytest.fixture
def client(world: World, public_client: TestClient) -> TestClient:
    """One that signs with ES256."""
    world.register(public_client, jwks={"keys": [KEY.jwk()]})
    return public_client


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_signed_request_leads_to_a_code(
    world: World, public_client: TestClient, proof: Pkce, algorithm: str
) -> None:
    key = client_key(algorithm)
    world.register(public_client, jwks={"keys": [key.jwk(kid="one")]})
    claims = request_claims(world, public_client, max_age=300, **proof.parameters)
    given = query_of(send(world, public_client, key.sign(claims, kid="one")))
    assert set(given) == {"client_id", "request_uri"}
    back = query_of(sign_in(world.browser(), given))
    assert back["state"] == "af0ifjsldkj"
    bought = world.redeem(public_client, back["code"], code_verifier=proof.verifier)
    assert bought.status_code == 200


def test_nothing_outside_the_object_counts(world: World, client: TestClient, proof: Pkce) -> None:
    claims = request_claims(world, client, **proof.parameters)
    answer = send(
        world, client, KEY.sign(claims), redirect_uri="https://evil.example/", state="other"
    )
    back = sign_in(world.browser(), query_of(answer))
    assert back.location.startswith(f"{CALLBACK}?code=")
    assert query_of(back)["state"] == "af0ifjsldkj"


def test_claims_may_stand_in_it_as_an_object(world: World, client: TestClient, proof: Pkce) -> None:
    wishes = {"id_token": {"name": {"essential": True}}}
    claims = request_claims(world, client, claims=wishes, **proof.parameters)
    assert send(world, client, KEY.sign(claims)).location.startswith("/login?")
    (row,) = world.rows(PushedRequest)
    assert row.parameters["parameters"]["claims"] == '{"id_token":{"name":{"essential":true}}}'


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": None},
        {"iss": "somebody"},
        {"aud": None},
        {"aud": "https://other.example"},
        {"exp": None},
        {"exp": 1},
        {"exp": 2_000_000_000},
        {"nbf": 2_000_000_000},
        {"jti": None},
        {"client_id": None},
        {"client_id": "other"},
        {"request": "x"},
        {"request_uri": "urn:x"},
        {"scope": ["openid"]},
        {"state": True},
        {"state": "\x00"},
    ],
    ids=lambda changed: "-".join(f"{name}-{value}" for name, value in changed.items()),
)
def test_an_object_that_is_not_right_leads_nowhere(
    world: World, client: TestClient, proof: Pkce, changed: dict[str, Any]
) -> None:
    claims = request_claims(world, client, **{**proof.parameters, **changed})
    answer = send(world, client, KEY.sign(claims), redirect_uri=CALLBACK)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert world.rows(PushedRequest) == []


@pytest.mark.parametrize(
    "key",
    [unsigned(), by_secret("x" * 51), client_key("ES256", 1), client_key("RS256")],
    ids=["none", "HS256", "another key", "another algorithm"],
)
def test_only_the_clients_own_key_signs(
    world: World, client: TestClient, proof: Pkce, key: ClientKey
) -> None:
    answer = send(world, client, key.sign(request_claims(world, client, **proof.parameters)))
    assert answer.status_code == 400


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c", "crit"])
def test_a_key_that_the_object_names_itself_is_not_asked(
    world: World, client: TestClient, proof: Pkce, name: str
) -> None:
    claims = request_claims(world, client, **proof.parameters)
    answer = send(world, client, KEY.sign(claims, **{name: KEY.jwk()}))
    assert answer.status_code == 400


def test_an_object_is_good_once(world: World, client: TestClient, proof: Pkce) -> None:
    signed = KEY.sign(request_claims(world, client, **proof.parameters))
    assert send(world, client, signed).location.startswith("/login?")
    assert send(world, client, signed).status_code == 400


def test_a_client_assertion_is_no_request(world: World, client: TestClient, proof: Pkce) -> None:
    """RFC 9101 §10.8, cross-JWT confusion."""
    claims = request_claims(world, client, sub=client.id, **proof.parameters)
    assert send(world, client, KEY.sign(claims)).status_code == 400
    typed = KEY.sign(request_claims(world, client), typ="client-authentication+jwt")
    assert send(world, client, typed).status_code == 400


def test_an_error_within_goes_back_to_the_client(
    world: World, client: TestClient, proof: Pkce
) -> None:
    claims = request_claims(world, client, scope="admin", **proof.parameters)
    assert query_of(send(world, client, KEY.sign(claims)))["error"] == "invalid_scope"


def test_a_registered_algorithm_is_the_only_one(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    rsa = client_key("RS256")
    world.register(
        public_client,
        jwks={"keys": [KEY.jwk(kid="ec"), rsa.jwk(kid="rsa")]},
        request_object_signing_alg="ES256",
    )
    for key, kid, status in ((rsa, "rsa", 400), (KEY, "ec", 303)):
        claims = request_claims(world, public_client, **proof.parameters)
        assert send(world, public_client, key.sign(claims, kid=kid)).status_code == status


@pytest.mark.parametrize("whose", ["client", "pool"])
def test_a_request_that_must_be_signed_is_refused_otherwise(
    world: World, client: TestClient, proof: Pkce, whose: str
) -> None:
    if whose == "client":
        world.register(client, jwks={"keys": [KEY.jwk()]}, require_signed_request_object=True)
    else:
        world.configure(client.pool_id, require_signed_request_object=True)
    query = urlencode(request_of(client, **proof.parameters))
    plain = world.browser().get(f"/oauth2/authorize?{query}", base_url=ORIGIN)
    assert query_of(plain)["error"] == "invalid_request"
    signed = KEY.sign(request_claims(world, client, **proof.parameters))
    assert send(world, client, signed).location.startswith("/login?")


def test_signing_needs_keys(world: World, public_client: TestClient) -> None:
    for member in (
        {"require_signed_request_object": True},
        {"request_object_signing_alg": "ES256"},
    ):
        with pytest.raises(WrongSetting, match="needs the client's jwks"):
            world.register(public_client, **member)


def test_a_signed_request_may_be_pushed(world: World, client: TestClient, proof: Pkce) -> None:
    world.register(
        client,
        jwks={"keys": [KEY.jwk()]},
        require_signed_request_object=True,
        require_pushed_authorization_requests=True,
    )
    signed = KEY.sign(request_claims(world, client, **proof.parameters))
    assert "error=invalid_request" in send(world, client, signed).location
    signed = KEY.sign(request_claims(world, client, **proof.parameters))
    browser = world.browser()

    def push(**form: str) -> TestResponse:
        return browser.post("/oauth2/par", data={"client_id": client.id, **form}, base_url=ORIGIN)

    assert push(request=signed, scope="openid").status_code == 400
    pushed = push(request=signed)
    assert pushed.json
    given = {"client_id": client.id, "request_uri": pushed.json["request_uri"]}
    assert open_page(browser, given).location.startswith("/login?")
    again = push(request=signed)
    assert again.json
    assert again.json["error"] == "invalid_request_object"


def test_request_and_request_uri_exclude_each_other(
    world: World, client: TestClient, proof: Pkce
) -> None:
    """RFC 9101 §5."""
    signed = KEY.sign(request_claims(world, client, **proof.parameters))
    given = query_of(send(world, client, signed))
    answer = open_page(world.browser(), {**given, "request": signed})
    assert answer.status_code == 400


def test_the_sign_in_page_takes_an_object_as_well(
    world: World, client: TestClient, proof: Pkce
) -> None:
    """Its form goes on with the reference, since the object is good once."""
    signed = KEY.sign(request_claims(world, client, **proof.parameters))
    browser = world.browser()
    query = urlencode({"client_id": client.id, "request": signed})
    answer = browser.get(f"/login?{query}", base_url=ORIGIN)
    assert answer.location.startswith("/login?")
    assert "code" in query_of(sign_in(browser, query_of(answer)))
