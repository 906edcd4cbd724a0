"""Sets of public keys that somebody registers: by value (`jwks`), or where they are (`jwks_uri`).

RFC 7517 §5, RFC 7591 §2. A set is bounded, holds public keys alone, and names them where it has
several.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel.outbound.errors import OutboundError
from kernel.tokens.errors import UnknownIssuer
from kernel.tokens.keys import PRIVATE_MEMBERS
from kernel.tokens.public_keys import PublicKey
from kernel.tokens.remote_issuers import MAXIMUM_BYTES, TIMEOUT, RemoteIssuers

KeySet = Mapping[str, PublicKey]
"""By `kid`; a key without one goes by the empty text."""

MOST_KEYS = 32
MOST_SETS = 4096


def read_set(document: Any) -> KeySet:
    """The keys of a JWKS document that verify signatures. Raises `ValueError` for one that has
    none, too many, two of one name, or a private one."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or not 0 < len(keys) <= MOST_KEYS:
        raise ValueError(f"must be a JWK Set of 1 to {MOST_KEYS} keys")
    found: dict[str, PublicKey] = {}
    for jwk in keys:
        if not isinstance(jwk, dict) or PRIVATE_MEMBERS & jwk.keys():
            raise ValueError("must hold public keys alone")
        key = _read(jwk)
        if key is not None and found.setdefault(key.kid, key) is not key:
            raise ValueError("must name each of its keys differently")
    if not found:
        raise ValueError("must hold a key that verifies signatures")
    return found


def _read(jwk: dict[str, Any]) -> PublicKey | None:
    """None for a key that is for something else, or of a kind that is not known (RFC 7517 §5)."""
    try:
        return PublicKey.from_jwk({"kid": "", **jwk})
    except (ValueError, AttributeError, TypeError):
        return None


def choose(keys: KeySet, kid: str | None, algorithm: str) -> PublicKey | None:
    """The key that a header names. OIDC Core §10.1: "If there are multiple keys in the referenced
    JWK Set document, a kid value MUST be provided in the JOSE Header"."""
    named = keys.get(kid) if kid is not None else None
    # A key without a name may be the one that the header names.
    candidates = [named] if named else [keys[name] for name in keys if kid is None or not name]
    fitting = [key for key in candidates if algorithm in key.checks]
    return fitting[0] if len(fitting) == 1 else None


class RemoteKeySets(RemoteIssuers):
    """Sets by their address, fetched when first asked for and kept as `RemoteIssuers` keeps keys:
    an unknown `kid` fetches anew, at most once in a pause."""

    def __init__(self, outbound: Any, clock: Any = None) -> None:
        super().__init__(outbound, lambda _url: True, clock)

    def find(self, url: str, kid: str | None, algorithm: str) -> PublicKey | None:
        """The key of a set. None also where the set cannot be fetched."""
        if len(self._issuers) >= MOST_SETS:
            self._issuers.clear()
        try:
            self.keys(url, kid or "")
        except UnknownIssuer:
            return None
        known = self._issuers.get(url)
        return choose(known.keys, kid, algorithm) if known else None

    def _fetch(self, issuer: str) -> dict[str, PublicKey] | None:
        try:
            reply = self._outbound.request(
                "GET", issuer, timeout=TIMEOUT, max_bytes=MAXIMUM_BYTES, trusted=False
            )
            return dict(read_set(orjson.loads(reply.body))) if reply.status == 200 else None
        except (OutboundError, ValueError):
            return None
