"""Authorization requests and their answers, by real clients.

| | openid-client | oidc-client-ts |
|---|---|---|
| query | yes | yes |
| fragment | yes | yes |
| form_post | yes | - |
| pushed (RFC 9126) | yes | - |
| signed (RFC 9101), signed and pushed | yes | - |
| hybrid, implicit | yes | - |
| registration (RFC 7591) | yes | - |

oidc-client-ts (3.5) runs in pages: it reads no form, pushes and signs nothing, and knows the code
flow alone.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.servers.application import PASSWORD, Application, create_application, web_client
from tests.servers.node import RunScript
from tests.servers.poolgate_server import Poolgate

REDIRECT_URI = "http://localhost:3000/callback"


def register(application: Application, **metadata: Any) -> None:
    """As an operator does, beside the running server."""
    done = application.server.command(
        "clients", "oauth", application.client_id, "-", text=json.dumps(metadata)
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module", params=["public", "confidential"])
def application(request: pytest.FixtureRequest, poolgate_server: Poolgate) -> Application:
    secret = request.param == "confidential"
    settings = {**web_client(REDIRECT_URI), "AllowedOAuthFlows": ["code", "implicit"]}
    return create_application(poolgate_server, GenerateSecret=secret, **settings)


@pytest.fixture(scope="module")
def username(application: Application) -> str:
    email = f"ada-{application.client_id}@example.com"
    cognito = application.server.client("cognito-idp")
    cognito.admin_create_user(
        UserPoolId=application.pool_id,
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    cognito.admin_set_user_password(
        UserPoolId=application.pool_id, Username=email, Password=PASSWORD, Permanent=True
    )
    return email


@pytest.fixture(scope="module")
def jwk(application: Application) -> dict[str, str]:
    """The client's private key, its public one being registered."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    register(
        application,
        jwks={"keys": [{**public, "kid": "one", "alg": "ES256", "use": "sig"}]},
        response_types=["code", "id_token", "code id_token"],
    )
    return {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key)), "kid": "one", "alg": "ES256"}


@pytest.fixture
def relying_party(
    node: RunScript, application: Application, username: str, jwk: dict[str, str]
) -> RunScript:
    return partial(
        node,
        "authorization-requests",
        issuer=application.issuer,
        clientId=application.client_id,
        clientSecret=application.client_secret,
        redirectUri=REDIRECT_URI,
        username=username,
        password=PASSWORD,
        jwk=jwk,
    )


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("pushed", {"client_id", "request_uri"}),
        ("signed", {"client_id", "request"}),
        ("signed and pushed", {"client_id", "request_uri"}),
    ],
)
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_openid_client_pushes_and_signs(
    relying_party: RunScript, username: str, kind: str, sent: set[str], mode: str
) -> None:
    seen = relying_party(action="signIn", kind=kind, mode=mode)
    assert seen["claims"]["email"] == username
    assert set(seen["sent"]) == sent


def test_openid_client_takes_a_form(relying_party: RunScript, username: str) -> None:
    seen = relying_party(action="signIn", kind="plain", mode="form_post")
    assert seen["claims"]["email"] == username


def test_openid_client_hears_why_a_push_was_refused(relying_party: RunScript) -> None:
    assert relying_party(action="refusedPush")["code"] == "invalid_scope"


@pytest.mark.parametrize("action", ["hybrid", "implicit"])
def test_openid_client_takes_an_id_token_from_the_browser(
    relying_party: RunScript, username: str, action: str
) -> None:
    """It checks nonce and c_hash, as OIDC Core has it."""
    assert relying_party(action=action)["claims"]["email"] == username


def test_openid_client_registers_itself(
    node: RunScript, application: Application, username: str
) -> None:
    server, pool_id = application.server, application.pool_id
    settings = json.dumps({"dynamic_registration": "token"})
    assert server.command("pools", "oauth", pool_id, "-", text=settings).returncode == 0
    token = server.command("pools", "registration-token", pool_id).stdout.strip()
    seen = node(
        "authorization-requests",
        action="registered",
        issuer=application.issuer,
        initialAccessToken=token,
        redirectUri=REDIRECT_URI,
        username=username,
        password=PASSWORD,
    )
    assert seen["claims"]["email"] == username
    described = server.client("cognito-idp").describe_user_pool_client(
        UserPoolId=pool_id, ClientId=seen["client"]["client_id"]
    )["UserPoolClient"]
    assert described["ClientName"] == "Registered by openid-client"
    assert described["ClientType"] == "DCR"


@pytest.mark.parametrize(("mode", "part"), [("query", "search"), ("fragment", "hash")])
def test_oidc_client_ts_reads_the_query_and_the_fragment(
    node: RunScript, application: Application, username: str, mode: str, part: str
) -> None:
    if application.client_secret:
        pytest.skip("it runs in pages, which keep no secret")
    seen = node(
        "oidc-client-ts",
        issuer=application.issuer,
        clientId=application.client_id,
        redirectUri=REDIRECT_URI,
        mode=mode,
        username=username,
        password=PASSWORD,
    )
    assert seen["profile"]["email"] == username
    assert "code=" in seen[part]
