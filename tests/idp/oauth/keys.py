"""Keys of clients and users of our tests, and the JWTs that they sign."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from kernel.tokens.encoding import encode, encode_integer

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")


@dataclass(frozen=True)
class ClientKey:
    """A private key: its public JWK, and what it signs."""

    algorithm: str
    public: dict[str, str]
    signs: Callable[[bytes], bytes]

    def jwk(self, **more: str) -> dict[str, str]:
        return {**self.public, **more}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A JWS; a header member of None is left out."""
        members = {"alg": self.algorithm, **header}
        head = {name: each for name, each in members.items() if each is not None}
        message = f"{encode(json.dumps(head).encode())}.{encode(json.dumps(claims).encode())}"
        return f"{message}.{encode(self.signs(message.encode()))}"

    @property
    def thumbprint(self) -> str:
        needed = ("crv", "e", "k", "kty", "n", "x", "y")
        members = {name: self.public[name] for name in needed if name in self.public}
        text = json.dumps(members, separators=(",", ":"), sort_keys=True)
        return encode(hashlib.sha256(text.encode()).digest())


def by_secret(secret: str) -> ClientKey:
    """HS256."""
    key = secret.encode()
    return ClientKey("HS256", {}, lambda m: hmac.new(key, m, hashlib.sha256).digest())


def unsigned() -> ClientKey:
    return ClientKey("none", {}, lambda _message: b"")


@cache
def client_key(algorithm: str = "ES256", number: int = 0) -> ClientKey:
    """The same for the same arguments: RSA keys take long to make."""
    return {"ES256": _elliptic, "EdDSA": _edwards}.get(algorithm, _rsa)(algorithm)


def new_jti() -> str:
    return secrets.token_urlsafe(16)


def hash_of(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def half_hash(text: str) -> str:
    """OIDC Core §3.1.3.6: what `at_hash` and `c_hash` hold of a text, for RS256."""
    return encode(hashlib.sha256(text.encode()).digest()[:16])


def _rsa(algorithm: str) -> ClientKey:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    scheme: padding.AsymmetricPadding = padding.PKCS1v15()
    if algorithm == "PS256":
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    numbers = key.public_key().public_numbers()
    public = {"kty": "RSA", "n": encode_integer(numbers.n), "e": encode_integer(numbers.e)}
    return ClientKey(algorithm, public, lambda m: key.sign(m, scheme, hashes.SHA256()))


def _elliptic(algorithm: str) -> ClientKey:
    key = ec.generate_private_key(ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    x, y = (encode(each.to_bytes(32, "big")) for each in (numbers.x, numbers.y))

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return ClientKey(algorithm, {"kty": "EC", "crv": "P-256", "x": x, "y": y}, sign)


def _edwards(algorithm: str) -> ClientKey:
    key = ed25519.Ed25519PrivateKey.generate()
    public = {"kty": "OKP", "crv": "Ed25519", "x": encode(key.public_key().public_bytes_raw())}
    return ClientKey(algorithm, public, key.sign)
