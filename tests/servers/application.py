"""A Cognito application on the shared server: a user pool, a public app client, people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from tests.servers.poolgate_server import REGION, Poolgate

PASSWORD = "Correct-horse-7-battery"
FLOWS = ("USER_SRP_AUTH", "USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH")


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
        code = self.server.outbox.latest(to=email)["code"]
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
        ExplicitAuthFlows=[f"ALLOW_{flow}" for flow in FLOWS],
        **client_options,
    )["UserPoolClient"]
    return Application(server, pool["Id"], client["ClientId"], client.get("ClientSecret", ""))


@pytest.fixture(scope="session")
def application(poolgate_server: Poolgate) -> Application:
    """A pool and a public client with the SRP, password and refresh flows."""
    return create_application(poolgate_server)
