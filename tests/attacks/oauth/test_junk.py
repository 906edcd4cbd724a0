"""Nothing that a stranger sends makes an error of ours: seeded junk at each endpoint."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.attacks.oauth.test_races import world
from tests.idp.oauth.keys import client_key
from tests.idp.oauth.signed_requests import request_claims
from tests.idp.oauth.world import CALLBACK, ORIGIN, Pkce, TestClient, World, request_of

__all__ = ["world"]

ROUNDS = 150
TEXTS = (
    "",
    " ",
    "x",
    "0",
    "-1",
    "1e400",
    "none",
    "login create",
    "none none",
    "code",
    "code id_token",
    "id_token  token",
    "token",
    "query",
    "fragment",
    "form_post",
    "openid",
    "openid email openid",
    "null",
    "true",
    "[]",
    "{}",
    '{"id_token": {}}',
    '{"id_token": {"acr": {"essential": true, "values": ["urn:cognito:loa:4", 1]}}}',
    '{"id_token": {"sub": {"value": {}}}, "userinfo": []}',
    '{"userinfo": {"email": {"values": [null]}}}',
    '{"id_token": {"a": {"value": 1e400}}}',
    '{"id_token": {"a": null, "a": null}, "id_token": 1}',
    "[" * 2000,
    "a.b.c",
    "eyJhbGciOiJub25lIn0.e30.",
    "eyJhbGciOiJFUzI1NiJ9.W10.AAAA",
    "....",
    "urn:ietf:params:oauth:request_uri:",
    "urn:ietf:params:oauth:request_uri:" + "A" * 43,
    "https://evil.example/",
    "http://[::1",
    "http://127.0.0.1:99999999999/",
    CALLBACK,
    "\x00",
    "\x7f",
    "\u202e",
    "\U0001f511",
    "%ff%fe",
    "a" * 9000,
    "en fr-CA *",
)
NAMES = (
    *("response_type", "response_mode", "redirect_uri", "scope", "state", "nonce", "prompt"),
    *("max_age", "acr_values", "claims", "id_token_hint", "login_hint", "ui_locales", "lang"),
    *("code_challenge", "code_challenge_method", "request", "request_uri", "registration"),
    *("identity_provider", "idp_identifier", "resource", "dpop_jkt", "client_id", "display"),
)
VALUES: tuple[Any, ...] = (
    *TEXTS,
    *(None, 0, -1, True, 1.5, [], [1], ["x"], [[]], {}, {"a": {}}, ["\x00"], [""], {"keys": []}),
    {"keys": [{**client_key().jwk(), "note": "\x00"}]},
)
MEMBERS = (
    *("redirect_uris", "client_name", "scope", "grant_types", "response_types", "jwks"),
    *("token_endpoint_auth_method", "default_max_age", "require_auth_time", "subject_type"),
    *("default_acr_values", "request_object_signing_alg", "post_logout_redirect_uris"),
    *("token_endpoint_auth_signing_alg", "dpop_bound_access_tokens", "software_statement"),
    *("client_id", "client_secret", "require_signed_request_object", "jwks_uri"),
)


@pytest.fixture
def client(world: World, public_client: TestClient) -> TestClient:
    world.app.config["PROPAGATE_EXCEPTIONS"] = True
    world.register(public_client, jwks={"keys": [client_key().jwk()]}, require_consent=True)
    return public_client


@pytest.mark.parametrize("path", ["/oauth2/authorize", "/login", "/consent", "/oauth2/par"])
def test_parameters(world: World, client: TestClient, path: str) -> None:
    chance = random.Random(path)  # noqa: S311 - the same junk in each run
    browser = world.browser()
    world.sign_in(browser, client, **Pkce().parameters)
    for _ in range(ROUNDS):
        given = request_of(client, **Pkce().parameters)
        for name in chance.sample(NAMES, chance.randint(1, 5)):
            given[name] = chance.choice(TEXTS)
        query = urlencode(given)
        if path == "/oauth2/par":
            form = "application/x-www-form-urlencoded"
            world.time.now += 1  # so that nobody is told to slow down
            answer = browser.post(path, data=query, content_type=form, base_url=ORIGIN)
        else:
            answer = browser.get(f"{path}?{query}", base_url=ORIGIN)
        assert answer.status_code < 500, given


def test_request_objects(world: World, client: TestClient) -> None:
    chance = random.Random("objects")  # noqa: S311 - the same junk in each run
    browser = world.browser()
    for _ in range(ROUNDS):
        claims = request_claims(world, client, **Pkce().parameters)
        for name in chance.sample((*NAMES, "iss", "aud", "exp", "nbf", "iat", "jti", "sub"), 2):
            claims[name] = chance.choice(VALUES)
        signed = client_key().sign(claims)
        query = urlencode({"client_id": client.id, "request": signed})
        answer = browser.get(f"/oauth2/authorize?{query}", base_url=ORIGIN)
        assert answer.status_code < 500, claims


def test_registrations(world: World, client: TestClient) -> None:
    chance = random.Random("registrations")  # noqa: S311 - the same junk in each run
    browser = world.browser()
    world.configure(client.pool_id, dynamic_registration="open")
    path = f"/{client.pool_id}/oauth2/register"
    made = browser.post(path, json={"redirect_uris": [CALLBACK]}, base_url=ORIGIN).json
    assert made
    own = f"/oauth2/register/{made['client_id']}"
    token = {"Authorization": f"Bearer {made['registration_access_token']}"}
    for number in range(ROUNDS):
        given: dict[str, Any] = {"redirect_uris": [CALLBACK], "client_id": made["client_id"]}
        for name in chance.sample(MEMBERS, chance.randint(1, 3)):
            given[name] = chance.choice(VALUES)
        world.time.now += 11
        if number % 2:
            answer = browser.put(own, json=given, headers=token, base_url=ORIGIN)
        else:
            answer = browser.post(path, data=json.dumps(given), base_url=ORIGIN)
        assert answer.status_code < 500, given


@pytest.mark.parametrize(
    "member",
    [
        {"jwks": {"keys": [{**client_key().jwk(), "note": "\x00"}]}},
        {"jwks": {"keys": [{**client_key().jwk(), "kid": "\x00"}]}},
        {"default_acr_values": ["\x00"]},
        {"client_name": "a\x00b"},
        {"redirect_uris": [f"{CALLBACK}\x00"]},
    ],
    ids=["note", "kid", "level", "name", "uri"],
)
def test_texts_that_postgresql_does_not_take_are_refused_before(
    world: World, client: TestClient, member: dict[str, Any]
) -> None:
    world.configure(client.pool_id, dynamic_registration="open")
    given = {"redirect_uris": [CALLBACK], **member}
    path = f"/{client.pool_id}/oauth2/register"
    assert world.browser().post(path, json=given, base_url=ORIGIN).status_code == 400


def test_names_that_postgresql_does_not_take_are_refused_before(
    world: World, client: TestClient
) -> None:
    given = {**request_of(client, **Pkce().parameters), "a\x00b": "x"}
    pushed = world.browser().post("/oauth2/par", data=given, base_url=ORIGIN)
    assert pushed.status_code == 400
    claims = {**request_claims(world, client, **Pkce().parameters), "a\x00b": "x"}
    query = urlencode({"client_id": client.id, "request": client_key().sign(claims)})
    answer = world.browser().get(f"/oauth2/authorize?{query}", base_url=ORIGIN)
    assert answer.status_code == 400
