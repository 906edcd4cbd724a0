"""The documents under .well-known: what the provider can do (OpenID Connect Discovery 1.0, RFC
8414), and its key set."""

from __future__ import annotations

from typing import Any

from flask import Response, json, request

from idp.oauth import (
    authorization_request,
    client_assertions,
    client_authentication,
    cors,
    mutual_tls,
    paths,
)
from idp.oauth.grants.jwt_bearer import JWT_BEARER
from idp.oauth.grants.token_exchange import TOKEN_EXCHANGE
from idp.oauth.provider import Provider
from idp.user_pools.rules import acr, grant_types, response_types
from idp.user_pools.rules.client_metadata import BY_CERTIFICATE
from idp.user_pools.rules.key_rotation import FRESH_SECONDS, STALE_SECONDS
from idp.user_pools.rules.languages import LANGUAGES
from idp.user_pools.rules.provider_settings import ProviderSettings
from idp.user_pools.rules.scopes import ATTRIBUTES_OF_SCOPE
from idp.user_pools.services import oauth_settings, pool_addresses, quick_reads, signing_keys
from idp.user_pools.services.issuers import is_pool_id, issuer
from idp.user_pools.services.signing_keys import SigningKeys
from kernel.settings import Settings
from kernel.statements import Rows
from kernel.tokens import dpop
from kernel.tokens.statements import ASYMMETRIC

ASSERTION_ALGORITHMS = sorted(client_assertions.ALGORITHMS)


def openid_configuration(provider: Provider, pool_id: str) -> Response:
    """The same document at each of its addresses: RFC 8414 §3.1 puts the issuer's path behind the
    well-known one, OpenID Connect Discovery before it."""
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
    own = oauth_settings.load(rows, pool_id, "")[1]
    levels = acr.effective(pool.settings.get("AcrConfiguration", {})).values()
    names = {
        "acr_values_supported": [level["AcrValue"] for level in levels],
        "id_token_signing_alg_values_supported": signing_keys.algorithms(rows, pool.id),
    }
    described = {**CAPABILITIES, **names, **_rules(own)}
    if base is None:
        return described
    named = f"/{pool_id}" if base == settings.origin else ""
    return {
        **described,
        **_endpoints(base),
        **_registration(own, base, named),
        **_frame(own, base, pool_id),
        **_mutual_tls(settings, base),
    }


def _registration(own: ProviderSettings, base: str, pool: str) -> dict[str, str]:
    """`pool` is what names it in a path at the root."""
    if own.dynamic_registration == "off":
        return {}
    return {"registration_endpoint": f"{base}{pool}{paths.REGISTER}"}


def _frame(own: ProviderSettings, base: str, pool_id: str) -> dict[str, str]:
    if not own.session_management:
        return {}
    return {"check_session_iframe": f"{base}{paths.CHECK_SESSION}{pool_id}"}


def _rules(own: ProviderSettings) -> dict[str, Any]:
    """What the pool's settings as a provider say."""
    return {
        "require_pushed_authorization_requests": own.require_pushed_authorization_requests,
        "require_signed_request_object": own.require_signed_request_object,
    }


def _endpoints(base: str) -> dict[str, str]:
    return {name: f"{base}{path}" for name, path in paths.ENDPOINTS.items()}


def _mutual_tls(settings: Settings, base: str) -> dict[str, Any]:
    """RFC 8705 §5, where there is a listener for it."""
    if not settings.mtls_port:
        return {}
    methods = {name: [*CAPABILITIES[name], BY_CERTIFICATE] for name in METHODS_SUPPORTED}
    return {**methods, **mutual_tls.aliases(settings, base)}


METHODS = [each for each in client_authentication.METHODS if each != BY_CERTIFICATE]
CONFIDENTIAL = [each for each in METHODS if each != "none"]
METHODS_SUPPORTED = tuple(
    f"{endpoint}_endpoint_auth_methods_supported"
    for endpoint in ("token", "revocation", "introspection")
)

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
        JWT_BEARER,
    ],
    "ui_locales_supported": [language.tag for language in LANGUAGES],
    "subject_types_supported": ["public"],
    "scopes_supported": ["openid", "email", "phone", "profile"],
    # A pool's own attributes are not told to everybody.
    "claims_supported": sorted(TOKEN_CLAIMS.union(*ATTRIBUTES_OF_SCOPE.values())),
    "token_endpoint_auth_methods_supported": METHODS,
    "token_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
    "revocation_endpoint_auth_methods_supported": METHODS,
    "revocation_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
    "introspection_endpoint_auth_methods_supported": CONFIDENTIAL,
    "introspection_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
    "dpop_signing_alg_values_supported": list(dpop.ALGORITHMS),
    "code_challenge_methods_supported": ["S256"],
    "authorization_response_iss_parameter_supported": True,
    "request_parameter_supported": True,
    "request_object_signing_alg_values_supported": list(ASYMMETRIC),
    "request_uri_parameter_supported": False,
    "claims_parameter_supported": True,
    "claim_types_supported": ["normal"],
    "prompt_values_supported": list(authorization_request.PROMPTS),
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
    "frontchannel_logout_supported": True,
    "frontchannel_logout_session_supported": True,
}


def _document(body: str) -> Response:
    answer = Response(body, content_type="application/json")
    fresh = f"max-age={FRESH_SECONDS}, stale-while-revalidate={STALE_SECONDS}"
    answer.headers["Cache-Control"] = f"public, {fresh}"
    answer.add_etag()
    answer.make_conditional(request)
    return cors.allow_any_origin(answer)


def _not_found() -> Response:
    message = json.dumps({"message": "User pool does not exist."})
    return cors.allow_any_origin(Response(message, 404, content_type="application/json"))
