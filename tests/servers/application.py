"""A Cognito application on the shared server: a user pool, an app client, people, an API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from tests.servers.poolgate_server import REGION, Poolgate

PASSWORD = "Correct-horse-7-battery"
FLOWS = ("ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")


@dataclass(frozen=True)
class Person:
    """Someone who signed up and confirmed the address."""

    email: str
    sub: str
    password: str = PASSWORD


@dataclass(frozen=True)
class Application:
    """What an application's configuration holds, and ways to people it."""

    server: Poolgate
    pool_id: str
    client_id: str
    client_secret: str = ""
    region: str = REGION

    @property
    def issuer(self) -> str:
        return f"{self.server.url}/{self.pool_id}"

    @property
    def cognito(self) -> Any:
        """An unsigned boto3 client, as an application's own."""
        return self.server.client("cognito-idp", signed=False)

    def sign_up(self, email: str = "") -> Person:
        """Sign a new person up and confirm the address with the code in the outbox."""
        email = email or new_address()
        cognito = self.cognito
        made = cognito.sign_up(
            ClientId=self.client_id,
            Username=email,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": email}],
        )
        code = self.server.outbox.latest(email)["code"]
        cognito.confirm_sign_up(ClientId=self.client_id, Username=email, ConfirmationCode=code)
        return Person(email, made["UserSub"])

    def sign_in(self, person: Person) -> dict[str, str]:
        """The tokens of a password sign-in: AccessToken, IdToken, RefreshToken."""
        answer = self.cognito.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": person.email, "PASSWORD": person.password},
        )
        tokens: dict[str, str] = answer["AuthenticationResult"]
        return tokens

    def protected_api(self, upstream: str, origins: Sequence[str] = ()) -> str:
        """The endpoint of an HTTP API that proxies `GET /hello` for this client's access tokens."""
        gateway = self.server.client("apigatewayv2")
        cors = {"AllowOrigins": list(origins), "AllowHeaders": ["authorization"]}
        made = gateway.create_api(
            Name="tests", ProtocolType="HTTP", **({"CorsConfiguration": cors} if origins else {})
        )
        integration = gateway.create_integration(
            ApiId=made["ApiId"],
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="ANY",
            IntegrationUri=f"{upstream}/upstream",
            PayloadFormatVersion="1.0",
        )
        authorizer = gateway.create_authorizer(
            ApiId=made["ApiId"],
            Name="people",
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": self.issuer, "Audience": [self.client_id]},
        )
        gateway.create_route(
            ApiId=made["ApiId"],
            RouteKey="GET /hello",
            Target=f"integrations/{integration['IntegrationId']}",
            AuthorizationType="JWT",
            AuthorizerId=authorizer["AuthorizerId"],
        )
        gateway.create_stage(ApiId=made["ApiId"], StageName="$default", AutoDeploy=True)
        endpoint: str = made["ApiEndpoint"]
        return endpoint


def new_address() -> str:
    """An e-mail address that no other test uses."""
    return f"person-{uuid4().hex[:12]}@example.com"


def create_application(server: Poolgate, **client_options: Any) -> Application:
    """A pool whose people sign in by e-mail, and a client with the given further settings."""
    cognito = server.client("cognito-idp")
    pool = cognito.create_user_pool(
        PoolName="tests", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"]
    )["UserPool"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool["Id"],
        ClientName="tests",
        **{"ExplicitAuthFlows": list(FLOWS), **client_options},
    )["UserPoolClient"]
    return Application(server, pool["Id"], client["ClientId"], client.get("ClientSecret", ""))


def track_devices(application: Application, **setting: bool) -> None:
    """Let the application's pool remember each device, in place of a second factor."""
    application.server.client("cognito-idp").update_user_pool(
        UserPoolId=application.pool_id,
        AutoVerifiedAttributes=["email"],
        DeviceConfiguration={"ChallengeRequiredOnNewDevice": True, **setting},
    )


def web_client(redirect_uri: str) -> dict[str, Any]:
    """The client settings of a page that signs people in at the hosted page."""
    return {
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "aws.cognito.signin.user.admin"],
        "CallbackURLs": [redirect_uri],
        "LogoutURLs": [redirect_uri],
        "SupportedIdentityProviders": ["COGNITO"],
    }


@pytest.fixture(scope="session")
def application(poolgate_server: Poolgate) -> Application:
    """A pool and a public client with the SRP, password and refresh flows."""
    return create_application(poolgate_server)
