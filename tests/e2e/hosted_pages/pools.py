"""The pools whose pages are toured: one for each thing that a pool can be set to."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.servers.application import PASSWORD
from tests.servers.poolgate_server import Poolgate

VERIFIER = "a-verifier-of-forty-three-characters-or-more"


@dataclass(frozen=True)
class Client:
    """An app client whose callback is a page of the server itself."""

    server: Poolgate
    pool_id: str
    id: str

    def address(self, path: str, **parameters: str) -> str:
        digest = hashlib.sha256(VERIFIER.encode()).digest()
        given = {
            "client_id": self.id,
            "response_type": "code",
            "redirect_uri": callback(self.server),
            "scope": "openid email",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **parameters,
        }
        return f"{self.server.url}{path}?{urlencode(given)}"

    @property
    def cognito(self) -> Any:
        return self.server.client("cognito-idp")

    def person(self) -> str:
        """The address of somebody who can sign in with the password."""
        email = address()
        self.invite(email, email=email, email_verified="true")
        self.set_password(email)
        return email

    def set_password(self, username: str) -> None:
        self.cognito.admin_set_user_password(
            UserPoolId=self.pool_id, Username=username, Password=PASSWORD, Permanent=True
        )

    def invite(self, username: str, **given: str) -> None:
        self.cognito.admin_create_user(
            UserPoolId=self.pool_id,
            Username=username,
            TemporaryPassword=PASSWORD,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in given.items()],
        )


@dataclass(frozen=True)
class Pools:
    """`plain` has sign-in links, devices and threat protection, `by_link` asks for attributes and
    confirms by a link, `mfa` requires a second factor of people who need not have an address."""

    plain: Client
    by_link: Client
    mfa: Client
    asking: Client
    """People allow it first what it asks for."""
    account: Client
    """Has all that people can look after, and passkeys for the server's own host."""


def make(server: Poolgate) -> Pools:
    plain = _client(
        server,
        "Lighthouse",
        UserPoolTier="PLUS",
        UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"},
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
    )
    _notify(server, plain.pool_id)
    _send_links(server, plain)
    _let_devices_in(server, plain)
    required = {"AttributeDataType": "String", "Required": True, "Mutable": True}
    names = ("given_name", "family_name", "birthdate", "phone_number")
    by_link = _client(
        server,
        "Harbour Books",
        Schema=[{"Name": name, **required} for name in names],
        VerificationMessageTemplate={"DefaultEmailOption": "CONFIRM_WITH_LINK"},
    )
    _offer_provider(server, by_link)
    mfa = _client(server, "Lighthouse", UsernameAttributes=[])
    server.client("cognito-idp").set_user_pool_mfa_config(
        UserPoolId=mfa.pool_id,
        MfaConfiguration="ON",
        SoftwareTokenMfaConfiguration={"Enabled": True},
        EmailMfaConfiguration={},
    )
    asking = _client(server, "Harbour Books")
    settings = '{"require_consent": true}'
    done = server.command("clients", "oauth", asking.id, "-", text=settings)
    assert done.returncode == 0, done.stderr
    return Pools(plain, by_link, mfa, asking, _account(server))


def _account(server: Poolgate) -> Client:
    factors = ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]
    client = _client(
        server,
        "Lighthouse",
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": factors}},
        DeviceConfiguration={"DeviceOnlyRememberedOnUserPrompt": False},
    )
    server.client("cognito-idp").set_user_pool_mfa_config(
        UserPoolId=client.pool_id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
        EmailMfaConfiguration={},
        WebAuthnConfiguration={"RelyingPartyId": "localhost", "UserVerification": "preferred"},
    )
    return client


def _let_devices_in(server: Poolgate, client: Client) -> None:
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    settings = json.dumps({"grant_types": [grant]})
    done = server.command("clients", "oauth", client.id, "-", text=settings)
    assert done.returncode == 0, done.stderr


def callback(server: Poolgate) -> str:
    return f"{server.url}/ready"


def address() -> str:
    """Of one length, so that screenshots differ in nothing else."""
    return f"ada.{uuid4().hex[:6]}@example.com"


def _client(server: Poolgate, name: str, **pool: Any) -> Client:
    cognito = server.client("cognito-idp")
    given = {"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"], **pool}
    made = cognito.create_user_pool(PoolName=name, **given)["UserPool"]
    cognito.create_user_pool_domain(UserPoolId=made["Id"], Domain=f"tour-{uuid4().hex[:8]}")
    client = cognito.create_user_pool_client(
        UserPoolId=made["Id"],
        ClientName=name,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email", "aws.cognito.signin.user.admin"],
        CallbackURLs=[callback(server)],
        SupportedIdentityProviders=["COGNITO"],
        ExplicitAuthFlows=["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
    )["UserPoolClient"]
    return Client(server, made["Id"], client["ClientId"])


def _notify(server: Poolgate, pool_id: str) -> None:
    action = {"Notify": True, "EventAction": "NO_ACTION"}
    server.client("cognito-idp").set_risk_configuration(
        UserPoolId=pool_id,
        AccountTakeoverRiskConfiguration={
            "NotifyConfiguration": {
                "From": "sign-in@example.com",
                "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/sign-in@example.com",
            },
            "Actions": dict.fromkeys(("LowAction", "MediumAction", "HighAction"), action),
        },
    )


ELSEWHERE = "https://harbour.example"


def _offer_provider(server: Poolgate, client: Client) -> None:
    """Nobody arrives there: it is a button, and the domain of an address."""
    names = ("authorize_url", "token_url", "attributes_url", "jwks_uri")
    client.cognito.create_identity_provider(
        UserPoolId=client.pool_id,
        ProviderName="HarbourID",
        ProviderType="OIDC",
        ProviderDetails={
            "client_id": "poolgate",
            "client_secret": "of-the-tour",
            "authorize_scopes": "openid email",
            "attributes_request_method": "GET",
            "oidc_issuer": ELSEWHERE,
            **{name: f"{ELSEWHERE}/{name}" for name in names},
        },
        IdpIdentifiers=["harbour.example"],
        AttributeMapping={"email": "email"},
    )
    client.cognito.update_user_pool_client(
        UserPoolId=client.pool_id,
        ClientId=client.id,
        ClientName="Harbour Books",
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email", "aws.cognito.signin.user.admin"],
        CallbackURLs=[callback(server)],
        SupportedIdentityProviders=["COGNITO", "HarbourID"],
        ExplicitAuthFlows=["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
    )


def _send_links(server: Poolgate, client: Client) -> None:
    program = Path(sys.executable).with_name("poolgate")
    command = [program, "clients", "magic-links", client.id, "on", "--instance", server.instance]
    subprocess.run(command, check=True, capture_output=True, env=server._environment())
