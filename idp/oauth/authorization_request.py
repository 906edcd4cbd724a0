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

from idp.oauth import pkce, request_parameters, resources
from idp.oauth.authorization_responses import RequestRefused, ReturnAddress
from idp.oauth.clients import OAuthClient
from idp.oauth.errors import UnmetAuthenticationRequirements
from idp.oauth.request_parameters import Parameters
from idp.user_pools.rules import max_age, requested_claims, response_types
from idp.user_pools.rules.response_types import ResponseTypes

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
    identity_provider: str | None = None
    """Where the person shall sign in, if the request says so; None leaves it to the page."""
    binding: Mapping[str, Any] = field(default_factory=dict)
    """As `RefreshFamily.binding`: the code and the tokens that it buys keep it."""

    subject: str | None = None
    """The id of the user who alone may answer it."""
    reference: str | None = None
    """The `request_uri` under which it was pushed; the response spends it."""

    @property
    def return_address(self) -> ReturnAddress:
        return ReturnAddress(self.client.pool_id, self.redirect_uri, self.response_mode, self.state)


def leading_to_no_client(
    client: OAuthClient, max_age: int | None = None, levels: tuple[int, ...] = ()
) -> AuthorizationRequest:
    """What a sign-in at the client's pages must be that ends at no address of the client's."""
    return AuthorizationRequest(
        client=client,
        redirect_uri="",
        scopes=(),
        state=None,
        nonce=None,
        code_challenge=None,
        prompts=frozenset(),
        max_age=max_age,
        response_types=frozenset(),
        response_mode="",
        levels=levels,
    )


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
        scopes=request_parameters.scopes_of(parameters, client),
        state=parameters.get("state"),
        nonce=parameters.get("nonce"),
        code_challenge=parameters.get("code_challenge"),
        prompts=frozenset(parameters.get("prompt", "").split()),
        max_age=request_parameters.max_age(parameters, client),
        levels=request_parameters.levels(parameters, client),
        response_types=frozenset(parameters["response_type"].split(" ")),
        response_mode=response_types.mode(parameters, redirect_uri),
        binding=request_parameters.binding(parameters, client),
        identity_provider=parameters.get("identity_provider"),
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
    if "openid" not in request_parameters.scopes_of(parameters, client):
        raise InvalidScopeError


def request_object(parameters: Parameters, _client: OAuthClient) -> None:
    if "request" in parameters:
        raise RequestObjectNotSupported
    if "request_uri" in parameters:
        raise RequestUriNotSupported
    if "registration" in parameters:
        raise RegistrationNotSupported


def scope(parameters: Parameters, client: OAuthClient) -> None:
    if not set(request_parameters.scopes_of(parameters, client)) <= set(client.user_scopes):
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


def bound_token(parameters: Parameters, client: OAuthClient) -> None:
    """Nothing is proven here: a token that must be bound to a key comes to who names it, and one
    that must be bound to a certificate does not come."""
    if response_types.TOKEN not in parameters["response_type"].split(" "):
        return
    if client.metadata.tls_client_certificate_bound_access_tokens:
        raise UnauthorizedClientError("The client's access tokens are bound to a certificate.")
    if client.metadata.dpop_bound_access_tokens and "dpop_jkt" not in parameters:
        raise InvalidRequestError("dpop_jkt is required.")


def resource(parameters: Parameters, client: OAuthClient) -> None:
    """RFC 8707 §2.1: each is a resource server that the request asks for a scope of."""
    resources.requested(parameters, request_parameters.scopes_of(parameters, client))


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
    is_step_up = "acr_values" in parameters and request_parameters.offers_levels(client)
    if is_step_up and not request_parameters.levels(parameters, client):
        raise InvalidRequestError("acr_values names no level of this user pool.")


def claims(parameters: Parameters, client: OAuthClient) -> None:
    """OIDC Core §5.5.1.1: an essential `acr` that cannot be had is "a failed authentication
    attempt"; the request itself is good."""
    try:
        wished = request_parameters.wishes(parameters)
    except requested_claims.Malformed:
        raise InvalidRequestError("claims is malformed.") from None
    asked = request_parameters.essential_levels(wished)
    if asked is not None and not request_parameters.levels_named(asked, client):
        raise UnmetAuthenticationRequirements


def identity_provider(parameters: Parameters, client: OAuthClient) -> None:
    """That the client may use the one that is named. What `idp_identifier` stands for is looked up
    where the person goes (`hosted_ui.federated.providers`)."""
    named = parameters.get("identity_provider")
    if not client.identity_providers or (named and named not in client.identity_providers):
        raise InvalidRequestError("The identity provider is not enabled for this client.")


CHECKS: tuple[Check, ...] = (
    response_type,
    response_mode,
    request_object,
    scope,
    id_token,
    code_challenge,
    dpop_jkt,
    bound_token,
    resource,
    prompt,
    oldest_proof,
    claims,
    acr_values,
    identity_provider,
)
