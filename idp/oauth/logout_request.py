"""What a request to sign out asks, and whether the relying party itself proves that it asks.

Three forms: `client_id` + `logout_uri`, and `client_id` + `redirect_uri` + `response_type` (sign
in again) as Amazon Cognito's; `id_token_hint` and `post_logout_redirect_uri` as OpenID Connect
RP-Initiated Logout 1.0.
"""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from werkzeug.datastructures import MultiDict

from idp.errors import IdpError
from idp.oauth import id_token_hint
from idp.oauth.clients import OAuthClient
from idp.oauth.endpoints.authorize import SIGN_IN
from idp.oauth.errors import PageError
from idp.oauth.provider import Provider
from idp.oauth.sessions import SignedIn
from idp.texts import N_
from kernel.runtime import Kernel
from kernel.sealing import Unsealable

SEALED = "logout_request"
"""What an address of ours carries in place of an ID token: all parameters, sealed. Addresses stand
in histories and logs, and an ID token says who somebody is."""
SEALED_FOR = 600
"""Seconds."""
_IN_THE_OPEN = ("lang", "ui_locales")
MOST_CHARACTERS = 16_384

REVOKE = "revoke"
"""Beyond the specification: `true` ends the client's tokens of the browser session, too."""


@dataclass(frozen=True)
class LogoutRequest:
    """A request that passed every check."""

    parameters: Mapping[str, str]
    pool_id: str
    client: OAuthClient | None
    """None where nothing says who asks; the pool is known by its host, or by its cookie."""
    target: str | None
    """Where to go next; None shows the signed-out page."""
    hint: Mapping[str, Any] | None
    """The claims of the ID token that came along."""

    @property
    def revokes(self) -> bool:
        return REVOKE in self.parameters

    @property
    def is_cognitos(self) -> bool:
        """Whether it has a form of Amazon Cognito's, which asks nobody."""
        return bool(self.parameters.keys() & {"logout_uri", "redirect_uri"})

    def is_proven_for(self, signed_in: SignedIn) -> bool:
        """Whether the relying party has a sign-in in the present session.

        "the OP MUST ask the End-User this question if an id_token_hint was not provided or if the
        supplied ID Token does not belong to the current OP session with the RP and/or currently
        logged in End-User" (RP-Initiated Logout 1.0 §2).
        """
        if self.hint is None or self.hint.get("sub") != signed_in.user_id:
            return False
        session_id = signed_in.opening.browser_session_id
        return bool(self.hint.get("sid", session_id) == session_id)


def read(provider: Provider, values: MultiDict[str, str]) -> LogoutRequest:
    """Raises `PageError`: nobody is redirected with an error."""
    parameters = _opened(provider, received(provider, values))
    pool_id = provider.address().pool_id
    hint = _hint(provider, pool_id, parameters)
    client = _client(provider, pool_id, parameters, hint)
    if client is None:
        pool_id = pool_id or provider.only_pool()
    if client is None and pool_id is None:
        raise refusal("client_id is missing.")
    if parameters.get(REVOKE, "true") != "true":
        raise refusal("revoke can only be true.")
    target = _target(client, parameters)
    return LogoutRequest(
        parameters, client.pool_id if client else str(pool_id), client, target, hint
    )


def received(provider: Provider, values: MultiDict[str, str]) -> Mapping[str, str]:
    """The parameters of an address or a form. Raises `PageError`."""
    try:
        parameters = provider.request(values).form
    except OAuth2Error as error:
        raise refusal(error.description) from None
    if sum(len(name) + len(text) for name, text in parameters.items()) > MOST_CHARACTERS:
        raise refusal("The request is too large.")
    return parameters


def carried(kernel: Kernel, parameters: Mapping[str, str]) -> Mapping[str, str]:
    """The parameters as an address of ours has them."""
    if "id_token_hint" not in parameters:
        return parameters
    token = kernel.sealer.seal_token(dict(parameters), SEALED, SEALED_FOR)
    shown = {name: parameters[name] for name in _IN_THE_OPEN if name in parameters}
    return {SEALED: token, **shown}


def _opened(provider: Provider, parameters: Mapping[str, str]) -> Mapping[str, str]:
    """What `carried` has sealed, in the language that the page has been put into since."""
    if SEALED not in parameters:
        return parameters
    try:
        sealed: dict[str, str] = provider.kernel.sealer.open_token(parameters[SEALED], SEALED)
    except Unsealable:
        raise refusal("The request has expired.") from None
    return {**sealed, **{name: parameters[name] for name in _IN_THE_OPEN if name in parameters}}


def refusal(detail: str) -> PageError:
    """What the person sees."""
    return PageError(
        N_("We could not sign you out"),
        N_(
            "The link that brought you here is not complete. "
            "Go back to the application and try again."
        ),
        detail=detail,
    )


def _hint(
    provider: Provider, pool_id: str | None, parameters: Mapping[str, str]
) -> Mapping[str, Any] | None:
    """ "the OP MUST validate that it was the issuer of the ID Token" (§2)."""
    if "id_token_hint" not in parameters:
        return None
    try:
        return id_token_hint.read(provider.kernel, parameters["id_token_hint"], pool_id)
    except IdpError:
        raise refusal("id_token_hint is not an ID token of this pool.") from None


def _client(
    provider: Provider,
    pool_id: str | None,
    parameters: Mapping[str, str],
    hint: Mapping[str, Any] | None,
) -> OAuthClient | None:
    """ "When both client_id and id_token_hint are present, the OP MUST verify that the Client
    Identifier matches the one used when issuing the ID Token" (§2)."""
    client_id = parameters.get("client_id")
    if hint is not None:
        issued_to = str(hint.get("azp", hint["aud"]))
        if client_id not in {None, issued_to}:
            raise refusal("client_id and id_token_hint differ.")
        client_id = issued_to
    if client_id is None:
        return None
    client = provider.server.find_client(client_id, pool_id)
    if client is None:
        raise refusal("client_id is no client of this address.")
    return client


def _target(client: OAuthClient | None, parameters: Mapping[str, str]) -> str | None:
    if "redirect_uri" in parameters and "logout_uri" not in parameters:
        # /login checks the redirect URI as any other authorization request's.
        asked = {name: text for name, text in parameters.items() if name != "id_token_hint"}
        return f"{SIGN_IN}?{urlencode(asked)}"
    target = parameters.get("logout_uri") or parameters.get("post_logout_redirect_uri")
    if target is None:
        return None
    if client is None:
        raise refusal("client_id is missing.")
    # §3: "MUST NOT perform post-logout redirection if the post_logout_redirect_uri value supplied
    # does not exactly match one of the previously registered" ones.
    if target not in client.logout_uris:
        raise refusal("The sign-out URL is not registered for this client.")
    if "state" in parameters and "logout_uri" not in parameters:
        return str(add_params_to_uri(target, [("state", parameters["state"])]))
    return target
