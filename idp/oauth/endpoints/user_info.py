"""GET and POST /oauth2/userInfo (OIDC Core §5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, json, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import IdpError, InvalidAccessToken
from idp.models import RefreshFamily, User
from idp.oauth import cors, presented_tokens
from idp.oauth.provider import Provider
from idp.user_pools.rules import claims
from idp.user_pools.services import subjects
from kernel.runtime import Kernel


def user_info(provider: Provider) -> Response:
    if request.method == "OPTIONS":
        return cors.preflight()
    return cors.allow_any_origin(_answer(provider))


def _answer(provider: Provider) -> Response:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        # RFC 6750 §3.1: no error code where the request lacks any authentication information.
        return _refusal(401)
    try:
        pool_id = provider.address().pool_id
        verified = presented_tokens.access_token(provider.kernel, token.strip(), pool_id)
    except IdpError:
        return _refusal(401, "invalid_token", "The access token is invalid, expired or revoked.")
    scopes = str(verified.get("scope", "")).split()
    if "openid" not in scopes:
        return _refusal(403, "insufficient_scope", "The access token lacks the scope openid.")
    try:
        described = provider.kernel.database.read(_describe, provider.kernel, verified, scopes)
    except InvalidAccessToken:
        return _refusal(401, "invalid_token", "The access token is invalid, expired or revoked.")
    return _json(described, 200)


def _describe(
    session: Session, kernel: Kernel, verified: Mapping[str, Any], scopes: list[str]
) -> dict[str, str]:
    """The claims, if the sign-in that the token came from still stands."""
    row = session.execute(
        select(User, RefreshFamily)
        .join(RefreshFamily, RefreshFamily.user_id == User.id)
        .where(RefreshFamily.id == verified.get("origin_jti"))
    ).first()
    if row is None or row.RefreshFamily.revoked or not row.User.enabled:
        raise InvalidAccessToken
    user, family = row
    readable = subjects.load_client(session, kernel, family.client_id).readable
    released = claims.attribute_claims(user.attributes, scopes, readable)
    # Amazon Cognito developer guide, "userInfo endpoint": all values are texts, the two
    # *_verified ones included.
    return {
        "sub": user.id,
        **{name: user.attributes[name] for name in released},
        "username": user.username,
    }


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
