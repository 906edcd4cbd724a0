"""DPoP proofs (RFC 9449): that whoever sends a request holds a private key. Pure.

What a proof must be is checked here but for two things that need a memory: that it is used once,
and that its nonce is ours.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from kernel.shared_state.interface import SharedState
from kernel.tokens import encoding, statements
from kernel.tokens.errors import InvalidToken
from kernel.tokens.keys import PRIVATE_MEMBERS, thumbprint_of_jwk
from kernel.tokens.public_keys import PublicKey
from kernel.values import value

ALGORITHMS = statements.ASYMMETRIC
TYPES = frozenset({"dpop+jwt"})
WINDOW = 60
"""Seconds by which `iat` may lie before or after the present (§11.1)."""
MOST_BYTES = 8192
LONGEST_ID = 255
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]")


class InvalidProof(InvalidToken):
    reason = "the DPoP proof is not valid"


@value
class Proof:
    """A proof whose signature, target and time are right."""

    thumbprint: str
    """RFC 7638, of the key that signed it."""
    jti: str
    nonce: str | None


def read(text: str, method: str, uri: str, now: float, token: str | None = None) -> Proof:
    """The checks of §4.3 for a request to `uri`, with an access token where one came along.

    Raises `InvalidProof`.
    """
    if len(text) > MOST_BYTES:
        raise InvalidProof
    try:
        proof = statements.read(text, types=TYPES, algorithms=ALGORITHMS)
        jwk = proof.header.get("jwk")
        key = _key(jwk)
        proof.check_signature(key)
    except InvalidToken:
        raise InvalidProof from None
    claims = proof.claims
    if claims.get("htm") != method or not _is_same(claims.get("htu"), uri):
        raise InvalidProof("the DPoP proof is for another request")
    _check_time(claims.get("iat"), now)
    _check_token(claims.get("ath"), token)
    jti, nonce = claims.get("jti"), claims.get("nonce")
    if not isinstance(jti, str) or not 0 < len(jti) <= LONGEST_ID:
        raise InvalidProof("the DPoP proof has no jti")
    return Proof(thumbprint_of_jwk(key.jwk), jti, nonce if isinstance(nonce, str) else None)


def spend(shared_state: SharedState, proof: Proof) -> None:
    """Take the one use that a proof has. Raises `InvalidProof`, also while nobody can tell."""
    digest = hashlib.sha256(proof.jti.encode("utf-8", "surrogatepass")).hexdigest()
    if not shared_state.claim(f"dpop:{proof.thumbprint}:{digest}", 2 * WINDOW + 1):
        raise InvalidProof("the DPoP proof was used before")


def _key(jwk: Any) -> PublicKey:
    """§4.3: the key of the header "does not contain a private key"."""
    if not isinstance(jwk, dict) or PRIVATE_MEMBERS & jwk.keys():
        raise InvalidProof
    try:
        return PublicKey.from_jwk({**jwk, "kid": ""})
    except (ValueError, AttributeError, TypeError):
        raise InvalidProof from None


def _check_time(issued: Any, now: float) -> None:
    if type(issued) not in (int, float) or not now - WINDOW <= issued <= now + WINDOW:
        raise InvalidProof("the DPoP proof is too old, or not valid yet")


def _check_token(named: Any, token: str | None) -> None:
    """§4.3: "ensure that the value of the ath claim equals the hash of that access token"."""
    if token is None:
        return
    wanted = encoding.encode(hashlib.sha256(token.encode()).digest())
    if not isinstance(named, str) or not hmac.compare_digest(named.encode(), wanted.encode()):
        raise InvalidProof("the DPoP proof is for another access token")


def _is_same(named: Any, uri: str) -> bool:
    """§4.3: "ignoring any query and fragment parts", in the normal form of RFC 3986 §6.2.2."""
    if not isinstance(named, str):
        return False
    try:
        return _normal(urlsplit(named)) == _normal(urlsplit(uri))
    except ValueError:
        return False


def _normal(parts: SplitResult) -> tuple[str, str, int | None, str]:
    if parts.username is not None or not parts.hostname:
        raise ValueError("no address of an endpoint")
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    path = _ESCAPE.sub(_escape, parts.path) or "/"
    return parts.scheme, parts.hostname.rstrip("."), port, path


def _escape(found: re.Match[str]) -> str:
    character = chr(int(found[0][1:], 16))
    return character if _UNRESERVED.fullmatch(character) else found[0].upper()
