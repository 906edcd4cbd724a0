"""A pool set up as an OpenID provider, and a relying party of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.oidc.relying_party import RelyingParty
from tests.servers.application import Application, Person, create_application, new_address
from tests.servers.poolgate_server import Poolgate

CALLBACK = "http://localhost:3117/callback"
SCOPES = ["openid", "profile", "email", "phone"]
PASSWORD = "Correct-horse-7-battery"
PROFILE = {
    "name": "Ada Lovelace",
    "family_name": "Lovelace",
    "given_name": "Ada",
    "nickname": "Ada",
    "birthdate": "1815-12-10",
    "zoneinfo": "Europe/London",
    "locale": "en-GB",
    "address": "12 St James's Square, London",
    "phone_number": "+442071838750",
    "phone_number_verified": "true",
    "email_verified": "true",
}


@pytest.fixture(scope="module")
def provider(poolgate_server: Poolgate) -> Application:
    """A pool with a confidential client, and claims of OpenID Connect's types."""
    made = create_application(
        poolgate_server,
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=SCOPES,
        CallbackURLs=[CALLBACK],
        LogoutURLs=[CALLBACK],
        SupportedIdentityProviders=["COGNITO"],
    )
    settle(poolgate_server, "pools", made.pool_id, claim_types="openid")
    return made


def settle(server: Poolgate, kind: str, subject: str, **document: Any) -> None:
    """`poolgate pools oauth` or `poolgate clients oauth`, as an operator types it."""
    program = Path(sys.executable).with_name("poolgate")
    subprocess.run(
        [program, kind, "oauth", f"--instance={server.instance}", subject, "-"],
        input=json.dumps(document),
        text=True,
        check=True,
        capture_output=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def person(provider: Application) -> Person:
    email = new_address()
    cognito = provider.server.client("cognito-idp")
    made = cognito.admin_create_user(
        UserPoolId=provider.pool_id,
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": name, "Value": value} for name, value in {**PROFILE, "email": email}.items()
        ],
    )["User"]
    cognito.admin_set_user_password(
        UserPoolId=provider.pool_id, Username=email, Password=PASSWORD, Permanent=True
    )
    return Person(email, made["Username"], PASSWORD)


@pytest.fixture(params=["default", "form_post"])
def party(request: pytest.FixtureRequest, new_party: Callable[..., RelyingParty]) -> RelyingParty:
    """The relying party of the Basic plan and of the Form Post Basic plan."""
    mode = "" if request.param == "default" else str(request.param)
    return new_party(response_mode=mode)


@pytest.fixture(scope="module")
def new_party(provider: Application) -> Callable[..., RelyingParty]:
    def make(**settings: Any) -> RelyingParty:
        return RelyingParty(
            provider.issuer, provider.client_id, provider.client_secret, CALLBACK, **settings
        )

    return make
