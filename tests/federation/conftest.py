"""A pool whose people come from elsewhere, and a relying party of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conformance.oidc.relying_party import Browser, Page, RelyingParty
from tests.servers.application import Application, create_application
from tests.servers.poolgate_server import Poolgate

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
