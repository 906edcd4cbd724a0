"""Compact JWS (RFC 7515 §7.1), by orjson and cryptography alone: this is a hot path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel.tokens import encoding
from kernel.tokens.keys import SigningKey


def sign(
    claims: Mapping[str, Any], key: SigningKey, headers: Mapping[str, str] | None = None
) -> str:
    """A signed token. `headers` adds to `kid` and `alg`, such as {"typ": "JWT"}.

    Takes 0.2 ms, which on the hub too is less than a thread and back (docs/adr/0007).
    """
    header = key.header if headers is None else key.header_with(headers)
    message = f"{header}.{encoding.encode(orjson.dumps(claims))}"
    return f"{message}.{encoding.encode(key.sign(message.encode()))}"
