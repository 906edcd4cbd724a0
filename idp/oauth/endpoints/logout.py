"""GET /logout: ends the browser session, then goes where the client says, if it is registered.

Three forms: `client_id` + `logout_uri`, and `client_id` + `redirect_uri` + `response_type` (sign
in again) as Amazon Cognito's; `id_token_hint` and `post_logout_redirect_uri` as OpenID Connect
RP-Initiated Logout 1.0.
"""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from flask import Response, request

from idp.errors import IdpError
from idp.oauth import id_token_hint, sessions
from idp.oauth.clients import OAuthClient
from idp.oauth.endpoints.authorize import SIGN_IN
from idp.oauth.errors import PageError
from idp.oauth.provider import Provider
from idp.texts import N_


@dataclass(frozen=True)
class Departure:
    """Whose session ends, and where to go next; None shows the signed-out page."""

    client: OAuthClient
    location: str | None


def logout(provider: Provider, signed_out_page: Callable[[], Response]) -> Response:
    departure = _departure(provider)
    pool_id = departure.client.pool_id
    cookie = provider.session_cookie(pool_id)
    if cookie.value:
        provider.kernel.database.write(sessions.end, pool_id, cookie.value)
    if departure.location is None:
        answer = signed_out_page()
    else:
        answer = Response(status=302, headers={"Location": departure.location})
        answer.headers["Cache-Control"] = "no-store"
    cookie.clear(answer)
    return answer


def _departure(provider: Provider) -> Departure:
    try:
        parameters = provider.request(request.args).form
    except OAuth2Error as error:
        raise _refusal(error.description) from None
    client = _client(provider, parameters)
    if "redirect_uri" in parameters and "logout_uri" not in parameters:
        # /login checks the redirect URI as any other authorization request's.
        return Departure(client, f"{SIGN_IN}?{urlencode(parameters)}")
    target = parameters.get("logout_uri") or parameters.get("post_logout_redirect_uri")
    if target is None:
        return Departure(client, None)
    if target not in client.logout_uris:
        raise _refusal("The sign-out URL is not registered for this client.")
    if "state" in parameters and "logout_uri" not in parameters:
        target = add_params_to_uri(target, [("state", parameters["state"])])
    return Departure(client, target)


def _client(provider: Provider, parameters: Mapping[str, str]) -> OAuthClient:
    pool_id = provider.address().pool_id
    client_id = parameters.get("client_id")
    hint = parameters.get("id_token_hint")
    if hint:
        audience = _audience(provider, pool_id, hint)
        if client_id not in {None, audience}:
            raise _refusal("client_id and id_token_hint differ.")
        client_id = audience
    client = provider.server.find_client(client_id, pool_id)
    if client is None:
        raise _refusal("client_id is missing, or no client of this address.")
    return client


def _audience(provider: Provider, pool_id: str | None, hint: str) -> str:
    try:
        return str(id_token_hint.read(provider.kernel, hint, pool_id)["aud"])
    except IdpError:
        raise _refusal("id_token_hint is not an ID token of this pool.") from None


def _refusal(detail: str) -> PageError:
    return PageError(
        N_("We could not sign you out"),
        N_(
            "The link that brought you here is not complete. "
            "Go back to the application and try again."
        ),
        detail=detail,
    )
