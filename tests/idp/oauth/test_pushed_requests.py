"""Pushed authorization requests (RFC 9126): bound, short-lived, and spent once."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from idp.models import AuthorizationCode, PushedRequest
from idp.oauth import pushed_requests
from idp.oauth.endpoints import par
from tests.idp.oauth import proofs
from tests.idp.oauth.keys import client_key
from tests.idp.oauth.moves import authorize
from tests.idp.oauth.pushes import open_page, push, pushed, sign_in
from tests.idp.oauth.signed_requests import request_claims, send
from tests.idp.oauth.world import (
    CALLBACK,
    ORIGIN,
    PASSWORD,
    Pkce,
    TestClient,
    World,
    csrf_token,
    query_of,
    request_of,
)


def test_a_pushed_request_leads_to_a_code(
    world: World, confidential_client: TestClient, proof: Pkce
) -> None:
    answer = push(world, confidential_client, **proof.parameters)
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json
    assert answer.json["expires_in"] == 60
    given = {"client_id": confidential_client.id, "request_uri": answer.json["request_uri"]}
    browser = world.browser()
    to_page = open_page(browser, given)
    assert query_of(to_page) == given
    back = query_of(sign_in(browser, given))
    assert back["state"] == "af0ifjsldkj"
    bought = world.redeem(confidential_client, back["code"], code_verifier=proof.verifier)
    assert bought.status_code == 200


def test_every_screen_carries_the_reference_alone(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    given = pushed(world, public_client, login_hint="ada@example.com", **proof.parameters)
    page = open_page(world.browser(), given, "/login")
    assert 'value="ada@example.com"' in page.text
    for path in ("/signup", "/forgotPassword"):
        assert f"{path}?{urlencode(given)}".replace("&", "&amp;") in page.text
        assert open_page(world.browser(), given, path).status_code == 200
    assert proof.parameters["code_challenge"] not in page.text


def test_nothing_beside_the_reference_counts(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    """RFC 9101 §6.3, which RFC 9126 §4 builds on."""
    given = pushed(world, public_client, **proof.parameters)
    beside = {**given, "redirect_uri": "https://evil.example/", "scope": "admin", "state": "x"}
    browser = world.browser()
    assert query_of(open_page(browser, beside)) == given
    assert sign_in(browser, beside).location.startswith(f"{CALLBACK}?code=")


def test_it_is_spent_with_the_code(world: World, public_client: TestClient, proof: Pkce) -> None:
    given = pushed(world, public_client, **proof.parameters)
    browser = world.browser()
    assert "code" in query_of(sign_in(browser, given))
    assert world.rows(PushedRequest) == []
    again = open_page(browser, given)
    assert again.status_code == 400
    assert "Location" not in again.headers


def test_two_browsers_get_one_code(world: World, public_client: TestClient, proof: Pkce) -> None:
    given = pushed(world, public_client, **proof.parameters)
    first, second = world.browser(), world.browser()
    form = {"username": "ada@example.com", "password": PASSWORD}
    tokens = [csrf_token(open_page(each, given, "/login")) for each in (first, second)]
    answers = [
        browser.post(
            f"/login?{urlencode(given)}", data={**form, "csrf_token": token}, base_url=ORIGIN
        )
        for browser, token in zip((first, second), tokens, strict=True)
    ]
    assert [answer.status_code for answer in answers] == [302, 400]
    assert len(world.rows(AuthorizationCode)) == 1


def test_it_must_be_opened_within_a_minute(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    given = pushed(world, public_client, **proof.parameters)
    world.time.now += 60
    answer = open_page(world.browser(), given)
    assert answer.status_code == 400
    assert "request_uri has expired" in answer.text


def test_it_lives_while_somebody_types_and_no_longer(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    given = pushed(world, public_client, **proof.parameters)
    browser = world.browser()
    open_page(browser, given)
    world.time.now += 29 * 60
    assert open_page(browser, given, "/login").status_code == 200
    world.time.now += 2 * 60
    assert open_page(browser, given, "/login").status_code == 400


def test_it_belongs_to_its_client(
    world: World, pool_id: str, public_client: TestClient, proof: Pkce
) -> None:
    given = pushed(world, public_client, **proof.parameters)
    other = world.client(pool_id)
    answer = open_page(world.browser(), {**given, "client_id": other.id})
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_who_pushes_is_authenticated(world: World, confidential_client: TestClient) -> None:
    given = request_of(confidential_client)
    answer = world.browser().post("/oauth2/par", data=given, base_url=ORIGIN)
    assert answer.status_code == 400
    assert answer.json
    assert answer.json["error"] == "invalid_client"


def test_secrets_are_not_stored(world: World, confidential_client: TestClient) -> None:
    given = {**request_of(confidential_client), "client_secret": confidential_client.secret}
    world.browser().post("/oauth2/par", data=given, base_url=ORIGIN)
    (row,) = world.rows(PushedRequest)
    assert confidential_client.secret not in str(row.parameters)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"response_type": "x"}, "unsupported_response_type"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"state": "x" * par.MOST_CHARACTERS}, "invalid_request"),
    ],
    ids=["redirect", "reference", "type", "scope", "challenge", "size"],
)
def test_what_the_authorization_endpoint_refuses_is_refused_at_once(
    world: World,
    public_client: TestClient,
    proof: Pkce,
    changed: dict[str, str | None],
    error: str,
) -> None:
    answer = push(world, public_client, **{**proof.parameters, **changed})
    assert answer.status_code == 400
    assert answer.json
    assert answer.json["error"] == error
    assert world.rows(PushedRequest) == []


@pytest.mark.parametrize("whose", ["client", "pool"])
def test_a_request_that_must_be_pushed_is_refused_elsewhere(
    world: World, public_client: TestClient, proof: Pkce, whose: str
) -> None:
    if whose == "client":
        world.register(public_client, require_pushed_authorization_requests=True)
    else:
        world.configure(public_client.pool_id, require_pushed_authorization_requests=True)
    refused = query_of(authorize(world, public_client, **proof.parameters))
    assert refused["error"] == "invalid_request"
    given = pushed(world, public_client, **proof.parameters)
    assert open_page(world.browser(), given).location.startswith("/login?")


def test_strangers_cannot_fill_the_table(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    statuses = {
        push(world, public_client, **proof.parameters).status_code
        for _ in range(par.PUBLIC_BURST + 1)
    }
    assert statuses == {201, 429}


def test_a_public_client_has_so_many_that_wait(
    world: World, public_client: TestClient, proof: Pkce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushed_requests, "MOST_OPEN", 3)
    given = [pushed(world, public_client, **proof.parameters) for _ in range(3)]
    assert push(world, public_client, **proof.parameters).status_code == 429
    assert push(world, world.client(public_client.pool_id), **proof.parameters).status_code == 201
    sign_in(world.browser(), given[0])
    assert push(world, public_client, **proof.parameters).status_code == 201
    assert push(world, public_client, **proof.parameters).status_code == 429
    world.time.now += 61
    assert push(world, public_client, **proof.parameters).status_code == 201


def test_what_means_nothing_is_not_kept(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    stuffing = {"x": "x" * 20_000, "audience": "https://api.example", "__proto__": "1"}
    pushed(world, public_client, **stuffing, **proof.parameters)
    world.register(public_client, jwks={"keys": [client_key().jwk()]})
    claims = request_claims(world, public_client, **stuffing, **proof.parameters)
    send(world, public_client, client_key().sign(claims))
    for row in world.rows(PushedRequest):
        kept = row.parameters["parameters"]
        assert not stuffing.keys() & kept.keys()
        assert kept["state"] == "af0ifjsldkj"


def test_discovery_says_where_to_push(world: World, pool_id: str) -> None:
    address = f"/{pool_id}/.well-known/openid-configuration"
    found = world.browser().get(address, base_url=ORIGIN).json
    assert found
    assert found["pushed_authorization_request_endpoint"] == f"{ORIGIN}/oauth2/par"
    assert found["require_pushed_authorization_requests"] is False
    world.configure(pool_id, require_pushed_authorization_requests=True)
    found = world.browser().get(address, base_url=ORIGIN).json
    assert found
    assert found["require_pushed_authorization_requests"] is True


def test_a_dpop_proof_binds_the_code(world: World, public_client: TestClient, proof: Pkce) -> None:
    """RFC 9449 §10.1."""
    key, other = client_key(), client_key(number=1)
    given = request_of(public_client, **proof.parameters)
    htu = f"{ORIGIN}/oauth2/par"

    def send(fields: dict[str, str], **more: str) -> TestResponse:
        return world.browser().post(
            "/oauth2/par", data={**given, **more}, headers=fields, base_url=ORIGIN
        )

    unprepared = send({"DPoP": proofs.proof(world, key, htu=htu)})
    assert unprepared.json
    assert unprepared.json["error"] == "use_dpop_nonce"
    fields = {"DPoP": proofs.proof(world, key, htu=htu, nonce=unprepared.headers["DPoP-Nonce"])}
    mixed = send(
        {"DPoP": proofs.proof(world, key, htu=htu, nonce=unprepared.headers["DPoP-Nonce"])},
        dpop_jkt=other.thumbprint,
    )
    assert mixed.json
    assert mixed.json["error"] == "invalid_dpop_proof"
    answer = send(fields)
    assert answer.json
    reference = {"client_id": public_client.id, "request_uri": answer.json["request_uri"]}
    code = query_of(sign_in(world.browser(), reference))["code"]
    verifier = {"code_verifier": proof.verifier}
    assert proofs.redeem(world, other, public_client, code, **verifier).status_code == 400
    assert proofs.redeem(world, key, public_client, code, **verifier).status_code == 200


def test_pages_may_push_from_any_origin(world: World) -> None:
    answer = world.browser().options("/oauth2/par", base_url=ORIGIN)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
