"""What signs our own tokens: RS256, PS256 and ES256 of RFC 7518 §3, EdDSA of RFC 8037.

Verifying is `public_keys`, which knows more of them: those of other issuers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kernel.tokens import encoding

PUBLIC_EXPONENT = 65537
KEY_BITS = 2048
COORDINATE_BYTES = 32
"""Of P-256. "The length of this octet string MUST be the full size of a coordinate" (RFC 7518
§6.2.1.2), leading zeros included, or one key would have two thumbprints."""

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKeyObject = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
Sign = Callable[[bytes], bytes]

_DIGEST = hashes.SHA256()


@dataclass(frozen=True)
class Algorithm:
    """One `alg`: how its keys are made and published, and how they sign."""

    generate: Callable[[], Any]
    signer: Callable[[Any], Sign]
    public_members: Callable[[Any], dict[str, str]]
    """The JWK members of the key itself: kty, and the numbers."""
    private_type: type[Any]
    public_type: type[Any]
    curve: type[ec.EllipticCurve] | None = None

    def checked(self, key: object) -> PrivateKey:
        """The private key, if it is one of this algorithm. Raises `ValueError`."""
        if not isinstance(key, self.private_type) or not self._has_curve(key):
            raise ValueError(f"not a key of the type {self.private_type.__name__}")
        checked: PrivateKey = key
        return checked

    def takes_public(self, key: object) -> bool:
        return isinstance(key, self.public_type) and self._has_curve(key)

    def _has_curve(self, key: object) -> bool:
        return self.curve is None or isinstance(getattr(key, "curve", None), self.curve)


def _rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=PUBLIC_EXPONENT, key_size=KEY_BITS)


def _rsa_members(key: rsa.RSAPublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    modulus, exponent = encoding.encode_integer(numbers.n), encoding.encode_integer(numbers.e)
    return {"e": exponent, "kty": "RSA", "n": modulus}


def _rsa_signer(scheme: padding.PKCS1v15 | padding.PSS) -> Callable[[rsa.RSAPrivateKey], Sign]:
    def signer(key: rsa.RSAPrivateKey) -> Sign:
        sign = key.sign
        return lambda message: sign(message, scheme, _DIGEST)

    return signer


def _elliptic_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _elliptic_members(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    x, y = (
        encoding.encode(each.to_bytes(COORDINATE_BYTES, "big")) for each in (numbers.x, numbers.y)
    )
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def _elliptic_signer(key: ec.EllipticCurvePrivateKey) -> Sign:
    scheme = ec.ECDSA(_DIGEST)

    def sign(message: bytes) -> bytes:
        # A JWS joins r and s as they are (RFC 7518 §3.4); cryptography gives them in DER.
        r, s = decode_dss_signature(key.sign(message, scheme))
        return r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")

    return sign


def _edwards_members(key: ed25519.Ed25519PublicKey) -> dict[str, str]:
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"crv": "Ed25519", "kty": "OKP", "x": encoding.encode(raw)}


def _rsa(scheme: padding.PKCS1v15 | padding.PSS) -> Algorithm:
    return Algorithm(
        _rsa_key, _rsa_signer(scheme), _rsa_members, rsa.RSAPrivateKey, rsa.RSAPublicKey
    )


ALGORITHMS: Mapping[str, Algorithm] = {
    "RS256": _rsa(padding.PKCS1v15()),
    # "The size of the salt value is the same size as the hash function output" (RFC 7518 §3.5).
    "PS256": _rsa(padding.PSS(padding.MGF1(_DIGEST), padding.PSS.DIGEST_LENGTH)),
    "ES256": Algorithm(
        _elliptic_key,
        _elliptic_signer,
        _elliptic_members,
        ec.EllipticCurvePrivateKey,
        ec.EllipticCurvePublicKey,
        ec.SECP256R1,
    ),
    "EdDSA": Algorithm(
        ed25519.Ed25519PrivateKey.generate,
        lambda key: key.sign,
        _edwards_members,
        ed25519.Ed25519PrivateKey,
        ed25519.Ed25519PublicKey,
    ),
}
