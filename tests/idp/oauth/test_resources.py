"""Resource indicators (RFC 8707) and the JWT profile of access tokens (RFC 9068)."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from tests.idp.oauth.moves import introspect
from tests.idp.oauth.world import ORIGIN, TestClient, World, query_of, request_of

BOATS, HARBOURS = "https://boats.example", "urn:harbours"
SCOPES = [f"{BOATS}/read", f"{BOATS}/write", f"{HARBOURS}/read"]


@pytest.fixture
def servers(world: World, pool_id: str) -> str:
    world.resource_server(pool_id, BOATS, "read", "write")
    world.resource_server(pool_id, HARBOURS, "read")
    world.resource_server(pool_id, "https://closed.example", "read")
    return pool_id


@pytest.fixture
def machine(world: World, servers: str) -> TestClient:
    return world.client(
        servers,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=SCOPES,
    )


@pytest.fixture
def app(world: World, servers: str) -> TestClient:
    return world.client(servers, confidential=True, AllowedOAuthScopes=["openid", *SCOPES])


def claims(token: str) -> dict[str, Any]:
    read: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return read


def test_a_clients_own_token_is_for_the_resource_it_names(
    world: World, machine: TestClient
) -> None:
    answer = world.token(machine.basic, grant_type="client_credentials", resource=BOATS).json
    assert answer
    said = claims(answer["access_token"])
    assert said["aud"] == BOATS
    assert said["scope"] == answer["scope"] == f"{BOATS}/read {BOATS}/write"


def test_several_resources_may_be_named(world: World, machine: TestClient) -> None:
    answer = world.browser().post(
        "/oauth2/token",
        data={"grant_type": "client_credentials", "resource": [BOATS, HARBOURS]},
        headers=machine.basic,
        base_url=ORIGIN,
    )
    assert answer.json
    assert claims(answer.json["access_token"])["aud"] == [BOATS, HARBOURS]


def test_without_a_resource_tokens_are_as_before(world: World, machine: TestClient) -> None:
    answer = world.token(machine.basic, grant_type="client_credentials").json
    assert answer
    assert "scope" not in answer
    assert "aud" not in claims(answer["access_token"])


@pytest.mark.parametrize(
    "resource",
    ["https://closed.example", "https://unknown.example", "boats", f"{BOATS}#x", "/", "x" * 300],
)
def test_other_resources_are_an_invalid_target(
    world: World, machine: TestClient, resource: str
) -> None:
    answer = world.token(machine.basic, grant_type="client_credentials", resource=resource)
    assert answer.status_code == 400
    assert answer.json
    assert answer.json["error"] == "invalid_target"


def test_a_scope_of_another_resource_does_not_come_along(world: World, machine: TestClient) -> None:
    scope = f"{BOATS}/read {HARBOURS}/read"
    answer = world.token(
        machine.basic, grant_type="client_credentials", scope=scope, resource=HARBOURS
    ).json
    assert answer
    assert claims(answer["access_token"])["scope"] == f"{HARBOURS}/read"
    refused = world.token(
        machine.basic, grant_type="client_credentials", scope=f"{BOATS}/read", resource=HARBOURS
    )
    assert refused.json
    assert refused.json["error"] == "invalid_target"


def test_a_code_remembers_its_resources(world: World, app: TestClient) -> None:
    code = world.code(app, scope=" ".join(["openid", *SCOPES]), resource=f"{BOATS} {HARBOURS}")
    tokens = world.redeem(app, code).json
    assert tokens
    said = claims(tokens["access_token"])
    assert said["aud"] == [BOATS, HARBOURS]
    assert said["scope"] == " ".join(SCOPES)
    assert claims(tokens["id_token"])["aud"] == app.id
    # A token for resource servers does not tell them who the person is.
    assert world.user_info(tokens["access_token"]).status_code == 403
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    narrower = world.token(app.basic, **form, resource=HARBOURS).json
    assert narrower
    assert claims(narrower["access_token"])["aud"] == HARBOURS
    assert narrower["scope"] == f"{HARBOURS}/read"
    again = world.token(app.basic, **form).json
    assert again
    assert claims(again["access_token"])["aud"] == [BOATS, HARBOURS]


def test_a_token_request_may_name_fewer_resources_but_no_others(
    world: World, app: TestClient
) -> None:
    scope = " ".join(["openid", *SCOPES])
    code = world.code(app, scope=scope, resource=BOATS)
    refused = world.redeem(app, code, resource=HARBOURS)
    assert refused.json
    assert refused.json["error"] == "invalid_target"
    tokens = world.redeem(app, code, resource=BOATS).json
    assert tokens
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    wider = world.token(app.basic, **form, resource=HARBOURS)
    assert wider.json
    assert wider.json["error"] == "invalid_target"
    nothing = world.token(app.basic, **form, scope="openid")
    assert nothing.json
    assert nothing.json["error"] == "invalid_scope"


def test_an_unrestricted_grant_is_narrowed_for_one_token(world: World, app: TestClient) -> None:
    code = world.code(app, scope=" ".join(["openid", *SCOPES]))
    tokens = world.redeem(app, code, resource=HARBOURS).json
    assert tokens
    assert claims(tokens["access_token"])["scope"] == f"{HARBOURS}/read"
    assert tokens["id_token"]


def test_an_authorization_request_names_resources_that_it_wants_scopes_of(
    world: World, app: TestClient
) -> None:
    for scope, resource in (("openid", BOATS), (f"{BOATS}/read", HARBOURS), (SCOPES[0], "x")):
        query = request_of(app, scope=scope, resource=resource)
        answer = world.browser().get("/oauth2/authorize", query_string=query, base_url=ORIGIN)
        assert query_of(answer)["error"] == "invalid_target"


def test_the_jwt_profile_says_its_type_and_audience(world: World, machine: TestClient) -> None:
    world.register(machine, access_token_format="at+jwt")
    answer = world.token(machine.basic, grant_type="client_credentials").json
    assert answer
    token = answer["access_token"]
    assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
    said = claims(token)
    assert said["aud"] == [BOATS, HARBOURS]
    # RFC 9068 §2.2
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"} <= said.keys()
    named = world.token(machine.basic, grant_type="client_credentials", resource=BOATS).json
    assert named
    assert claims(named["access_token"])["aud"] == BOATS
    assert introspect(world, machine, token)["active"]


def test_user_info_and_refresh_take_the_jwt_profile(world: World, app: TestClient) -> None:
    world.register(app, access_token_format="at+jwt")
    tokens = world.redeem(app, world.code(app, scope="openid")).json
    assert tokens
    assert claims(tokens["access_token"])["aud"] == f"{ORIGIN}/{app.pool_id}"
    assert world.user_info(tokens["access_token"]).status_code == 200
    assert "typ" not in jwt.get_unverified_header(tokens["id_token"])
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    again = world.token(app.basic, **form).json
    assert again
    assert jwt.get_unverified_header(again["access_token"])["typ"] == "at+jwt"


def test_an_id_token_is_no_access_token(world: World, app: TestClient) -> None:
    world.register(app, access_token_format="at+jwt")
    tokens = world.redeem(app, world.code(app, scope="openid")).json
    assert tokens
    assert world.user_info(tokens["id_token"]).status_code == 401
    assert introspect(world, app, tokens["id_token"]) == {"active": False}
    answer = world.browser().get(
        "/logout",
        query_string={
            "id_token_hint": tokens["access_token"],
            "post_logout_redirect_uri": "https://app.example/bye",
        },
        base_url=ORIGIN,
    )
    assert answer.status_code == 400


def test_the_default_format_is_as_before(world: World, app: TestClient) -> None:
    tokens = world.redeem(app, world.code(app, scope="openid")).json
    assert tokens
    assert set(jwt.get_unverified_header(tokens["access_token"])) == {"alg", "kid"}
    assert "aud" not in claims(tokens["access_token"])
