"""GET and POST /oauth2/authorize: a code for who is signed in, the sign-in page for who is not."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from flask import Response, request
from werkzeug.datastructures import MultiDict

from idp.oauth import codes, interactions, request_sources, session_management
from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.authorization_responses import RequestRefused
from idp.oauth.errors import PageError
from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.oauth.provider import Provider
from idp.texts import N_

SIGN_IN = "/login"
SIGN_UP = "/signup"
CONSENT = "/consent"


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
    need = interactions.needed(signed_in, wanted, provider.kernel.clock)
    if signed_in and need is None:
        try:
            response = provider.server.authorize(grant, signed_in)
        except interactions.ConsentRequired as error:
            need = error
        except codes.SessionOver:
            need = interactions.LoginRequired()
        else:
            session_management.remember(provider, wanted.client, signed_in, response)
            return response
    if need is not None and "none" in wanted.prompts:
        return provider.server.refuse(need, wanted.return_address)
    location = f"{_screen(need, wanted)}?{urlencode(grant.request.carried)}"
    return Response(status=303, headers={"Location": location})


def _screen(need: OAuth2Error | None, wanted: AuthorizationRequest) -> str:
    if isinstance(need, interactions.ConsentRequired):
        return CONSENT
    return SIGN_UP if "create" in wanted.prompts else SIGN_IN


def checked(provider: Provider, values: MultiDict[str, str]) -> AuthorizationCodeGrant:
    """The grant of a good authorization request.

    Raises `Refused` with an error for the client, or `PageError` where nobody may be redirected.
    """
    try:
        asked = provider.request(values)
        request_sources.resolve(provider.server, asked)
        return provider.server.authorization_grant(asked)
    except RequestRefused as refused:
        raise Refused(provider.server.refuse(refused.error, refused.to)) from None
    except OAuth2Error as error:
        raise _page(error) from None


def _page(error: OAuth2Error) -> PageError:
    return PageError(
        N_("This sign-in link does not work"),
        N_(
            "The application that sent you here asked for something we cannot do. "
            "Go back to it and try again."
        ),
        detail=error.description,
    )
