"""The ID token of another provider, verified (OIDC Core §3.1.3.7)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from federation import code_flow
from idp.user_pools.services.upstream import UpstreamFailed
from kernel.clock import Clock
from kernel.outbound import Outbound

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
"""Asymmetric ones: with HS256 the client secret would be a key, and a public client has none."""
LEEWAY = 120
"""Seconds that clocks may differ."""
FRESH_SECONDS = 900.0
PAUSE_SECONDS = 30.0
"""The least time between two fetches for key ids that are not known."""
MOST_BYTES = 64_000
MOST_KEPT = 512


class Keys:
    """Key sets of configured providers, by address; fetched again where a key is missing."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock
        self._kept: dict[str, tuple[float, KeySet]] = {}

    def of(self, address: str, kid: str | None) -> KeySet:
        """Raises `UpstreamFailed`."""
        now = self._clock.time()
        fetched, keys = self._kept.get(address, (float("-inf"), KeySet([])))
        age = now - fetched
        is_known = kid is None or any(key.kid == kid for key in keys.keys)
        if age < (FRESH_SECONDS if is_known else PAUSE_SECONDS):
            return keys
        document = code_flow.get(self._outbound, address)
        try:
            keys = KeySet.import_key_set({"keys": _usable(document.get("keys"))})
        except (JoseError, ValueError, KeyError, TypeError):
            raise UpstreamFailed("The identity provider's keys cannot be read.") from None
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[address] = (now, keys)
        return keys


def _usable(keys: Any) -> list[dict[str, Any]]:
    """Public keys that sign; a set may hold others beside them."""
    return [
        key
        for key in (keys if isinstance(keys, list) else [])
        if isinstance(key, dict)
        and key.get("kty") in {"RSA", "EC", "OKP"}
        and key.get("use", "sig") == "sig"
    ]


def verify(
    keys: Keys, address: str, token: Any, *, issuer: str, client_id: str, nonce: str, now: float
) -> dict[str, Any]:
    """The claims. Raises `UpstreamFailed`."""
    if not isinstance(token, str) or len(token) > MOST_BYTES:
        raise UpstreamFailed("The identity provider sent no ID token.")
    try:
        header = jws.extract_compact(token.encode()).headers()
        kid = header.get("kid")
        found = jws.deserialize_compact(
            token,
            keys.of(address, kid if isinstance(kid, str) else None),
            algorithms=list(ALGORITHMS),
        )
        claims = orjson.loads(found.payload)
    except (JoseError, ValueError, UnicodeEncodeError):
        raise UpstreamFailed("The identity provider's ID token cannot be verified.") from None
    if not isinstance(claims, dict):
        raise UpstreamFailed("The identity provider's ID token has no claims.")
    _check(claims, issuer, client_id, nonce, now)
    return claims


def _check(claims: Mapping[str, Any], issuer: str, client_id: str, nonce: str, now: float) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    complaint = ""
    if claims.get("iss") != issuer:
        complaint = "is of another issuer"
    elif client_id not in audiences:
        complaint = "is meant for somebody else"
    elif (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != client_id:
        complaint = "was issued to another client"
    elif not _is_moment(claims.get("exp")) or claims["exp"] + LEEWAY <= now:
        complaint = "has expired"
    elif not _is_moment(claims.get("iat")) or claims["iat"] - LEEWAY > now:
        complaint = "is of the future"
    elif not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        complaint = "belongs to another sign-in"
    if complaint:
        raise UpstreamFailed(f"The identity provider's ID token {complaint}.")


def check_age(claims: Mapping[str, Any], max_age: str, now: float) -> None:
    """OIDC Core §3.1.2.1: "When max_age is used, the ID Token returned MUST include an auth_time
    Claim Value"; one that is missing or too old meets no request. Raises `UpstreamFailed`."""
    proven: Any = claims.get("auth_time")
    if max_age and not (_is_moment(proven) and now - proven <= int(max_age) + LEEWAY):
        raise UpstreamFailed("The identity provider does not say that the person signed in anew.")


def _is_moment(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
