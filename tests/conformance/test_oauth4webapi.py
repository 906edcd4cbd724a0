"""oauth4webapi: private_key_jwt, introspection, DPoP with nonces at us and at the gateway, pushed
authorization requests, and devices."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc import jwk

from idp.user_pools.rules.grant_types import DEVICE_CODE
from tests.conformance.oidc.conftest import settle
from tests.servers.application import (
    PASSWORD,
    Application,
    create_application,
    new_address,
    web_client,
)
from tests.servers.echo import http_echo
from tests.servers.node import RunScript
from tests.servers.poolgate_server import Poolgate

__all__ = ["http_echo"]

REDIRECT_URI = "http://localhost:3000/callback"
ALGORITHMS = {
    "ES256": ("EC", "P-256", {"name": "ECDSA", "namedCurve": "P-256"}),
    "RS256": ("RSA", 2048, {"name": "RSASSA-PKCS1-v1_5", "hash": "SHA-256"}),
    "PS256": ("RSA", 2048, {"name": "RSA-PSS", "hash": "SHA-256"}),
    "EdDSA": ("OKP", "Ed25519", {"name": "Ed25519"}),
}


@pytest.fixture(scope="module")
def machines(poolgate_server: Poolgate) -> Application:
    """A pool with a resource server."""
    made = create_application(poolgate_server)
    poolgate_server.client("cognito-idp").create_resource_server(
        UserPoolId=made.pool_id,
        Identifier="orders",
        Name="orders",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "Read orders"}],
    )
    return made


def machine(machines: Application, **metadata: Any) -> Application:
    """A machine of the pool, and what it registers."""
    made = machines.server.client("cognito-idp").create_user_pool_client(
        UserPoolId=machines.pool_id,
        ClientName="machine",
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["orders/read"],
    )["UserPoolClient"]
    settle(machines.server, "clients", made["ClientId"], **metadata)
    return Application(machines.server, machines.pool_id, made["ClientId"])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_machine_with_keys_of_its_own(
    node: RunScript, machines: Application, http_echo: str, algorithm: str
) -> None:
    kind, size, web_crypto = ALGORITHMS[algorithm]
    key = jwk.JWKRegistry.generate_key(kind, size, {"kid": "k1"})
    client = machine(
        machines,
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]},
        dpop_bound_access_tokens=True,
    )
    api_id = client.protected_api(http_echo).partition("//")[2].partition(".")[0]
    seen = node(
        "oauth4webapi",
        action="machine",
        issuer=client.issuer,
        clientId=client.client_id,
        jwk=key.as_dict(private=True),
        algorithm=web_crypto,
        scope="orders/read",
        api=f"{client.server.url}/execute-api/{api_id}/hello",
    )
    assert seen["kind"] == "dpop"
    assert seen["asked"] is True
    assert seen["told"]["active"] is True
    assert seen["told"]["token_type"] == "DPoP"
    assert seen["told"]["cnf"]["jkt"]
    assert seen["opened"] == 200
    assert seen["bearer"]
    assert seen["stolen"]


@pytest.fixture(scope="module")
def people(poolgate_server: Poolgate) -> Application:
    """A pool with a public client, as a page or a device has it."""
    made = create_application(poolgate_server, **web_client(REDIRECT_URI))
    settle(poolgate_server, "clients", made.client_id, grant_types=[DEVICE_CODE])
    return made


def ask(node: RunScript, people: Application, action: str, **more: str) -> tuple[Any, str]:
    """What a script has seen, and the address of its person."""
    person = people.sign_up(new_address())
    seen = node(
        "oauth4webapi",
        action=action,
        issuer=people.issuer,
        clientId=people.client_id,
        redirectUri=REDIRECT_URI,
        username=person.email,
        password=PASSWORD,
        **more,
    )
    return seen, person.email


def test_a_person_at_a_public_client(node: RunScript, people: Application) -> None:
    seen, email = ask(node, people, "person")
    assert seen["kind"] == seen["refreshed"] == "dpop"
    assert seen["bound"] is True
    assert seen["email"] == email
    assert seen["unbound"]["code"] == "invalid_grant"


def test_a_pushed_request(node: RunScript, people: Application) -> None:
    seen, email = ask(node, people, "pushed")
    assert seen["sent"] == ["client_id", "request_uri"]
    assert seen["lifetime"] == 60
    assert seen["kind"] == "dpop"
    assert seen["email"] == email
    assert seen["stolen"]["code"] == "invalid_grant"
    assert seen["elsewhere"]["code"] == "invalid_request"
    assert "no sign-in form" in seen["again"]["message"]


def test_a_device_that_is_let_in(node: RunScript, people: Application) -> None:
    seen, email = ask(node, people, "device", decision="allow")
    assert seen["pending"] >= 1
    assert seen["email"] == email
    assert seen["refused"] is None
    assert "Your device is connected" in seen["page"]
    assert seen["spent"] == "invalid_grant"


def test_a_device_that_is_kept_out(node: RunScript, people: Application) -> None:
    seen, _ = ask(node, people, "device", decision="deny")
    assert seen["refused"] == "access_denied"
    assert seen["email"] is None
    assert "The device was not let in" in seen["page"]
