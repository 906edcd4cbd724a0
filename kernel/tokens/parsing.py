"""A compact JWS taken apart, strictly, before anything in it is believed (RFC 7515 §5.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from kernel.tokens import encoding
from kernel.tokens.errors import Malformed

MAXIMUM_BYTES = 16_384
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Header:
    """What a token says of its own signature."""

    algorithm: str
    kid: str


class Unverified(NamedTuple):
    """A well-formed token. Nothing in it may be acted on but to find its key."""

    header: Header
    claims: Claims
    message: bytes
    signature: bytes


def parse(token: str, headers: dict[bytes, Header]) -> Unverified:
    """Take a token apart. `headers` remembers parsed headers, which repeat. Raises `Malformed`."""
    if len(token) > MAXIMUM_BYTES:
        raise Malformed("the token is too long")
    try:
        message, dot, signature = token.encode("ascii").rpartition(b".")
        head, middle, payload = message.partition(b".")
        if not (dot and middle):
            raise Malformed
        header = headers.get(head)
        if header is None:
            header = headers[head] = parse_header(head)
        claims = orjson.loads(encoding.decode(payload))
        unverified = Unverified(header, claims, message, encoding.decode(signature))
    except ValueError:
        raise Malformed from None
    if type(claims) is not dict:
        raise Malformed
    return unverified


def parse_header(text: bytes) -> Header:
    """Read a header, refusing what a verifier could read in two ways. Raises `Malformed`."""
    try:
        members = json.loads(encoding.decode(text), object_pairs_hook=without_duplicates)
    except (ValueError, RecursionError):
        raise Malformed from None
    if not isinstance(members, dict):
        raise Malformed
    algorithm, kid, kind = members.get("alg"), members.get("kid"), members.get("typ", "JWT")
    if not isinstance(algorithm, str) or not isinstance(kid, str):
        raise Malformed("the token does not name its algorithm and key")
    # "If any of the listed extension Header Parameters are not understood and supported by the
    # recipient, then the JWS is invalid" (RFC 7515 §4.1.11). None are.
    if "crit" in members:
        raise Malformed("the token has critical extensions")
    # A logout token or a DPoP proof is signed by the same key, yet opens nothing (RFC 8725 §3.11).
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise Malformed("the token has a type that gives no access")
    return Header(algorithm, kid)


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The hook of a JSON reader that takes no member twice. Raises `ValueError`."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members
