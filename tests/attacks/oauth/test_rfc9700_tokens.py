"""RFC 9700 (OAuth 2.0 Security Best Current Practice) for codes and tokens, by section."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from werkzeug.test import Client

from idp.errors import NotAuthorized
from idp.models import UserPoolClient
from idp.user_pools.services import access
from kernel.setting_values import networks
from poolgate.proxy_headers import ProxyHeaders
from tests.idp.oauth import proofs
from tests.idp.oauth.keys import client_key, half_hash
from tests.idp.oauth.moves import (
    ACCESS,
    ROTATING,
    error_of,
    exchange,
    fragment_of,
    introspect,
    refresh,
)
from tests.idp.oauth.test_registration import registered
from tests.idp.oauth.world import ORIGIN, Pkce, TestClient, World, request_of

BOATS = "https://boats.example"
OWNER, THIEF = client_key("ES256", 50), client_key("ES256", 51)


def bought(
    world: World, client: TestClient, proof: Pkce, scope: str = "openid email", **form: str
) -> dict[str, Any]:
    code = world.code(client, scope=scope, **proof.parameters)
    tokens = world.redeem(client, code, code_verifier=proof.verifier, **form).json
    assert tokens
    return tokens


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def test_section_4_3_1_a_code_from_the_history_buys_nothing(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    """Once it was used it takes along what it bought; and unused it is over within minutes."""
    code = world.code(public_client, **proof.parameters)
    tokens = world.redeem(public_client, code, code_verifier=proof.verifier).json
    assert tokens
    again = world.redeem(public_client, code, code_verifier=proof.verifier)
    assert error_of(again) == "invalid_grant"
    assert world.user_info(tokens["access_token"]).status_code == 401
    forgotten = world.code(public_client, **proof.parameters)
    world.time.now += 301
    late = world.redeem(public_client, forgotten, code_verifier=proof.verifier)
    assert error_of(late) == "invalid_grant"


def test_section_4_3_2_no_token_is_taken_from_an_address(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    tokens = bought(world, public_client, proof)
    query = {"access_token": tokens["access_token"]}
    for method in ("GET", "POST"):
        answer = world.browser().open(
            "/oauth2/userInfo", method=method, query_string=query, base_url=ORIGIN
        )
        assert answer.status_code == 401
    for path, name in (("token", "refresh_token"), ("revoke", "token")):
        given = {
            "grant_type": "refresh_token",
            "client_id": public_client.id,
            name: tokens["refresh_token"],
        }
        answer = world.browser().post(f"/oauth2/{path}", query_string=given, base_url=ORIGIN)
        assert answer.status_code == 400
    assert refresh(world, public_client, tokens["refresh_token"]).status_code == 200


def test_section_4_6_an_access_token_is_bound_to_the_id_token_beside_it(
    world: World, pool_id: str
) -> None:
    """An injected one does not fit `at_hash` (OIDC Core §3.2.2.9), which is always there."""
    client = world.client(pool_id, AllowedOAuthFlows=["code", "implicit"])
    given = {"response_type": "id_token token", "nonce": "n"}
    own, other = (fragment_of(world.sign_in(world.browser(), client, **given)) for _ in range(2))
    at_hash = claims(own["id_token"])["at_hash"]
    assert at_hash == half_hash(own["access_token"]) != half_hash(other["access_token"])


def test_section_4_6_an_access_token_says_whose_it_is(
    world: World, pool_id: str, public_client: TestClient, proof: Pkce
) -> None:
    """A client that is given another client's token can tell, as can the gateway, and is told
    nothing of it."""
    machine = world.client(pool_id, confidential=True)
    token = bought(world, public_client, proof)["access_token"]
    assert claims(token)["client_id"] == public_client.id
    assert introspect(world, machine, token) == {"active": False}


def boats(world: World, pool_id: str, **more: Any) -> TestClient:
    world.resource_server(pool_id, BOATS, "read")
    scopes = ["openid", "email", "aws.cognito.signin.user.admin", f"{BOATS}/read"]
    return world.client(pool_id, AllowedOAuthScopes=scopes, **more)


def test_section_4_9_1_a_counterfeit_resource_server_gets_a_token_for_itself(
    world: World, pool_id: str, proof: Pkce
) -> None:
    """What it was sent opens nothing else, and buys nothing wider."""
    client = boats(world, pool_id)
    token = bought(world, client, proof, f"openid {BOATS}/read", resource=BOATS)["access_token"]
    assert claims(token)["aud"] == BOATS
    assert world.user_info(token).status_code == 403
    with pytest.raises(NotAuthorized):
        access.verify(world.kernel, token)
    service = world.client(
        pool_id, confidential=True, ExplicitAuthFlows=["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"]
    )
    for target in ({}, {"audience": service.id}):
        wider = exchange(world, service, subject_token=token, subject_token_type=ACCESS, **target)
        assert "access_token" not in wider


def test_section_4_9_2_who_reads_our_database_holds_no_tokens(
    world: World, pool_id: str, proof: Pkce
) -> None:
    """Codes, access tokens and refresh tokens are nowhere in it."""
    client = world.client(pool_id, confidential=True)
    code = world.code(client, **proof.parameters)
    tokens = world.redeem(client, code, code_verifier=proof.verifier).json
    assert tokens
    stored = b"".join(
        path.read_bytes() for path in world.kernel.settings.instance.glob("poolgate.db*")
    )
    assert client.id.encode() in stored
    for text in (code, *(tokens[f"{kind}_token"] for kind in ("access", "id", "refresh"))):
        assert text.encode() not in stored
        assert text.rpartition(".")[2].encode() not in stored


def test_section_4_10_1_a_stolen_token_is_of_no_use_without_its_key(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    code = world.code(public_client, **proof.parameters)
    answer = proofs.redeem(world, OWNER, public_client, code, code_verifier=proof.verifier)
    assert answer.json
    token = answer.json["access_token"]
    assert world.user_info(token).status_code == 401
    assert proofs.user_info(world, THIEF, token).status_code == 401
    assert proofs.user_info(world, OWNER, token).status_code == 200


def test_section_4_10_2_a_token_for_one_resource_is_none_for_another(
    world: World, pool_id: str, proof: Pkce
) -> None:
    """Audience restriction: nor does a resource server learn of what is meant for another one."""
    client, harbours = boats(world, pool_id), world.client(pool_id, confidential=True)
    world.resource_server(pool_id, "https://harbours.example", "read")
    token = bought(world, client, proof, f"openid {BOATS}/read", resource=BOATS)["access_token"]
    world.register(harbours, resource_servers=["https://harbours.example"])
    assert introspect(world, harbours, token) == {"active": False}
    world.register(harbours, resource_servers=[BOATS])
    assert introspect(world, harbours, token)["active"] is True


def test_section_4_13_only_a_trusted_proxy_says_who_is_calling(
    world: World, public_client: TestClient
) -> None:
    """Others write the same headers: their limit is counted where they really come from."""
    asked = request_of(public_client, code_challenge="a" * 43, code_challenge_method="S256")
    application = ProxyHeaders(world.app.wsgi_app, networks("10.0.0.0/8"))

    def push(caller: str, number: int) -> int:
        headers = {"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"}
        return (
            Client(application)
            .post(
                "/oauth2/par",
                data=asked,
                headers=headers,
                base_url=ORIGIN,
                environ_overrides={"REMOTE_ADDR": caller},
            )
            .status_code
        )

    stranger = [push("198.51.100.7", number) for number in range(60)]
    assert (stranger[0], stranger[-1]) == (201, 429)
    assert [push("10.0.0.1", number) for number in range(60)] == [201] * 60


def test_section_4_13_a_certificate_in_a_header_binds_and_proves_nothing(
    world: World, pool_id: str
) -> None:
    world.resource_server(pool_id, "boats", "read")
    machine = world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["boats/read"],
    )
    world.register(machine, tls_client_certificate_bound_access_tokens=True)
    for name in ("X-Client-Cert", "X-SSL-Client-Cert", "Client-Cert", "SSL-CLIENT-CERT"):
        headers = {**machine.basic, name: "-----BEGIN CERTIFICATE-----"}
        answer = world.token(headers, grant_type="client_credentials")
        assert answer.status_code == 400


def test_section_4_14_2_a_replayed_refresh_token_ends_the_thiefs_too(
    world: World, pool_id: str, proof: Pkce
) -> None:
    client = world.client(pool_id, **ROTATING)
    stolen = bought(world, client, proof)["refresh_token"]
    thief = refresh(world, client, stolen).json
    assert thief
    assert error_of(refresh(world, client, stolen)) == "invalid_grant"
    assert error_of(refresh(world, client, thief["refresh_token"])) == "invalid_grant"
    assert world.user_info(thief["access_token"]).status_code == 401


def test_section_4_14_2_a_refresh_token_keeps_to_its_client_its_scopes_and_its_key(
    world: World, pool_id: str, public_client: TestClient, proof: Pkce
) -> None:
    token = bought(world, public_client, proof, "openid")["refresh_token"]
    assert error_of(refresh(world, world.client(pool_id), token)) == "invalid_grant"
    assert refresh(world, public_client, token, scope="openid email").status_code == 400
    code = world.code(public_client, **proof.parameters)
    bound = proofs.redeem(world, OWNER, public_client, code, code_verifier=proof.verifier).json
    assert bound
    assert refresh(world, public_client, bound["refresh_token"]).status_code == 400
    given = {
        "grant_type": "refresh_token",
        "client_id": public_client.id,
        "refresh_token": bound["refresh_token"],
    }
    assert world.token(proofs.headers(world, THIEF), **given).status_code == 400
    assert world.token(proofs.headers(world, OWNER), **given).status_code == 200


def own_token(world: World, pool_id: str) -> tuple[TestClient, str]:
    """A machine, and a token that stands for nobody but it."""
    world.resource_server(pool_id, "boats", "read")
    machine = world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["boats/read"],
        ExplicitAuthFlows=["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
    )
    answer = world.token(machine.basic, grant_type="client_credentials").json
    assert answer
    return machine, answer["access_token"]


def test_section_4_15_a_client_chooses_no_id_that_is_somebodys_sub(
    world: World, pool_id: str
) -> None:
    """Nor does any client's id look like a person's `sub`."""
    world.configure(pool_id, dynamic_registration="open")
    ada = world.user(pool_id, "grace@example.com")
    made = registered(world, pool_id, client_id=ada, sub=ada, client_name=ada)
    assert made["client_id"] != ada
    assert all("-" not in row.id for row in world.rows(UserPoolClient))
    assert ada.count("-") == 4


def test_section_4_15_a_clients_own_token_stands_for_no_person(world: World, pool_id: str) -> None:
    """Where it opened a person's things, a client could pass for the person with its `sub`."""
    machine, token = own_token(world, pool_id)
    assert claims(token)["sub"] == machine.id
    assert not {"username", "origin_jti", "email"} & claims(token).keys()
    assert world.user_info(token).status_code == 401
    with pytest.raises(NotAuthorized):
        access.authenticate(world.kernel, token)
    bought_with_it = exchange(world, machine, subject_token=token, subject_token_type=ACCESS)
    assert bought_with_it["error"] == "invalid_grant"
    assert "username" not in introspect(world, machine, token)


def test_an_id_token_is_no_access_token_anywhere(world: World, pool_id: str, proof: Pkce) -> None:
    """OIDC Core §2: it tells the client of a sign-in, and opens nothing."""
    client = boats(world, pool_id, confidential=True)
    tokens = bought(world, client, proof, "openid aws.cognito.signin.user.admin")
    token = tokens["id_token"]
    assert world.user_info(token).status_code == 401
    for verify in (access.verify, access.authenticate):
        with pytest.raises(NotAuthorized):
            verify(world.kernel, token)
    assert introspect(world, client, token) == {"active": False}
    service = world.client(
        pool_id, confidential=True, ExplicitAuthFlows=["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"]
    )
    passed_off = exchange(world, service, subject_token=token, subject_token_type=ACCESS)
    assert passed_off["error"] == "invalid_grant"
    assert error_of(refresh(world, client, token)) == "invalid_grant"
    world.browser().post(
        "/oauth2/revoke", data={"token": token}, headers=client.basic, base_url=ORIGIN
    )
    assert world.user_info(tokens["access_token"]).status_code == 200
