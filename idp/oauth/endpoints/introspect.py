"""POST /oauth2/introspect (RFC 7662): what a token stands for, told to those whom it concerns."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import orjson
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from flask import Response, request

from idp.oauth import client_authentication, introspection, request_rates
from idp.oauth.endpoints.answers import answer
from idp.oauth.provider import Provider

METHODS = tuple(each for each in client_authentication.METHODS if each != "none")
"""§2.1: "To prevent token scanning attacks, the endpoint MUST also require some form of
authorization", which a public client has none of."""


def introspect(provider: Provider) -> Response:
    return answer(provider, _introspect)


def _introspect(provider: Provider) -> Response:
    request_rates.count(provider.kernel)
    asked = provider.request(request.form)
    client = provider.server.authenticate_client(asked, METHODS)
    if "token" not in asked.form:
        raise InvalidRequestError("token is missing.")
    told = introspection.introspect(provider.kernel, client, asked.form["token"])
    return Response(
        orjson.dumps(told),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
