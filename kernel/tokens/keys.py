"""Signing keys: parsed once, held as cryptography's key objects, published as JWKs (RFC 7517)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kernel.tokens import encoding

PUBLIC_EXPONENT = 65537
KEY_BITS = 2048

Jwk = dict[str, str]


@dataclass(frozen=True, eq=False)
class SigningKey:
    """An RSA private key and the `kid` that token headers name it by."""

    kid: str
    private_key: rsa.RSAPrivateKey

    @cached_property
    def header(self) -> str:
        """The encoded header of its tokens."""
        return self.header_with({})

    def header_with(self, more: Mapping[str, str]) -> str:
        return encoding.encode(orjson.dumps({**more, "kid": self.kid, "alg": "RS256"}))

    def to_pem(self) -> bytes:
        """PKCS #8, not encrypted: seal it before storing it."""
        return self.private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @classmethod
    def from_pem(cls, kid: str, pem: bytes) -> SigningKey:
        """Parse what `to_pem` wrote. Raises `ValueError` for anything else.

        The primes are not tested again (30 ms): the text comes out of a sealed envelope.
        """
        key = serialization.load_pem_private_key(
            pem, password=None, unsafe_skip_rsa_key_validation=True
        )
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("not an RSA private key")
        return cls(kid, key)


def generate() -> SigningKey:
    """A new RSA-2048 key, named by its thumbprint. Takes about 100 ms: use `compute`."""
    private_key = rsa.generate_private_key(public_exponent=PUBLIC_EXPONENT, key_size=KEY_BITS)
    return SigningKey(thumbprint(private_key.public_key()), private_key)


def public_jwk(key: SigningKey) -> Jwk:
    """The public half as Cognito publishes it: alg, e, kid, kty, n, use."""
    numbers = key.private_key.public_key().public_numbers()
    return {
        "alg": "RS256",
        "e": encoding.encode_integer(numbers.e),
        "kid": key.kid,
        "kty": "RSA",
        "n": encoding.encode_integer(numbers.n),
        "use": "sig",
    }


def thumbprint(key: rsa.RSAPublicKey) -> str:
    """The JWK thumbprint (RFC 7638 §3): SHA-256 over the required members in order."""
    numbers = key.public_numbers()
    members = {
        "e": encoding.encode_integer(numbers.e),
        "kty": "RSA",
        "n": encoding.encode_integer(numbers.n),
    }
    return encoding.encode(hashlib.sha256(orjson.dumps(members)).digest())
