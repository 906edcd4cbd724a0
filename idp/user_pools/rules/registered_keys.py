"""`jwks` and `jwks_uri` in a document: keys by value, or where they are (RFC 7591 §2)."""

from __future__ import annotations

from typing import Any

import orjson

from idp.user_pools.rules import web_addresses
from kernel.tokens import key_sets
from kernel.tokens.key_sets import KeySet

MOST_BYTES = 32_768


def jwks(value: Any) -> KeySet:
    """Raises `ValueError`."""
    if len(orjson.dumps(value)) > MOST_BYTES:
        raise ValueError(f"must have at most {MOST_BYTES} bytes")
    return key_sets.read_set(value)


def address(value: Any) -> str:
    """Raises `ValueError`."""
    if not isinstance(value, str) or not web_addresses.is_secure(value):
        raise ValueError("must be an https URL without a fragment")
    return value
