"""POST /oauth2/token (RFC 6749 §3.2)."""

from __future__ import annotations

from authlib.oauth2 import OAuth2Error
from flask import Response, request

from idp.oauth import cors
from idp.oauth.provider import Provider


def token(provider: Provider) -> Response:
    if request.method == "OPTIONS":
        return cors.preflight()
    try:
        answer = provider.server.token_response(provider.request(request.form))
    except OAuth2Error as error:
        answer = provider.server.error_response(error)
    return cors.allow_any_origin(answer)
