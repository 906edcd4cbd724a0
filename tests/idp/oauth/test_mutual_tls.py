"""Clients with a certificate (RFC 8705), as the listener of mutual TLS hands them on."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from werkzeug.test import TestResponse

from idp.errors import NotAuthorized
from idp.user_pools.operations import client_tokens
from idp.user_pools.rules.documented_settings import WrongSetting
from kernel.tls.connection import MACHINES, ClientCertificate, Connection
from kernel.tokens.confirmation import of_certificate
from tests.idp.oauth.world import CALLBACK, ORIGIN, Pkce, TestClient, World
from tests.servers.authority import Authority

CLIENTS = Authority("Clients")
SUBJECT = {
    "token_endpoint_auth_method": "tls_client_auth",
    "tls_client_auth_subject_dn": "CN=alice,O=Tests",
}


def certificate(name: str = "alice", *hosts: str) -> ClientCertificate:
    issued = CLIENTS.server(name, *hosts) if hosts else CLIENTS.client(name)
    return ClientCertificate(issued.chain, f"CN={name},O=Tests", "", "", "", "", 2e9)


ALICE, BOB = certificate(), certificate("bob")


@pytest.fixture
def machine(world: World, pool_id: str) -> TestClient:
    world.resource_server(pool_id, "boats", "read")
    return world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["boats/read"],
    )


def ask(
    world: World,
    client: TestClient,
    presented: ClientCertificate | None,
    path: str = "/oauth2/token",
    trust_store: str = MACHINES,
    headers: dict[str, str] | None = None,
    **form: str,
) -> TestResponse:
    given = {"client_id": client.id, "grant_type": "client_credentials", **form}
    environ = {"poolgate.tls": Connection("", trust_store, presented)}
    return world.browser().post(
        path, data=given, base_url=ORIGIN, environ_overrides=environ, headers=headers
    )


def test_a_certificate_authenticates_its_client(world: World, machine: TestClient) -> None:
    world.register(machine, **SUBJECT)
    assert ask(world, machine, ALICE).status_code == 200
    for presented in (BOB, None):
        assert ask(world, machine, presented).json == {"error": "invalid_client"}


def test_a_certificate_of_a_domain_of_the_gateway_is_no_authentication(
    world: World, machine: TestClient
) -> None:
    world.register(machine, **SUBJECT)
    refused = ask(world, machine, ALICE, trust_store="s3://clients/one.pem")
    assert refused.json == {"error": "invalid_client"}


def test_an_alternative_name_may_be_registered(world: World, machine: TestClient) -> None:
    world.register(
        machine,
        token_endpoint_auth_method="tls_client_auth",
        tls_client_auth_san_dns="machine.example",
    )
    fitting = certificate("x", "machine.example")
    assert ask(world, machine, fitting).status_code == 200
    for presented in (ALICE, certificate("x", "other.example"), certificate("machine.example")):
        assert ask(world, machine, presented).json == {"error": "invalid_client"}


def test_a_certificate_is_no_way_in_for_clients_that_registered_none(
    world: World, machine: TestClient
) -> None:
    assert ask(world, machine, ALICE).json == {"error": "invalid_client"}


def test_tokens_are_bound_where_the_client_says_so(world: World, machine: TestClient) -> None:
    plain = ask(world, machine, ALICE, headers=machine.basic).json
    assert plain
    assert "cnf" not in jwt.decode(plain["access_token"], options={"verify_signature": False})
    world.register(machine, tls_client_certificate_bound_access_tokens=True)
    bound = ask(world, machine, ALICE, headers=machine.basic).json
    assert bound
    claims = jwt.decode(bound["access_token"], options={"verify_signature": False})
    assert claims["cnf"] == {"x5t#S256": of_certificate(ALICE.pem)}
    assert bound["token_type"] == "Bearer"
    without = world.token(machine.basic, grant_type="client_credentials")
    assert without.status_code == 400


def test_a_public_clients_tokens_are_good_with_one_certificate(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    world.register(public_client, tls_client_certificate_bound_access_tokens=True)
    code = world.code(public_client, **proof.parameters)
    form: dict[str, Any] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": proof.verifier,
    }
    tokens = ask(world, public_client, ALICE, **form).json
    assert tokens
    renewing = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert ask(world, public_client, BOB, **renewing).status_code == 400
    assert ask(world, public_client, ALICE, **renewing).status_code == 200

    def user_info(presented: ClientCertificate | None) -> int:
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        answer = ask(world, public_client, presented, "/oauth2/userInfo", headers=bearer)
        return answer.status_code

    assert user_info(ALICE) == 200
    assert user_info(BOB) == 401
    assert user_info(None) == 401


def test_no_operation_goes_around_the_certificate(world: World, pool_id: str) -> None:
    world.resource_server(pool_id, "boats", "read")
    client = world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["boats/read"],
        ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH"],
    )
    request = {"ClientId": client.id, "Secret": client.secret}
    assert client_tokens.get_client_token(world.call, request)
    world.register(client, **SUBJECT)
    with pytest.raises(NotAuthorized):
        client_tokens.get_client_token(world.call, request)


@pytest.mark.parametrize(
    "metadata",
    [
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"token_endpoint_auth_method": "self_signed_tls_client_auth"},
        {**SUBJECT, "tls_client_auth_san_dns": "machine.example"},
        {**SUBJECT, "tls_client_auth_subject_dn": "alice"},
        {"tls_client_auth_subject_dn": "CN=alice"},
        {"tls_client_auth_san_ip": "10.0.0.1"},
    ],
    ids=range(6),
)
def test_members_that_could_not_be_enforced_are_refused(
    world: World, machine: TestClient, metadata: dict[str, Any]
) -> None:
    with pytest.raises(WrongSetting):
        world.register(machine, **metadata)


def test_metadata_without_the_listener_says_nothing_of_it(world: World, pool_id: str) -> None:
    answer = world.browser().get(f"/{pool_id}/.well-known/openid-configuration", base_url=ORIGIN)
    assert answer.json
    assert "mtls_endpoint_aliases" not in answer.json
    assert "tls_client_auth" not in answer.json["token_endpoint_auth_methods_supported"]
