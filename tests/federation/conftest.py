"""A pool whose people come from elsewhere, and a relying party of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conformance.oidc.relying_party import Answer, Browser, Page, RelyingParty
from tests.federation.scripted_provider import provider, upstreams
from tests.idp.oauth.world import world_with_peers as world
from tests.servers.application import Application, Person, create_application
from tests.servers.poolgate_server import Poolgate

__all__ = ["provider", "upstreams", "world"]

CALLBACK = "http://localhost:3119/callback"


@dataclass(frozen=True)
class Downstream:
    """A pool that takes people from elsewhere, with a client that offers nothing but that."""

    application: Application
    provider_name: str

    @property
    def cognito(self) -> Any:
        return self.application.server.client("cognito-idp")

    @property
    def pool_id(self) -> str:
        return self.application.pool_id

    @property
    def party(self) -> RelyingParty:
        made = self.application
        return RelyingParty(made.issuer, made.client_id, made.client_secret, CALLBACK)

    def claims_of(self, answer: Answer) -> dict[str, Any]:
        """Of the ID token that the answer's code buys."""
        tokens = self.party.redeem(answer.code).json()
        return self.party.claims(tokens["id_token"])

    def users(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.cognito.list_users(UserPoolId=self.pool_id)["Users"]
        return found

    def user(self, username: str) -> dict[str, str]:
        """The attributes of a user, with the status."""
        found = self.cognito.admin_get_user(UserPoolId=self.pool_id, Username=username)
        return {
            **{each["Name"]: each["Value"] for each in found["UserAttributes"]},
            "UserStatus": found["UserStatus"],
        }


Make = Callable[..., Downstream]


@pytest.fixture(scope="module")
def make_downstream(poolgate_server: Poolgate) -> Make:
    """A pool with an identity provider of the given name, type and details."""

    def make(name: str, provider_type: str, details: dict[str, str], **request: Any) -> Downstream:
        made = create_application(poolgate_server, GenerateSecret=True)
        cognito = poolgate_server.client("cognito-idp")
        cognito.create_identity_provider(
            UserPoolId=made.pool_id,
            ProviderName=name,
            ProviderType=provider_type,
            ProviderDetails=details,
            **{"AttributeMapping": {"email": "email"}, **request},
        )
        cognito.update_user_pool_client(
            UserPoolId=made.pool_id,
            ClientId=made.client_id,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["openid", "email", "profile"],
            CallbackURLs=[CALLBACK],
            SupportedIdentityProviders=[name],
        )
        return Downstream(made, name)

    return make


def open_sign_in(downstream: Downstream, **parameters: str) -> tuple[Browser, Page]:
    """A browser at the page of the other provider."""
    browser = downstream.party.browser()
    shown = browser.open(downstream.party.address(**parameters))
    assert isinstance(shown, Page), shown
    return browser, shown


@pytest.fixture(scope="module")
def upstream(poolgate_server: Poolgate) -> Application:
    """A pool that is another one's provider."""
    return create_application(
        poolgate_server,
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email", "profile"],
        CallbackURLs=[f"{poolgate_server.url}/oauth2/idpresponse"],
        SupportedIdentityProviders=["COGNITO"],
    )


def details_of(upstream: Application, **more: str) -> dict[str, str]:
    """ProviderDetails of that pool, as another one's provider."""
    return {
        "client_id": upstream.client_id,
        "client_secret": upstream.client_secret,
        "oidc_issuer": upstream.issuer,
        "authorize_scopes": "openid email profile",
        "attributes_request_method": "GET",
        **more,
    }


@pytest.fixture(scope="module")
def person(upstream: Application) -> Person:
    """Somebody of that pool."""
    email = "ada.at.upstream@example.com"
    cognito = upstream.server.client("cognito-idp")
    made = cognito.admin_create_user(
        UserPoolId=upstream.pool_id,
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
        ],
    )["User"]
    cognito.admin_set_user_password(
        UserPoolId=upstream.pool_id, Username=email, Password=Person.password, Permanent=True
    )
    return Person(email, made["Username"])
