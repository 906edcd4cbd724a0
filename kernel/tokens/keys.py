"""Signing keys: parsed once, held as cryptography's key objects, published as JWKs (RFC 7517)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import orjson
from cryptography.hazmat.primitives import serialization

from kernel.tokens import encoding
from kernel.tokens.algorithms import ALGORITHMS, PrivateKey, PublicKeyObject, Sign

DEFAULT_ALGORITHM = "RS256"

Jwk = dict[str, str]

PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""What no public JWK has (RFC 7518 §6)."""

# RFC 7638 §3.2, and for OKP RFC 8037 §2.
_THUMBPRINT_MEMBERS = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"),
                       "OKP": ("crv", "kty", "x")}  # fmt: skip


@dataclass(frozen=True, eq=False)
class SigningKey:
    """A private key, its one algorithm (RFC 8725 §3.1), and the `kid` that headers name it by."""

    kid: str
    private_key: PrivateKey
    algorithm: str = DEFAULT_ALGORITHM

    @cached_property
    def sign(self) -> Sign:
        """Makes the signature of a message, as a JWS holds it."""
        return ALGORITHMS[self.algorithm].signer(self.private_key)

    @cached_property
    def header(self) -> str:
        """The encoded header of its tokens."""
        return self.header_with({})

    def header_with(self, more: Mapping[str, str]) -> str:
        return encoding.encode(orjson.dumps({**more, "kid": self.kid, "alg": self.algorithm}))

    def to_pem(self) -> bytes:
        """PKCS #8, not encrypted: seal it before storing it."""
        return self.private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @classmethod
    def from_pem(cls, kid: str, pem: bytes, algorithm: str = DEFAULT_ALGORITHM) -> SigningKey:
        """Parse what `to_pem` wrote. Raises `ValueError` for anything else, and for a key that
        has another type than the algorithm.

        The primes are not tested again (30 ms): the text comes out of a sealed envelope.
        """
        key = serialization.load_pem_private_key(
            pem, password=None, unsafe_skip_rsa_key_validation=True
        )
        if algorithm not in ALGORITHMS:
            raise ValueError(f"not an algorithm: {algorithm}")
        return cls(kid, ALGORITHMS[algorithm].checked(key), algorithm)


def generate(algorithm: str = DEFAULT_ALGORITHM) -> SigningKey:
    """A new key, named by its thumbprint. RSA takes about 100 ms: use `compute`."""
    private_key = ALGORITHMS[algorithm].generate()
    return SigningKey(thumbprint(private_key.public_key()), private_key, algorithm)


def public_jwk(key: SigningKey) -> Jwk:
    """The public half as Cognito publishes it: alg, kid, use, and the members of its type."""
    members = ALGORITHMS[key.algorithm].public_members(key.private_key.public_key())
    return {"alg": key.algorithm, "kid": key.kid, "use": "sig", **members}


def thumbprint(key: PublicKeyObject) -> str:
    """The JWK thumbprint of a public key (RFC 7638 §3)."""
    members = next(
        each.public_members(key) for each in ALGORITHMS.values() if each.takes_public(key)
    )
    return thumbprint_of_jwk(members)


def thumbprint_of_jwk(jwk: Mapping[str, str]) -> str:
    """SHA-256 over the required members in the order of their names (RFC 7638 §3).

    Raises `KeyError` where one is missing, or the type is unknown.
    """
    required = {name: jwk[name] for name in _THUMBPRINT_MEMBERS[jwk["kty"]]}
    return encoding.encode(hashlib.sha256(orjson.dumps(required)).digest())
