"""The documents under /{poolId}/.well-known/: OpenID Connect Discovery 1.0 and the key set."""

from __future__ import annotations

from typing import Any

from flask import Response, json, request

from idp.oauth import client_authentication, cors, session_management
from idp.oauth.endpoints import device_authorization
from idp.oauth.grants.token_exchange import TOKEN_EXCHANGE
from idp.oauth.provider import Provider
from idp.user_pools.rules import acr, grant_types, response_types
from idp.user_pools.rules.claims import ATTRIBUTES_OF_SCOPE
from idp.user_pools.services import oauth_settings, pool_addresses, quick_reads
from idp.user_pools.services.issuers import is_pool_id, issuer
from idp.user_pools.services.signing_keys import SigningKeys
from kernel.settings import Settings
from kernel.statements import Rows

FRESH_SECONDS = 300


def openid_configuration(provider: Provider, pool_id: str) -> Response:
    if request.method == "OPTIONS":
        return cors.preflight("GET")
    if not is_pool_id(pool_id):
        return _not_found()
    described = provider.kernel.database.look_up(_describe, provider.kernel.settings, pool_id)
    if described is None:
        return _not_found()
    jwks_uri = f"{provider.kernel.settings.origin}/{pool_id}/.well-known/jwks.json"
    return _document(
        json.dumps(
            {"issuer": issuer(provider.kernel.settings, pool_id), "jwks_uri": jwks_uri, **described}
        )
    )


def jwks(provider: Provider, pool_id: str) -> Response:
    if request.method == "OPTIONS":
        return cors.preflight("GET")
    if not is_pool_id(pool_id):
        return _not_found()
    keys = provider.kernel.of(SigningKeys).public(pool_id)
    return _document(json.dumps({"keys": keys})) if keys else _not_found()


def _describe(rows: Rows, settings: Settings, pool_id: str) -> dict[str, Any] | None:
    pool = quick_reads.pool_by_id(rows, pool_id)
    if pool is None:
        return None
    base = pool_addresses.base_url(rows, settings, pool.id, pool.region)
    levels = acr.effective(pool.settings.get("AcrConfiguration", {})).values()
    names = {"acr_values_supported": [level["AcrValue"] for level in levels]}
    rules = _rules(rows, pool_id, base)
    return {**CAPABILITIES, **names, **rules, **(_endpoints(base) if base else {})}


def _rules(rows: Rows, pool_id: str, base: str | None) -> dict[str, Any]:
    """What the pool's settings as a provider say."""
    _, own = oauth_settings.load(rows, pool_id, "")
    frame = f"{base}{session_management.PATH}{pool_id}"
    return {
        "require_pushed_authorization_requests": own.require_pushed_authorization_requests,
        **({"check_session_iframe": frame} if base and own.session_management else {}),
    }


def _endpoints(base: str) -> dict[str, str]:
    return {
        "authorization_endpoint": f"{base}/oauth2/authorize",
        "token_endpoint": f"{base}/oauth2/token",
        "pushed_authorization_request_endpoint": f"{base}/oauth2/par",
        "userinfo_endpoint": f"{base}/oauth2/userInfo",
        "revocation_endpoint": f"{base}/oauth2/revoke",
        "end_session_endpoint": f"{base}/logout",
        "device_authorization_endpoint": f"{base}{device_authorization.PATH}",
    }


TOKEN_CLAIMS = frozenset(
    {"acr", "amr", "at_hash", "aud", "auth_time", "exp", "iat", "iss", "jti", "nonce", "sid", "sub"}
)

CAPABILITIES: dict[str, Any] = {
    "response_types_supported": list(response_types.NAMES),
    "response_modes_supported": list(response_types.MODES),
    "grant_types_supported": [
        "authorization_code",
        "implicit",
        "refresh_token",
        "client_credentials",
        TOKEN_EXCHANGE,
        grant_types.DEVICE_CODE,
    ],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "scopes_supported": ["openid", "email", "phone", "profile"],
    # A pool's own attributes are not told to everybody.
    "claims_supported": sorted(TOKEN_CLAIMS.union(*ATTRIBUTES_OF_SCOPE.values())),
    "token_endpoint_auth_methods_supported": list(client_authentication.METHODS),
    "revocation_endpoint_auth_methods_supported": list(client_authentication.METHODS),
    "code_challenge_methods_supported": ["S256"],
    "authorization_response_iss_parameter_supported": True,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
    "claims_parameter_supported": False,
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
    "frontchannel_logout_supported": True,
    "frontchannel_logout_session_supported": True,
}


def _document(body: str) -> Response:
    answer = Response(body, content_type="application/json")
    answer.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    return cors.allow_any_origin(answer)


def _not_found() -> Response:
    message = json.dumps({"message": "User pool does not exist."})
    return cors.allow_any_origin(Response(message, 404, content_type="application/json"))
