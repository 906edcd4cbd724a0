"""The demo's resources, made through the same operations that an SDK calls, once."""

from __future__ import annotations

import fcntl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Flask

from app import FAMILIES
from idp.errors import UsernameExists
from idp.user_pools.services.issuers import issuer
from kernel.aws.operations import Call
from kernel.runtime import Kernel

POOL_NAME = "poolgate-demo"
CLIENT_NAME = "poolgate-demo-app"
API_NAME = "poolgate-demo-api"
AUTHORIZER_NAME = "demo-pool"
EMAIL = "demo@example.com"
# Known to everybody, like the rest of the demo, which is refused on anything but loopback.
PASSWORD = "Poolgate-demo-1"
PAGE = "/demo"
CALLBACK = "/demo/signed-in"
UPSTREAM = "/demo/upstream/orders"
ROUTE = "GET /orders"


@dataclass(frozen=True)
class DemoResources:
    """What the printed lines and the demo page name."""

    pool_id: str
    client_id: str
    api_id: str


class Operator:
    """Calls operations in this process, on behalf of the operator who started it."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._handlers = {
            (family.service, name): handler
            for family in FAMILIES
            for name, handler in family.handlers.items()
        }

    def call(self, service: str, operation: str, **request: Any) -> Mapping[str, Any]:
        settings = self._kernel.settings
        call = Call(
            kernel=self._kernel,
            service=service,
            operation=operation,
            account=settings.account_id,
            region=settings.region,
            request_id="demo",
        )
        return self._handlers[service, operation](call, request) or {}


def ensure(app: Flask) -> DemoResources:
    """Find the demo's resources by name; make what is missing, in one worker at a time."""
    kernel: Kernel = app.extensions["poolgate"]
    operator, origin = Operator(kernel), kernel.settings.origin
    with (kernel.settings.instance / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pool_id = _pool(operator)
        client_id = _client(operator, pool_id, origin)
        issued_by = issuer(kernel.settings, pool_id)
        return DemoResources(pool_id, client_id, _api(operator, issued_by, client_id, origin))


def _pool(operator: Operator) -> str:
    pools = operator.call("cognito-idp", "ListUserPools", MaxResults=60)["UserPools"]
    for pool in pools:
        if pool["Name"] == POOL_NAME:
            _user(operator, pool["Id"])
            return str(pool["Id"])
    pool = operator.call(
        "cognito-idp",
        "CreateUserPool",
        PoolName=POOL_NAME,
        UsernameAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
    )["UserPool"]
    _user(operator, pool["Id"])
    return str(pool["Id"])


def _user(operator: Operator, pool_id: str) -> None:
    """The demo's user, enabled and with the password that is printed, whatever was done to him."""
    with suppress(UsernameExists):
        operator.call(
            "cognito-idp",
            "AdminCreateUser",
            UserPoolId=pool_id,
            Username=EMAIL,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": EMAIL},
                {"Name": "email_verified", "Value": "true"},
                {"Name": "name", "Value": "Demo"},
            ],
        )
    operator.call("cognito-idp", "AdminEnableUser", UserPoolId=pool_id, Username=EMAIL)
    operator.call(
        "cognito-idp",
        "AdminSetUserPassword",
        UserPoolId=pool_id,
        Username=EMAIL,
        Password=PASSWORD,
        Permanent=True,
    )


def _client(operator: Operator, pool_id: str, origin: str) -> str:
    addresses = {
        "CallbackURLs": [f"{origin}{CALLBACK}"],
        "LogoutURLs": [f"{origin}{PAGE}"],
    }
    clients = operator.call("cognito-idp", "ListUserPoolClients", UserPoolId=pool_id)
    for client in clients["UserPoolClients"]:
        if client["ClientName"] == CLIENT_NAME:
            _move_client(operator, pool_id, client["ClientId"], addresses)
            return str(client["ClientId"])
    client = operator.call(
        "cognito-idp",
        "CreateUserPoolClient",
        UserPoolId=pool_id,
        ClientName=CLIENT_NAME,
        ExplicitAuthFlows=[
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_USER_SRP_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
        ],
        PreventUserExistenceErrors="ENABLED",
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email", "profile", "aws.cognito.signin.user.admin"],
        SupportedIdentityProviders=["COGNITO"],
        **addresses,
    )["UserPoolClient"]
    return str(client["ClientId"])


def _move_client(
    operator: Operator, pool_id: str, client_id: str, addresses: dict[str, list[str]]
) -> None:
    """Follow the server to the origin of this start, such as another port than last time."""
    client = operator.call(
        "cognito-idp", "DescribeUserPoolClient", UserPoolId=pool_id, ClientId=client_id
    )["UserPoolClient"]
    # An update sets what it does not name to its default, so it names all that is set.
    moved = {**client, **addresses}
    if moved != client:
        operator.call("cognito-idp", "UpdateUserPoolClient", **moved)


def _api(operator: Operator, issued_by: str, client_id: str, origin: str) -> str:
    """An HTTP API with one route, which a token of the demo's client opens."""
    for api in operator.call("apigatewayv2", "GetApis")["Items"]:
        if api["Name"] == API_NAME:
            _move_api(operator, api["ApiId"], issued_by, origin)
            return str(api["ApiId"])
    api_id = operator.call("apigatewayv2", "CreateApi", Name=API_NAME, ProtocolType="HTTP")["ApiId"]
    integration = operator.call(
        "apigatewayv2",
        "CreateIntegration",
        ApiId=api_id,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri=f"{origin}{UPSTREAM}",
        PayloadFormatVersion="1.0",
    )
    authorizer = operator.call(
        "apigatewayv2",
        "CreateAuthorizer",
        ApiId=api_id,
        AuthorizerType="JWT",
        Name=AUTHORIZER_NAME,
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": issued_by, "Audience": [client_id]},
    )
    operator.call(
        "apigatewayv2",
        "CreateRoute",
        ApiId=api_id,
        RouteKey=ROUTE,
        Target=f"integrations/{integration['IntegrationId']}",
        AuthorizationType="JWT",
        AuthorizerId=authorizer["AuthorizerId"],
    )
    operator.call(
        "apigatewayv2", "CreateStage", ApiId=api_id, StageName="$default", AutoDeploy=True
    )
    return str(api_id)


def _move_api(operator: Operator, api_id: str, issued_by: str, origin: str) -> None:
    """Follow the server to the origin of this start: the upstream and the issuer lie there."""
    for integration in operator.call("apigatewayv2", "GetIntegrations", ApiId=api_id)["Items"]:
        elsewhere, upstream, rest = integration["IntegrationUri"].partition(UPSTREAM)
        if upstream and not rest and elsewhere != origin:
            operator.call(
                "apigatewayv2",
                "UpdateIntegration",
                ApiId=api_id,
                IntegrationId=integration["IntegrationId"],
                IntegrationUri=f"{origin}{UPSTREAM}",
            )
    for authorizer in operator.call("apigatewayv2", "GetAuthorizers", ApiId=api_id)["Items"]:
        configuration = authorizer["JwtConfiguration"]
        if authorizer["Name"] == AUTHORIZER_NAME and configuration["Issuer"] != issued_by:
            operator.call(
                "apigatewayv2",
                "UpdateAuthorizer",
                ApiId=api_id,
                AuthorizerId=authorizer["AuthorizerId"],
                JwtConfiguration={**configuration, "Issuer": issued_by},
            )
