"""GetClientToken and GetDerivedToken: tokens for services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idp.errors import ClientNotFound, ClientSecretMismatch, InvalidParameter
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.services import (
    client_scopes,
    pools,
    subjects,
    token_customisation,
    token_exchange,
)
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.token_exchange import ExchangeRequest, Presented
from idp.user_pools.services.tokens import Tokens
from kernel.aws.operations import Call, Input, Output
from kernel.runtime import Kernel
from kernel.statements import Rows

family = cognito_idp()


@family.operation("GetClientToken")
def get_client_token(call: Call, request: Input) -> Output:
    """The client's own token: client_credentials, without the token endpoint."""
    kernel = call.kernel
    context, allowed = kernel.database.look_up(_client, kernel, request["ClientId"])
    if not context.secrets or not context.is_proven_by(request["Secret"]):
        raise ClientSecretMismatch(context.client.id)
    if "ALLOW_CLIENT_TOKEN_AUTH" not in context.client.settings["ExplicitAuthFlows"]:
        raise InvalidParameter("ALLOW_CLIENT_TOKEN_AUTH is not enabled for the client.")
    scopes = list(dict.fromkeys(request.get("Scopes") or allowed))
    if not scopes or not set(scopes) <= set(allowed):
        raise InvalidParameter("Invalid scope requested.")
    customisation = token_customisation.of_client(
        kernel, context, scopes, request.get("ClientMetadata", {})
    )
    token, lifetime = kernel.of(Tokens).client_credentials(context, scopes, customisation)
    result = {"AccessToken": token, "ExpiresIn": lifetime, "TokenType": "Bearer"}
    return {"ClientAuthenticationResult": result}


def _client(rows: Rows, kernel: Kernel, client_id: str) -> tuple[ClientContext, tuple[str, ...]]:
    context = subjects.load_client(rows, kernel, client_id)
    return context, client_scopes.kept_custom(rows, kernel, context)


@family.operation("GetDerivedToken")
def get_derived_token(call: Call, request: Input) -> Output:
    context = call.kernel.database.look_up(subjects.load_client, call.kernel, request["ClientId"])
    _check_caller(call, context, request.get("ClientSecret"))
    asked = _asked(request)
    issued = token_exchange.exchange(
        call.kernel, context, _subject(request), _actor(request), asked
    )
    return {
        "IssuedToken": issued.token,
        "IssuedTokenType": "ID_TOKEN" if asked.id_token else "ACCESS_TOKEN",
        # RFC 8693 §2.2.1: N_A where the issued token is no access token.
        "TokenType": "N_A" if asked.id_token else "Bearer",
        "ExpiresIn": issued.lifetime,
        "Scopes": list(issued.scopes),
    }


def _check_caller(call: Call, context: ClientContext, secret: str | None) -> None:
    """ "You must have IAM credentials, or you must present the requesting app client's ClientId
    and, if the client has a secret, ClientSecret". A wrong secret is refused in any case."""
    if call.principal is not None:
        if not pools.is_of(context.pool, call):
            raise ClientNotFound(context.client.id)
        if secret is None:
            return
    if not context.is_proven_by(secret):
        raise ClientSecretMismatch(context.client.id)


def _subject(request: Mapping[str, Any]) -> Presented:
    provider = request.get("SubjectTokenProviderName")
    subject = _presented(
        "SubjectToken", request["SubjectToken"], request["SubjectTokenType"], provider
    )
    if subject is None:
        raise InvalidParameter("SubjectToken must not be empty.")
    return subject


def _actor(request: Mapping[str, Any]) -> Presented | None:
    token, kind = request.get("ActorToken"), request.get("ActorTokenType")
    provider = request.get("ActorTokenProviderName")
    if not token and (kind or provider):
        raise InvalidParameter("ActorTokenType and ActorTokenProviderName need an ActorToken.")
    return _presented("ActorToken", token, kind, provider)


def _presented(
    role: str, token: str | None, kind: str | None, provider: str | None
) -> Presented | None:
    """Tokens of third-party providers need federation: they are refused."""
    if not token:
        return None
    if kind is None:
        raise InvalidParameter(f"{role}Type is required with {role}.")
    if provider is not None or kind == "SAML2":
        raise InvalidParameter(
            f"{role} can only be a token of this user pool: "
            "those of third-party identity providers are not supported yet."
        )
    return Presented(role, token, kind)


def _asked(request: Mapping[str, Any]) -> ExchangeRequest:
    audiences, resources = request.get("Audiences") or [None], request.get("Resources") or [None]
    if audiences[0] and resources[0]:
        # "You can't request both Audiences and Resources in the same request."
        raise InvalidParameter("Audiences and Resources exclude each other.")
    return ExchangeRequest(
        request.get("Scopes") or None,
        audiences[0],
        resources[0],
        request.get("RequestedTokenType") == "ID_TOKEN",
    )
