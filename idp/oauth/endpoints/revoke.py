"""POST /oauth2/revoke (RFC 7009): ends a refresh token, its kin and the access tokens from them."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from authlib.oauth2.rfc6749.errors import InvalidRequestError
from flask import Response, request

from idp.oauth import cors, request_rates
from idp.oauth.endpoints.answers import answer
from idp.oauth.provider import Provider
from idp.user_pools.services import revocation


def revoke(provider: Provider) -> Response:
    if request.method == "OPTIONS":
        return cors.preflight("POST")
    return cors.allow_any_origin(answer(provider, _revoke))


def _revoke(provider: Provider) -> Response:
    request_rates.count(provider.kernel)
    asked = provider.request(request.form)
    client = provider.server.authenticate_client(asked)
    if "token" not in asked.form:
        raise InvalidRequestError("token is missing.")
    revocation.revoke_token(provider.kernel, client.context, asked.form["token"])
    # "The content of the response body is ignored by the client" (§2.2), except that
    # oidc-client-ts refuses any content type but JSON: none is sent with the empty body.
    done = Response(status=200, headers={"Cache-Control": "no-store"})
    del done.headers["Content-Type"]
    return done
