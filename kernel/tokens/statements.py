"""JWTs that others sign to prove something: a client's assertions, DPoP proofs, request objects.

They give no access by themselves, so nothing here is a token: who reads one names the types and
algorithms that it may have, and finds the key. An embedded or fetched key (`jwk`, `jku`, `x5u`,
`x5c`) is never looked at here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import orjson

from kernel.tokens import encoding
from kernel.tokens.errors import BadSignature, Malformed, WrongAlgorithm
from kernel.tokens.parsing import without_duplicates
from kernel.tokens.public_keys import PublicKey

MOST_BYTES = 16_384
ASYMMETRIC = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
"""What a signature of others may be made with (RFC 8725 §3.1). The last two are one (RFC 9864)."""

_KEYS = frozenset({"jwk", "jku", "x5u", "x5c"})


class Statement(NamedTuple):
    """A well-formed JWS. Nothing in it may be believed before its signature."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    message: bytes
    signature: bytes

    @property
    def algorithm(self) -> str:
        return str(self.header["alg"])

    @property
    def kid(self) -> str | None:
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None

    @property
    def names_a_key(self) -> bool:
        """Whether it tells what to verify it with, as who signs for himself may (RFC 9449 §4.2)."""
        return not _KEYS.isdisjoint(self.header)

    def check_signature(self, key: PublicKey) -> None:
        """Raises `WrongAlgorithm` or `BadSignature`."""
        if self.algorithm not in key.checks:
            raise WrongAlgorithm
        if not key.verifies(self.algorithm, self.signature, self.message):
            raise BadSignature


def read(
    text: str,
    *,
    types: Collection[str | None],
    algorithms: Collection[str],
    most_bytes: int = MOST_BYTES,
) -> Statement:
    """Take a JWS apart. `types` are the `typ` that it may have, in lower case, None for none.

    Raises `Malformed`, and `WrongAlgorithm` for one that is not in `algorithms`.
    """
    if len(text) > most_bytes:
        raise Malformed("the statement is too long")
    try:
        message, dot, signature = text.encode("ascii").rpartition(b".")
        head, middle, payload = message.partition(b".")
        if not (dot and middle):
            raise Malformed
        statement = Statement(
            _members(head), _members(payload), message, encoding.decode(signature)
        )
    except (ValueError, RecursionError):
        raise Malformed from None
    _check_header(statement.header, types, algorithms)
    return statement


def _check_header(
    header: Mapping[str, Any], types: Collection[str | None], algorithms: Collection[str]
) -> None:
    kind = header.get("typ")
    if isinstance(kind, str):
        # RFC 7515 §4.1.9: `application/` is left out of media types that have no other slash.
        kind = kind.lower().removeprefix("application/")
    if not isinstance(kind, str | None) or kind not in types:
        raise Malformed("the statement has another type")
    # "If any of the listed extension Header Parameters are not understood and supported by the
    # recipient, then the JWS is invalid" (RFC 7515 §4.1.11). None are.
    if "crit" in header:
        raise Malformed("the statement has critical extensions")
    if not isinstance(header.get("alg"), str) or header["alg"] not in algorithms:
        raise WrongAlgorithm


def _members(text: bytes) -> dict[str, Any]:
    """A JSON object whose members are there once. Raises `ValueError`, also for what Python's own
    reader lets pass: `NaN`, and halves of surrogate pairs, which nothing can encode."""
    content = encoding.decode(text)
    orjson.loads(content)
    members = json.loads(content, object_pairs_hook=without_duplicates)
    if not isinstance(members, dict):
        raise ValueError("not an object")
    return members
