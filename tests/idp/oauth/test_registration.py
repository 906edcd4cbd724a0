"""Dynamic registration (RFC 7591) and its management (RFC 7592)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp import cleanup
from idp.models import PoolDocument, UserPoolClient
from idp.oauth.endpoints import register as endpoint
from idp.user_pools.services import client_registration, clients, open_registrations
from tests.idp.oauth.keys import client_key
from tests.idp.oauth.moves import authorize, decide
from tests.idp.oauth.world import CALLBACK, ORIGIN, Pkce, TestClient, World, query_of


def send(world: World, pool_id: str, token: str | None = None, **metadata: Any) -> TestResponse:
    given = {"redirect_uris": [CALLBACK], "client_name": "Sextant", **metadata}
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return world.browser().post(
        f"/{pool_id}/oauth2/register",
        json={name: value for name, value in given.items() if value is not None},
        headers=headers,
        base_url=ORIGIN,
    )


def registered(world: World, pool_id: str, **metadata: Any) -> dict[str, Any]:
    answer = send(world, pool_id, **metadata)
    assert answer.status_code == 201, answer.text
    assert answer.json
    return dict(answer.json)


def manage(
    world: World, made: dict[str, Any], method: str, token: str | None = None, **given: Any
) -> TestResponse:
    headers = {"Authorization": f"Bearer {token or made['registration_access_token']}"}
    path = made["registration_client_uri"].removeprefix(ORIGIN)
    more = {"json": given} if method == "PUT" else {}
    return world.browser().open(path, method=method, headers=headers, base_url=ORIGIN, **more)


def initial_token(world: World, pool_id: str) -> str:
    kernel = world.kernel
    return kernel.database.write(
        client_registration.make_initial_token,
        kernel.randomness,
        pool_id,
        timedelta(hours=1),
        kernel.clock.now(),
    )


@pytest.fixture
def open_pool(world: World, pool_id: str) -> str:
    world.configure(pool_id, dynamic_registration="open")
    return pool_id


def test_it_is_off_until_somebody_turns_it_on(world: World, pool_id: str) -> None:
    assert send(world, pool_id).status_code == 401
    assert send(world, pool_id, initial_token(world, pool_id)).status_code == 401
    found = world.browser().get(f"/{pool_id}/.well-known/openid-configuration", base_url=ORIGIN)
    assert found.json
    assert "registration_endpoint" not in found.json


def test_a_registered_client_signs_people_in_who_allow_it(world: World, open_pool: str) -> None:
    made = registered(world, open_pool, token_endpoint_auth_method="none", scope="openid email")
    assert "client_secret" not in made
    client, proof, browser = TestClient(made["client_id"], open_pool), Pkce(), world.browser()
    screen = world.sign_in(browser, client, **proof.parameters)
    back = query_of(decide(browser, screen, "allow"))
    assert world.redeem(client, back["code"], code_verifier=proof.verifier).status_code == 200


def test_the_answer_is_that_of_rfc_7591(world: World, open_pool: str) -> None:
    given = {"post_logout_redirect_uris": ["https://app.example/bye"], "unheard_of": 1}
    answer = send(world, open_pool, **given)
    assert answer.headers["Cache-Control"] == "no-store"
    made = answer.json
    assert made
    assert made["client_secret"]
    assert made["client_secret_expires_at"] == 0
    assert made["client_id_issued_at"] == int(world.time.now)
    assert made["token_endpoint_auth_method"] == "client_secret_basic"
    assert made["grant_types"] == ["authorization_code", "refresh_token"]
    assert made["response_types"] == ["code"]
    assert made["redirect_uris"] == [CALLBACK]
    assert made["post_logout_redirect_uris"] == given["post_logout_redirect_uris"]
    assert made["scope"] == "openid email phone profile"
    assert "unheard_of" not in made
    uri = f"{ORIGIN}/oauth2/register/{made['client_id']}"
    assert made["registration_client_uri"] == uri


def test_it_is_an_ordinary_app_client_that_may_do_little(world: World, open_pool: str) -> None:
    made = registered(world, open_pool, scope="openid email")
    row = next(row for row in world.rows(UserPoolClient) if row.id == made["client_id"])
    described = world.kernel.database.read(clients.describe, world.kernel, row)
    assert described["ClientType"] == "DCR"
    assert described["CallbackURLs"] == [CALLBACK]
    assert described["AllowedOAuthScopes"] == ["openid", "email"]
    assert described["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert set(described["ReadAttributes"]) == {"email", "email_verified"}
    assert described["WriteAttributes"] == ["email"]


def test_an_initial_access_token_lets_in(world: World, pool_id: str) -> None:
    world.configure(pool_id, dynamic_registration="token")
    token = initial_token(world, pool_id)
    assert send(world, pool_id).status_code == 401
    assert send(world, pool_id, "x" * 43).status_code == 401
    assert send(world, pool_id, token).status_code == 201
    world.time.now += 3600
    assert send(world, pool_id, token).status_code == 401


def test_a_token_is_of_one_pool(world: World, pool_id: str) -> None:
    other = world.pool(PoolName="others")
    for each in (pool_id, other):
        world.configure(each, dynamic_registration="token")
    assert send(world, other, initial_token(world, pool_id)).status_code == 401


def test_no_token_is_stored(world: World, pool_id: str) -> None:
    world.configure(pool_id, dynamic_registration="token")
    token = initial_token(world, pool_id)
    made = send(world, pool_id, token).json
    assert made
    stored = str([(row.kind, row.key, row.document) for row in world.rows(PoolDocument)])
    assert token not in stored
    assert made["registration_access_token"] not in stored


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": CALLBACK}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://app.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.example/#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.example/\n"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://*.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [f"{CALLBACK}{n}" for n in range(21)]}, "invalid_redirect_uri"),
        ({"redirect_uris": [CALLBACK + "x" * 3000]}, "invalid_redirect_uri"),
        ({"redirect_uris": [1]}, "invalid_redirect_uri"),
        ({"software_statement": "x.y.z"}, "unapproved_software_statement"),
        ({"client_name": "<b>"}, "invalid_client_metadata"),
        ({"client_name": 1}, "invalid_client_metadata"),
        ({"scope": "openid aws.cognito.signin.user.admin"}, "invalid_client_metadata"),
        ({"scope": "boats/read"}, "invalid_client_metadata"),
        ({"scope": 1}, "invalid_client_metadata"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
        ({"grant_types": [1]}, "invalid_client_metadata"),
        ({"grant_types": ["refresh_token"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"response_types": "code"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"subject_type": "pairwise"}, "invalid_client_metadata"),
        ({"jwks": {"keys": "x"}}, "invalid_client_metadata"),
        ({"jwks_uri": "https://app.example/keys"}, "invalid_client_metadata"),
        ({"default_max_age": -1}, "invalid_client_metadata"),
    ],
    ids=range(29),
)
def test_what_a_client_cannot_be_is_refused(
    world: World, open_pool: str, changed: dict[str, Any], error: str
) -> None:
    before = len(world.rows(UserPoolClient))
    answer = send(world, open_pool, **changed)
    assert answer.status_code == 400
    assert answer.json
    assert answer.json["error"] == error
    assert len(world.rows(UserPoolClient)) == before


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"{" * 5000, b'"' + b"x" * 70_000 + b'"'])
def test_a_body_that_is_no_metadata_is_refused(world: World, open_pool: str, body: bytes) -> None:
    path = f"/{open_pool}/oauth2/register"
    answer = world.browser().post(path, data=body, base_url=ORIGIN)
    assert answer.status_code == 400


def test_a_client_cannot_register_itself_out_of_asking(world: World, open_pool: str) -> None:
    made = registered(world, open_pool, require_consent=False, token_endpoint_auth_method="none")
    browser = world.browser()
    client = TestClient(made["client_id"], open_pool)
    screen = world.sign_in(browser, client, **Pkce().parameters)
    assert screen.location.startswith("/consent?")


def test_implicit_is_registered_with_its_response_types(world: World, open_pool: str) -> None:
    made = registered(
        world, open_pool, grant_types=["implicit"], response_types=["id_token", "id_token token"]
    )
    assert made["grant_types"] == ["implicit"]
    assert made["response_types"] == ["id_token", "id_token token"]


def test_a_client_with_its_own_key_has_no_secret(world: World, open_pool: str) -> None:
    jwks = {"keys": [client_key().jwk()]}
    made = registered(world, open_pool, token_endpoint_auth_method="private_key_jwt", jwks=jwks)
    assert "client_secret" not in made
    assert made["jwks"] == jwks


def test_a_client_reads_its_registration(world: World, open_pool: str) -> None:
    made = registered(world, open_pool)
    answer = manage(world, made, "GET")
    assert answer.status_code == 200
    assert answer.json == made


def test_a_client_changes_its_registration(world: World, open_pool: str) -> None:
    made = registered(world, open_pool)
    other = "https://app.example/other"
    changed = {"client_id": made["client_id"], "redirect_uris": [other], "scope": "openid"}
    answer = manage(world, made, "PUT", **changed, client_secret=made["client_secret"])
    assert answer.json
    assert answer.json["redirect_uris"] == [other]
    assert answer.json["scope"] == "openid"
    assert answer.json["client_name"] == "Registered application"
    assert answer.json["client_secret"] == made["client_secret"]
    client = TestClient(made["client_id"], open_pool, made["client_secret"])
    assert authorize(world, client).status_code == 400
    found = authorize(world, client, redirect_uri=other, scope="openid")
    assert found.location.startswith("/login?")


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": None},
        {"client_id": "other"},
        {"client_secret": ["other"]},
        {"redirect_uris": ["http://evil.example/"]},
        {"token_endpoint_auth_method": "none"},
        {"software_statement": "x"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_change_that_is_not_right_changes_nothing(
    world: World, open_pool: str, changed: dict[str, Any]
) -> None:
    made = registered(world, open_pool)
    given = {"client_id": made["client_id"], "redirect_uris": [CALLBACK], **changed}
    given = {name: value for name, value in given.items() if value is not None}
    assert manage(world, made, "PUT", **given).status_code == 400
    assert manage(world, made, "GET").json == made


def test_a_client_ends_its_registration(world: World, open_pool: str) -> None:
    made = registered(world, open_pool, token_endpoint_auth_method="none")
    client, proof, browser = TestClient(made["client_id"], open_pool), Pkce(), world.browser()
    back = query_of(decide(browser, world.sign_in(browser, client, **proof.parameters), "allow"))
    bought = world.redeem(client, back["code"], code_verifier=proof.verifier).json
    assert bought
    assert manage(world, made, "DELETE").status_code == 204
    assert world.user_info(bought["access_token"]).status_code == 401
    assert manage(world, made, "GET").status_code == 401
    assert authorize(world, client).status_code == 400
    kinds = [row.kind for row in world.rows(PoolDocument)]
    assert "client_registration" not in kinds
    assert "oauth_client" not in kinds


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_nobody_else_looks_after_a_client(world: World, open_pool: str, method: str) -> None:
    made, other = registered(world, open_pool), registered(world, open_pool)
    given = {"client_id": made["client_id"], "redirect_uris": [CALLBACK]}
    for token in ("x", other["registration_access_token"]):
        assert manage(world, made, method, token, **given).status_code == 401
    by_operator = world.client(open_pool)
    path = f"/oauth2/register/{by_operator.id}"
    headers = {"Authorization": f"Bearer {made['registration_access_token']}"}
    answer = world.browser().open(path, method=method, headers=headers, json=given)
    assert answer.status_code == 401
    assert world.browser().open(path, method=method, json=given).status_code == 401
    assert manage(world, made, "GET").json == made


def test_registrations_are_limited(
    world: World, open_pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = [send(world, open_pool).status_code for _ in range(endpoint.BURST + 1)]
    assert statuses == [201] * endpoint.BURST + [429]
    assert send(world, open_pool).headers["Retry-After"] == "10"
    world.time.now += 3600
    monkeypatch.setattr(open_registrations, "MOST", endpoint.BURST)
    assert send(world, open_pool).status_code == 429
    assert send(world, open_pool, initial_token(world, open_pool)).status_code == 201
    monkeypatch.setattr(client_registration, "MOST_CLIENTS", 1)
    world.time.now += 3600
    assert send(world, open_pool, initial_token(world, open_pool)).status_code == 429


def test_who_may_not_register_takes_no_turn_from_those_who_may(world: World, pool_id: str) -> None:
    world.configure(pool_id, dynamic_registration="token")
    token = initial_token(world, pool_id)
    statuses = {send(world, pool_id, "x" * 43).status_code for _ in range(2 * endpoint.POOL_BURST)}
    assert statuses == {401}
    assert send(world, pool_id, token).status_code == 201


def test_an_open_registration_that_nobody_uses_ends(world: World, open_pool: str) -> None:
    """Strangers cannot fill a pool for good; whoever has a token is no stranger."""
    token = initial_token(world, open_pool)
    vouched_for = send(world, open_pool, token).json
    unused = registered(world, open_pool)
    used = registered(world, open_pool, token_endpoint_auth_method="none")
    client, proof, browser = TestClient(used["client_id"], open_pool), Pkce(), world.browser()
    decide(browser, world.sign_in(browser, client, **proof.parameters), "allow")
    by_operator = world.client(open_pool)
    world.time.now += open_registrations.UNUSED_FOR.total_seconds() - 1
    cleanup.sweep(world.kernel)
    assert manage(world, unused, "GET").status_code == 200
    world.time.now += 1
    cleanup.sweep(world.kernel)
    assert manage(world, unused, "GET").status_code == 401
    remaining = {row.id for row in world.rows(UserPoolClient)}
    assert vouched_for
    assert remaining == {vouched_for["client_id"], used["client_id"], by_operator.id}
    assert not [row for row in world.rows(PoolDocument) if row.key == unused["client_id"]]
    world.time.now += 1_000_000
    cleanup.sweep(world.kernel)
    assert manage(world, used, "GET").status_code == 200
    world.time.now += open_registrations.CONSENT_COUNTS_FOR.total_seconds()
    cleanup.sweep(world.kernel)
    assert manage(world, used, "GET").status_code == 401


def test_the_pools_own_host_says_which_pool_is_meant(tmp_path: Path) -> None:
    world = World(tmp_path, public_url="https://sso.example")
    pool_id = world.pool()
    world.configure(pool_id, dynamic_registration="open")
    world.domain(pool_id, "people")
    host = "https://people.auth.us-east-1.sso.example"
    address = f"/{pool_id}/.well-known/openid-configuration"
    found = world.browser().get(address, base_url="https://sso.example").json
    assert found
    assert found["registration_endpoint"] == f"{host}/oauth2/register"
    given = {"redirect_uris": [CALLBACK]}
    made = world.browser().post("/oauth2/register", json=given, base_url=host)
    assert made.json
    assert made.json["registration_client_uri"].startswith(f"{host}/oauth2/register/")
    other = world.pool(PoolName="others")
    path = f"/{other}/oauth2/register"
    assert world.browser().post(path, json=given, base_url=host).status_code == 404
    world.close()


def test_at_the_root_discovery_names_the_pool(world: World, open_pool: str) -> None:
    address = f"/{open_pool}/.well-known/openid-configuration"
    found = world.browser().get(address, base_url=ORIGIN).json
    assert found
    assert found["registration_endpoint"] == f"{ORIGIN}/{open_pool}/oauth2/register"
    bare = world.browser().post("/oauth2/register", json={}, base_url=ORIGIN)
    assert bare.status_code == 404
