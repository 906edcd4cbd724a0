"""openid-client: a certified relying party at our OAuth endpoints and hosted page."""

from __future__ import annotations

from functools import partial

import pytest

from idp.user_pools.rules.grant_types import DEVICE_CODE
from tests.conformance.oidc.conftest import settle
from tests.servers.application import (
    PASSWORD,
    Application,
    create_application,
    new_address,
    web_client,
)
from tests.servers.node import RunScript
from tests.servers.poolgate_server import Poolgate

REDIRECT_URI = "http://localhost:3000/callback"


@pytest.fixture(scope="module", params=["public", "confidential"])
def web_application(request: pytest.FixtureRequest, poolgate_server: Poolgate) -> Application:
    """A client of the hosted page, without and with a secret."""
    secret = request.param == "confidential"
    return create_application(poolgate_server, GenerateSecret=secret, **web_client(REDIRECT_URI))


@pytest.fixture
def relying_party(node: RunScript, web_application: Application) -> RunScript:
    return partial(
        node,
        "openid-client",
        issuer=web_application.issuer,
        clientId=web_application.client_id,
        clientSecret=web_application.client_secret,
        redirectUri=REDIRECT_URI,
    )


@pytest.fixture
def username(web_application: Application) -> str:
    """Someone whom an administrator made: a secret client signs nobody up without its hash."""
    email = new_address()
    cognito = web_application.server.client("cognito-idp")
    cognito.admin_create_user(
        UserPoolId=web_application.pool_id,
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    cognito.admin_set_user_password(
        UserPoolId=web_application.pool_id, Username=email, Password=PASSWORD, Permanent=True
    )
    return email


def test_code_with_pkce(relying_party: RunScript, username: str) -> None:
    seen = relying_party(action="codeFlow", username=username, password=PASSWORD)
    assert seen["claims"]["email"] == username
    assert seen["userInfo"]["email"] == username
    assert seen["refreshed"].lower() == "bearer"
    assert seen["replayed"]["code"] == "invalid_grant"
    assert seen["afterRevocation"]["code"] == "invalid_grant"


def test_wrong_verifier_is_refused(relying_party: RunScript, username: str) -> None:
    refused = relying_party(action="wrongVerifier", username=username, password=PASSWORD)
    assert refused["code"] == "invalid_grant"


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_device_flow(
    relying_party: RunScript, web_application: Application, username: str, decision: str
) -> None:
    settle(web_application.server, "clients", web_application.client_id, grant_types=[DEVICE_CODE])
    seen = relying_party(
        action="deviceFlow", username=username, password=PASSWORD, decision=decision
    )
    if decision == "allow":
        assert "Your device is connected" in seen["page"]
        assert seen["claims"]["email"] == username
    else:
        assert "The device was not let in" in seen["page"]
        assert seen["refused"] == "access_denied"


def test_the_address_to_sign_out_at(relying_party: RunScript, username: str) -> None:
    seen = relying_party(action="endSession", username=username, password=PASSWORD, state="s1")
    assert "/logout?" in seen["address"]
    assert seen["status"] == 302
    assert seen["location"] == f"{REDIRECT_URI}?state=s1"


def test_client_credentials(node: RunScript, poolgate_server: Poolgate) -> None:
    application = create_application(poolgate_server)
    cognito = poolgate_server.client("cognito-idp")
    cognito.create_resource_server(
        UserPoolId=application.pool_id,
        Identifier="orders",
        Name="orders",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "Read orders"}],
    )
    machine = cognito.create_user_pool_client(
        UserPoolId=application.pool_id,
        ClientName="machine",
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["orders/read"],
    )["UserPoolClient"]
    answer = node(
        "openid-client",
        action="clientCredentials",
        issuer=application.issuer,
        clientId=machine["ClientId"],
        clientSecret=machine["ClientSecret"],
        scope="orders/read",
    )
    assert answer["token_type"].lower() == "bearer"
    assert "refresh_token" not in answer
