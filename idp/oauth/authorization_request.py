"""What an authorization request must be, as a list of checks (RFC 6749 §4.1.1, OIDC Core §3.1.2.1).

Until client and redirect URI are known to be good, an error is shown to the person and redirects
nowhere; afterwards it goes back to the client.
"""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import (
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
    UnsupportedResponseTypeError,
)

from idp.oauth import pkce, resources
from idp.oauth.authorization_responses import RequestRefused, ReturnAddress
from idp.oauth.clients import LOCAL_USERS, OAuthClient
from idp.oauth.errors import UnmetAuthenticationRequirements
from idp.user_pools.rules import acr, max_age, requested_claims, response_types, tiers
from idp.user_pools.rules.response_types import ResponseTypes

Parameters = Mapping[str, str]
Check = Callable[[Parameters, OAuthClient], None]

PROMPTS = ("none", "login", "consent", "select_account", "create")


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request that passed every check."""

    client: OAuthClient
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    nonce: str | None
    code_challenge: str | None
    prompts: frozenset[str]
    max_age: int | None
    """Seconds since the person last proved who he is, at most."""
    response_types: ResponseTypes
    response_mode: str
    levels: tuple[int, ...] = ()
    """How strongly the person must prove it, the preferred level first (`rules.acr`)."""
    binding: Mapping[str, Any] = field(default_factory=dict)
    """As `RefreshFamily.binding`: the code and the tokens that it buys keep it."""

    subject: str | None = None
    """The id of the user who alone may answer it."""
    reference: str | None = None
    """The `request_uri` under which it was pushed; the response spends it."""

    @property
    def return_address(self) -> ReturnAddress:
        return ReturnAddress(self.client.pool_id, self.redirect_uri, self.response_mode, self.state)


@dataclass(frozen=True)
class Origin:
    """How the parameters of a request came."""

    is_pushed: bool = False
    is_signed: bool = False


class RequestObjectNotSupported(OAuth2Error):
    """OIDC Core §6: the parameter `request`."""

    error = "request_not_supported"


class RegistrationNotSupported(OAuth2Error):
    """OIDC Core §7.2.1: the parameter `registration`, of self-issued providers."""

    error = "registration_not_supported"


class RequestUriNotSupported(OAuth2Error):
    """OIDC Core §6: the parameter `request_uri`."""

    error = "request_uri_not_supported"


def check(
    parameters: Parameters, client: OAuthClient | None, origin: Origin
) -> AuthorizationRequest:
    """The request. Raises `RequestRefused` with an error for the client, and `OAuth2Error` where
    it is not known that the person may be sent back to it."""
    if client is None:
        raise InvalidRequestError("client_id is missing, or no client of this address.")
    redirect_uri = registered_redirect_uri(parameters, client)
    try:
        _check_origin(origin, client)
        for passes in CHECKS:
            passes(parameters, client)
    except OAuth2Error as error:
        mode = response_types.mode(parameters, redirect_uri)
        to = ReturnAddress(client.pool_id, redirect_uri, mode, parameters.get("state"))
        raise RequestRefused(error, to) from None
    return AuthorizationRequest(
        client=client,
        redirect_uri=redirect_uri,
        scopes=_scopes(parameters, client),
        state=parameters.get("state"),
        nonce=parameters.get("nonce"),
        code_challenge=parameters.get("code_challenge"),
        prompts=frozenset(parameters.get("prompt", "").split()),
        max_age=_max_age(parameters, client),
        levels=_levels(parameters, client),
        response_types=frozenset(parameters["response_type"].split(" ")),
        response_mode=response_types.mode(parameters, redirect_uri),
        binding=_binding(parameters, client),
    )


def _check_origin(origin: Origin, client: OAuthClient) -> None:
    """RFC 9126 §5 and §6, RFC 9101 §10.5."""
    settings = (client.metadata, client.context.provider)
    if not origin.is_pushed and any(
        each.require_pushed_authorization_requests for each in settings
    ):
        raise InvalidRequestError("The request must be pushed to /oauth2/par first.")
    if not origin.is_signed and any(each.require_signed_request_object for each in settings):
        raise InvalidRequestError("The request must be a signed request object.")


def registered_redirect_uri(parameters: Parameters, client: OAuthClient) -> str:
    """As `redirect_uris.is_registered` compares."""
    given = parameters.get("redirect_uri", client.default_redirect_uri)
    if given is None:
        raise InvalidRequestError("redirect_uri is missing.")
    if not client.may_be_called_back(given):
        raise InvalidRequestError("redirect_uri is not registered for this client.")
    return given


def response_type(parameters: Parameters, client: OAuthClient) -> None:
    given = parameters.get("response_type")
    if given is None:
        raise InvalidRequestError("response_type is missing.")
    types = response_types.parse(given)
    if types is None:
        raise UnsupportedResponseTypeError(given)
    if not client.may_ask_for(types):
        raise UnauthorizedClientError("The client is not enabled for this response_type.")


def response_mode(parameters: Parameters, client: OAuthClient) -> None:
    given = parameters.get("response_mode")
    redirect_uri = registered_redirect_uri(parameters, client)
    types = parameters["response_type"].split(" ")
    if given is not None and not response_types.may_travel(types, given, redirect_uri):
        raise InvalidRequestError("response_mode does not fit response_type or redirect_uri.")


def id_token(parameters: Parameters, client: OAuthClient) -> None:
    """OIDC Core §3.2.2.1: with an ID token from this endpoint, nonce "is REQUIRED"."""
    if response_types.ID_TOKEN not in parameters["response_type"].split(" "):
        return
    if "nonce" not in parameters:
        raise InvalidRequestError("nonce is required for an ID token.")
    if "openid" not in _scopes(parameters, client):
        raise InvalidScopeError


def request_object(parameters: Parameters, _client: OAuthClient) -> None:
    if "request" in parameters:
        raise RequestObjectNotSupported
    if "request_uri" in parameters:
        raise RequestUriNotSupported
    if "registration" in parameters:
        raise RegistrationNotSupported


def scope(parameters: Parameters, client: OAuthClient) -> None:
    if not set(_scopes(parameters, client)) <= set(client.user_scopes):
        raise InvalidScopeError
    if not client.user_scopes:
        raise InvalidScopeError


def code_challenge(parameters: Parameters, client: OAuthClient) -> None:
    """RFC 7636 §4.4.1: without a required challenge the answer is invalid_request."""
    given = parameters.get("code_challenge")
    method = parameters.get("code_challenge_method")
    if given is None and method is None:
        asks_for_code = response_types.CODE in parameters["response_type"].split(" ")
        if client.requires_pkce and asks_for_code:
            raise InvalidRequestError("code_challenge is required.")
        return
    # A missing method means `plain` (§4.3), which is not supported.
    if method != pkce.S256:
        raise InvalidRequestError("code_challenge_method must be S256.")
    if given is None or not pkce.is_challenge(given):
        raise InvalidRequestError("code_challenge is malformed.")


def dpop_jkt(parameters: Parameters, _client: OAuthClient) -> None:
    """RFC 9449 §10: the thumbprint of the key that the code will be redeemed with."""
    if "dpop_jkt" in parameters and not pkce.is_challenge(parameters["dpop_jkt"]):
        raise InvalidRequestError("dpop_jkt is malformed.")


def resource(parameters: Parameters, client: OAuthClient) -> None:
    """RFC 8707 §2.1: each is a resource server that the request asks for a scope of."""
    resources.requested(parameters, _scopes(parameters, client))


def prompt(parameters: Parameters, client: OAuthClient) -> None:
    given = frozenset(parameters.get("prompt", "").split())
    # OIDC Core §3.1.2.1: "If this parameter contains none with any other value, an error".
    if not given.issubset(PROMPTS) or ("none" in given and len(given) > 1):
        raise InvalidRequestError("prompt is malformed.")
    # Initiating User Registration via OpenID Connect 1.0 §4.
    if "create" in given and not client.takes_sign_ups:
        raise InvalidRequestError("Nobody can sign up for this client.")


def oldest_proof(parameters: Parameters, _client: OAuthClient) -> None:
    if max_age.parse(parameters.get("max_age", "0")) is None:
        raise InvalidRequestError("max_age is malformed.")


def acr_values(parameters: Parameters, client: OAuthClient) -> None:
    """Values that are no level of the pool are ignored, unless there is no other."""
    is_step_up = "acr_values" in parameters and _offers_levels(client)
    if is_step_up and not _levels(parameters, client):
        raise InvalidRequestError("acr_values names no level of this user pool.")


def claims(parameters: Parameters, client: OAuthClient) -> None:
    """OIDC Core §5.5.1.1: an essential `acr` that cannot be had is "a failed authentication
    attempt"; the request itself is good."""
    try:
        wishes = _claims(parameters)
    except requested_claims.Malformed:
        raise InvalidRequestError("claims is malformed.") from None
    asked = _essential_levels(wishes)
    if asked is not None and not _levels_named(asked, client):
        raise UnmetAuthenticationRequirements


def identity_provider(parameters: Parameters, client: OAuthClient) -> None:
    named = parameters.get("identity_provider", LOCAL_USERS)
    if named != LOCAL_USERS or "idp_identifier" in parameters or not client.signs_in_local_users:
        raise InvalidRequestError("The identity provider is not enabled for this client.")


CHECKS: tuple[Check, ...] = (
    response_type,
    response_mode,
    request_object,
    scope,
    id_token,
    code_challenge,
    dpop_jkt,
    resource,
    prompt,
    oldest_proof,
    acr_values,
    claims,
    identity_provider,
)


def _binding(parameters: Parameters, client: OAuthClient) -> dict[str, Any]:
    binding: dict[str, Any] = {}
    if "dpop_jkt" in parameters:
        binding["cnf"] = {"jkt": parameters["dpop_jkt"]}
    scopes = _scopes(parameters, client)
    if "resource" in parameters:
        binding["resource"] = list(resources.requested(parameters, scopes))
    # OIDC Core §5.5 belongs to requests with the scope `openid`.
    wishes = _claims(parameters) if "openid" in scopes else {}
    return {**binding, "claims": wishes} if wishes else binding


def _offers_levels(client: OAuthClient) -> bool:
    """In the Lite tier "the managed login authorize endpoint silently ignores acr_values"."""
    return tiers.includes(client.context.pool.settings, "acr_values")


def _levels(parameters: Parameters, client: OAuthClient) -> tuple[int, ...]:
    """What an essential claim `acr` says, else `acr_values`, else what the client registered (OIDC
    Registration §2, default_acr_values)."""
    essential = _essential_levels(_claims(parameters))
    if essential is not None:
        return _levels_named(essential, client)
    named = parameters.get("acr_values", " ".join(client.metadata.default_acr_values))
    return _levels_named(named, client)


def _levels_named(text: str, client: OAuthClient) -> tuple[int, ...]:
    if not _offers_levels(client):
        return ()
    return acr.targets(client.context.pool.settings.get("AcrConfiguration"), text)


def _claims(parameters: Parameters) -> dict[str, Any]:
    return requested_claims.parse(parameters["claims"]) if "claims" in parameters else {}


def _essential_levels(wishes: Mapping[str, Any]) -> str | None:
    values = requested_claims.essential_values(wishes.get(requested_claims.ID_TOKEN, {}), "acr")
    return None if values is None else " ".join(values)


def _max_age(parameters: Parameters, client: OAuthClient) -> int | None:
    """OIDC Registration §2: "The max_age request parameter overrides this default value."""
    if "max_age" in parameters:
        return max_age.parse(parameters["max_age"])
    return client.metadata.default_max_age


def _scopes(parameters: Parameters, client: OAuthClient) -> tuple[str, ...]:
    """Cognito: without a scope parameter the client gets every scope it is configured for."""
    given = parameters.get("scope")
    return tuple(dict.fromkeys(given.split())) if given else client.user_scopes
