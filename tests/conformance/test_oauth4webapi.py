"""oauth4webapi: private_key_jwt, introspection, and DPoP with nonces, at us and at the gateway."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk

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
    program = Path(sys.executable).with_name("poolgate")
    subprocess.run(
        [
            program,
            "clients",
            "oauth",
            f"--instance={machines.server.instance}",
            made["ClientId"],
            "-",
        ],
        input=json.dumps(metadata),
        text=True,
        check=True,
        capture_output=True,
        timeout=60,
    )
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


def test_a_person_at_a_public_client(node: RunScript, poolgate_server: Poolgate) -> None:
    application = create_application(poolgate_server, **web_client(REDIRECT_URI))
    person = application.sign_up(new_address())
    seen = node(
        "oauth4webapi",
        action="person",
        issuer=application.issuer,
        clientId=application.client_id,
        redirectUri=REDIRECT_URI,
        username=person.email,
        password=PASSWORD,
    )
    assert seen["kind"] == seen["refreshed"] == "dpop"
    assert seen["bound"] is True
    assert seen["email"] == person.email
    assert seen["unbound"]["code"] == "invalid_grant"
