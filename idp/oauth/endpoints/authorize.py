"""GET and POST /oauth2/authorize: a code for who is signed in, the sign-in page for who is not."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from flask import Response, request
from werkzeug.datastructures import MultiDict

from idp.oauth import codes, request_sources, session_management
from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.authorization_responses import RequestRefused
from idp.oauth.errors import PageError
from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.oauth.provider import Provider
from idp.oauth.sessions import SignedIn
from idp.texts import N_
from idp.user_pools.rules import acr, second_factors
from kernel.clock import Clock

SIGN_IN = "/login"


class LoginRequired(OAuth2Error):
    """OIDC Core §3.1.2.6: nobody is signed in, and `prompt=none` forbids to ask."""

    error = "login_required"


class Refused(Exception):
    """The authorization request ends with this response."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def authorize(provider: Provider) -> Response:
    values = request.form if request.method == "POST" else request.args
    try:
        grant = checked(provider, values)
    except Refused as refused:
        return refused.response
    wanted = grant.authorization_request
    signed_in = provider.signed_in(wanted.client.pool_id)
    if signed_in and suffices(signed_in, wanted, provider.kernel.clock):
        with suppress(codes.SessionOver):
            response = provider.server.authorize(grant, signed_in)
            session_management.remember(provider, wanted.client, signed_in, response)
            return response
    if "none" in wanted.prompts:
        return provider.server.refuse(LoginRequired(), wanted.return_address)
    return Response(
        status=303, headers={"Location": f"{SIGN_IN}?{urlencode(grant.request.carried)}"}
    )


def checked(provider: Provider, values: MultiDict[str, str]) -> AuthorizationCodeGrant:
    """The grant of a good authorization request.

    Raises `Refused` with an error for the client, or `PageError` where nobody may be redirected.
    """
    try:
        asked = provider.request(values)
        request_sources.resolve(provider.kernel, asked)
        return provider.server.authorization_grant(asked)
    except RequestRefused as refused:
        raise Refused(provider.server.refuse(refused.error, refused.to)) from None
    except OAuth2Error as error:
        raise _page(error) from None


def suffices(signed_in: SignedIn, wanted: AuthorizationRequest, clock: Clock) -> bool:
    """Whether the present session answers the request, or the person must prove himself anew."""
    if wanted.prompts & {"login", "select_account"}:
        return False
    context, age = wanted.client.context, clock.now() - signed_in.auth_time
    if age >= context.sessions.reuse:
        return False
    if second_factors.is_missing(context.pool.settings, signed_in.opening.factors):
        return False  # MFA was turned on since the person signed in
    if wanted.levels and acr.level(signed_in.opening.factors) < wanted.levels[0]:
        # By asking again the person may reach the level that is preferred.
        return False
    return wanted.max_age is None or age <= timedelta(seconds=wanted.max_age)


def _page(error: OAuth2Error) -> PageError:
    return PageError(
        N_("This sign-in link does not work"),
        N_(
            "The application that sent you here asked for something we cannot do. "
            "Go back to it and try again."
        ),
        detail=error.description,
    )
