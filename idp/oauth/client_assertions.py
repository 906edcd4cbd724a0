"""Clients that prove themselves with a JWT of theirs: private_key_jwt and client_secret_jwt.

RFC 7523 §2.2 and §3, OpenID Connect Core 1.0 §9.
"""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard

from authlib.oauth2.rfc6749.errors import InvalidRequestError

from idp.oauth import client_keys
from idp.oauth.clients import OAuthClient
from idp.user_pools.rules.client_metadata import BY_ASSERTION
from idp.user_pools.services.issuers import issuer
from kernel.runtime import Kernel
from kernel.setting_values import CONTROL_CHARACTER
from kernel.tokens import statements
from kernel.tokens.errors import BadSignature, InvalidToken, Malformed
from kernel.tokens.statements import Statement

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPES = frozenset({None, "jwt", "client-authentication+jwt"})
ALGORITHMS = frozenset(each for all_of_one in BY_ASSERTION.values() for each in all_of_one)

CLOCK_SKEW = 10
MOST_SECONDS = 3600 + CLOCK_SKEW
"""How far `exp` may be: RFC 7523 §3 lets a server "reject JWTs with an "exp" claim value that is
unreasonably far in the future". An hour is what Authlib's client gives each of its own. Until then
its `jti` is remembered."""
LONGEST_ID = 255
SHORTEST_SECRET = 32
"""RFC 7518 §3.2: "A key of the same size as the hash output [...] or larger MUST be used"."""


def is_presented(form: Mapping[str, str]) -> bool:
    return "client_assertion" in form or "client_assertion_type" in form


def authenticate(
    kernel: Kernel,
    form: Mapping[str, str],
    endpoints: set[str],
    find: Callable[[str], OAuthClient | None],
) -> tuple[OAuthClient, str] | None:
    """The client of a good assertion, and its method; None for any other. Its audience is one of
    our `endpoints`, or the issuer.

    Raises `InvalidRequestError` for a request that is none.
    """
    if form.get("client_assertion_type") != ASSERTION_TYPE or "client_assertion" not in form:
        raise InvalidRequestError("client_assertion and client_assertion_type do not fit.")
    try:
        statement = statements.read(form["client_assertion"], types=TYPES, algorithms=ALGORITHMS)
        client = _client(statement, form, find)
        method = _check_signature(kernel, client, statement)
        _check_claims(kernel, client, statement.claims, endpoints)
    except InvalidToken:
        return None
    return client, method


def _client(
    statement: Statement, form: Mapping[str, str], find: Callable[[str], OAuthClient | None]
) -> OAuthClient:
    """RFC 7523 §3: for client authentication "the subject MUST be the "client_id" of the OAuth
    client"; OIDC Core §9 has the issuer be the same."""
    claimed = statement.claims.get("sub")
    if not isinstance(claimed, str) or statement.claims.get("iss") != claimed:
        raise Malformed
    # RFC 7521 §4.2: a client_id beside it "MUST identify the same client".
    if form.get("client_id", claimed) != claimed or not is_name(claimed):
        raise Malformed
    client = find(claimed)
    if client is None:
        raise Malformed
    return client


def is_name(text: str) -> bool:
    """Whether a text of a JWT may be looked up: no database takes a NUL."""
    return 0 < len(text) <= LONGEST_ID and CONTROL_CHARACTER.search(text) is None


def _check_signature(kernel: Kernel, client: OAuthClient, statement: Statement) -> str:
    """The client's method, and no other one: so a public key is never taken for a secret."""
    method = client.metadata.token_endpoint_auth_method or ""
    algorithms: Sequence[str] = BY_ASSERTION.get(method, ())
    if client.metadata.token_endpoint_auth_signing_alg is not None:
        algorithms = (client.metadata.token_endpoint_auth_signing_alg,)
    if statement.algorithm not in algorithms or statement.names_a_key:
        raise Malformed
    if method == "client_secret_jwt":
        _check_secret(client, statement)
        return method
    key = client_keys.find(kernel, client, statement.kid, statement.algorithm)
    if key is None:
        raise BadSignature
    statement.check_signature(key)
    return method


def _check_secret(client: OAuthClient, statement: Statement) -> None:
    secrets = [s.encode() for s in client.context.secrets if len(s) >= SHORTEST_SECRET]
    # No early exit: the time must not tell which secret fitted.
    fits = [
        hmac.compare_digest(
            hmac.new(secret, statement.message, hashlib.sha256).digest(), statement.signature
        )
        for secret in secrets
    ]
    if not any(fits):
        raise BadSignature


def _check_claims(
    kernel: Kernel, client: OAuthClient, claims: Mapping[str, Any], endpoints: set[str]
) -> None:
    check_audience(claims.get("aud"), endpoints | {issuer(kernel.settings, client.pool_id)})
    lifetime = check_times(claims, kernel.clock.time(), MOST_SECONDS)
    spend(kernel, f"client-assertion:{client.client_id}", claims.get("jti"), lifetime)


def check_audience(audience: Any, ours: set[str]) -> None:
    """RFC 7523 §3: the authorization server "MUST reject any JWT that does not contain its own
    identity". One that is for another server, too, could be played to that one, or come from it.
    """
    named = audience if isinstance(audience, list) else [audience]
    if not named or not all(isinstance(each, str) and each in ours for each in named):
        raise Malformed("the assertion is for another audience")


def check_times(claims: Mapping[str, Any], now: float, most_seconds: float) -> float:
    """Seconds until it expires. Raises `Malformed`."""
    expires = claims.get("exp")
    if not _is_time(expires) or not now < expires <= now + most_seconds:
        raise Malformed("the assertion has expired, or expires too late")
    for name in ("iat", "nbf"):
        if name in claims and (not _is_time(claims[name]) or claims[name] > now + CLOCK_SKEW):
            raise Malformed("the assertion is not valid yet")
    return float(expires - now)


def spend(kernel: Kernel, kind: str, jti: Any, lifetime: float) -> None:
    """Take the one use that a `jti` has. Raises `Malformed`, also while nobody can tell."""
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_ID:
        raise Malformed("the assertion has no jti")
    digest = hashlib.sha256(jti.encode("utf-8", "surrogatepass")).hexdigest()
    if not kernel.shared_state.claim(f"{kind}:{digest}", lifetime + 1):
        raise Malformed("the assertion was used before")


def _is_time(value: Any) -> TypeGuard[float]:
    return type(value) is int or (type(value) is float and math.isfinite(value))
