"""The document that publishes an issuer's keys (RFC 7517 §5)."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from kernel.tokens.keys import SigningKey, public_jwk


def render(keys: Iterable[SigningKey]) -> bytes:
    """The JWKS document of some keys, as JSON."""
    return orjson.dumps({"keys": [public_jwk(key) for key in keys]})
