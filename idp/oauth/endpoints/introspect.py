"""POST /oauth2/introspect (RFC 7662): what a token stands for, told to those whom it concerns."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import orjson
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from flask import Response, request

from idp.oauth import client_authentication, introspection
from idp.oauth.provider import Provider

METHODS = tuple(each for each in client_authentication.METHODS if each != "none")
"""§2.1: "To prevent token scanning attacks, the endpoint MUST also require some form of
authorization", which a public client has none of."""


def introspect(provider: Provider) -> Response:
    try:
        asked = provider.request(request.form)
        client = provider.server.authenticate_client(asked, METHODS)
        if "token" not in asked.form:
            raise InvalidRequestError("token is missing.")
        answer = introspection.introspect(provider.kernel, client, asked.form["token"])
    except OAuth2Error as error:
        return provider.server.error_response(error)
    return Response(
        orjson.dumps(answer),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
