"""GET and POST /oauth2/userInfo (OIDC Core §5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, json, request

from idp.errors import AccessTokenLacksScope, IdpError, InvalidAccessToken
from idp.oauth import cors
from idp.oauth.provider import Provider
from idp.user_pools.rules import claims
from idp.user_pools.services import access
from idp.user_pools.services.access import Person
from idp.user_pools.services.issuers import pool_of_issuer


def user_info(provider: Provider) -> Response:
    if request.method == "OPTIONS":
        return cors.preflight("GET", "POST")
    return cors.allow_any_origin(_answer(provider))


def _answer(provider: Provider) -> Response:
    token = _presented()
    if not token:
        # RFC 6750 §3.1: no error code where the request lacks any authentication information.
        return _refusal(401)
    try:
        verified = access.verify(provider.kernel, token, scope="openid")
        _check_address(provider, verified["iss"])
        person = provider.kernel.database.look_up(access.load, provider.kernel, verified)
    except AccessTokenLacksScope:
        return _refusal(403, "insufficient_scope", "The access token lacks the scope openid.")
    except IdpError:
        return _refusal(401, "invalid_token", "The access token is invalid, expired or revoked.")
    return _json(_claims(person), 200)


def _check_address(provider: Provider, iss: str) -> None:
    """A pool's own host answers for its own people only."""
    addressed = provider.address().pool_id
    if addressed not in {None, pool_of_issuer(provider.kernel.settings, iss)}:
        raise InvalidAccessToken


def _presented() -> str:
    """The access token, from the header or from a form (RFC 6750 §2.1, §2.2); "" for none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.form.get("access_token", "") if request.method == "POST" else ""


def _claims(person: Person) -> dict[str, Any]:
    user, scopes = person.user, person.claims["scope"].split()
    standard = person.context.provider.has_standard_claims
    value_of = claims.standard_value if standard else claims.text_value
    released = claims.attribute_claims(user.attributes, scopes, person.context.readable, value_of)
    return {"sub": user.id, **released, "username": user.username}


def _refusal(status: int, error: str = "", description: str = "") -> Response:
    challenge = 'Bearer realm="userInfo"'
    body = {"error": error, "error_description": description} if error else {}
    if error:
        challenge += f', error="{error}", error_description="{description}"'
    answer = _json(body, status)
    answer.headers["WWW-Authenticate"] = challenge
    return answer


def _json(body: Mapping[str, Any], status: int) -> Response:
    return Response(
        json.dumps(body),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
