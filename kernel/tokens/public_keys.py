"""Public keys and what each may verify (RFC 7518 §3).

The key decides the algorithm, never the token: a key knows the algorithms of its own type, and
its JWK's `alg` narrows them to one. So a token cannot ask for `none`, or have an RSA key's text
taken for an HMAC secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from kernel.tokens import encoding

MINIMUM_RSA_BITS = 2048
MAXIMUM_RSA_BITS = 8192
MAXIMUM_RSA_EXPONENT = 2**32

Check = Callable[[bytes, bytes], None]
"""Of a signature and the signed message; raises `InvalidSignature`."""


@dataclass(frozen=True, eq=False)
class PublicKey:
    """A key that verifies tokens: a check for each algorithm that it allows."""

    kid: str
    checks: Mapping[str, Check]
    jwk: Mapping[str, Any]
    """What it was read from."""

    def verifies(self, algorithm: str, signature: bytes, message: bytes) -> bool:
        """Whether the signature is right. Raises `KeyError` for an algorithm not in `checks`."""
        try:
            self.checks[algorithm](signature, message)
        except InvalidSignature:
            return False
        return True

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> PublicKey:
        """Read one key of a JWKS document.

        Raises `ValueError` for a key that is not for signatures, is too weak, or has a type that
        no algorithm here uses.
        """
        kid, algorithm = jwk.get("kid"), jwk.get("alg")
        if not isinstance(kid, str) or not isinstance(algorithm, str | None):
            raise ValueError("kid and alg must be text")
        if jwk.get("use", "sig") != "sig" or "verify" not in jwk.get("key_ops", ("verify",)):
            raise ValueError("not a key for signatures")
        reader = _READERS.get(jwk.get("kty", ""))
        if reader is None:
            raise ValueError("a key type without algorithms")
        try:
            return cls(kid, _allowed(reader(jwk), algorithm), jwk)
        except (KeyError, AttributeError, TypeError) as error:
            raise ValueError("a member is missing or malformed") from error


def _allowed(checks: dict[str, Check], algorithm: str | None) -> dict[str, Check]:
    if algorithm is None:
        return checks
    if algorithm not in checks:
        raise ValueError("an algorithm of another key type")
    return {algorithm: checks[algorithm]}


def _read_rsa(jwk: Mapping[str, Any]) -> dict[str, Check]:
    modulus, exponent = encoding.decode_integer(jwk["n"]), encoding.decode_integer(jwk["e"])
    if not MINIMUM_RSA_BITS <= modulus.bit_length() <= MAXIMUM_RSA_BITS:
        raise ValueError("an RSA key must have 2048 to 8192 bits")
    # A huge exponent makes each verification slow: it would be a way to stall the gateway.
    if exponent >= MAXIMUM_RSA_EXPONENT:
        raise ValueError("an RSA exponent must be less than 2^32")
    return _rsa_checks(rsa.RSAPublicNumbers(exponent, modulus).public_key())


def _rsa_checks(key: rsa.RSAPublicKey) -> dict[str, Check]:
    pkcs1 = padding.PKCS1v15()
    checks: dict[str, Check] = {}
    for bits, digest in _DIGESTS.items():
        pss = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
        checks[f"RS{bits}"] = _rsa_check(key, pkcs1, digest)
        checks[f"PS{bits}"] = _rsa_check(key, pss, digest)
    return checks


def _rsa_check(
    key: rsa.RSAPublicKey, scheme: padding.PKCS1v15 | padding.PSS, digest: hashes.HashAlgorithm
) -> Check:
    verify = key.verify
    return lambda signature, message: verify(signature, message, scheme, digest)


def _read_elliptic(jwk: Mapping[str, Any]) -> dict[str, Check]:
    algorithm, curve, digest = _CURVES[jwk["crv"]]
    x, y = encoding.decode_integer(jwk["x"]), encoding.decode_integer(jwk["y"])
    key = ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    size = (curve.key_size + 7) // 8
    scheme = ec.ECDSA(digest)

    def check(signature: bytes, message: bytes) -> None:
        if len(signature) != 2 * size:
            raise InvalidSignature
        # JWS joins r and s as they are (RFC 7518 §3.4); cryptography takes them in DER.
        r, s = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
        key.verify(encode_dss_signature(r, s), message, scheme)

    return {algorithm: check}


def _read_edwards(jwk: Mapping[str, Any]) -> dict[str, Check]:
    if jwk["crv"] != "Ed25519":
        raise ValueError("a curve without algorithms")
    key = ed25519.Ed25519PublicKey.from_public_bytes(encoding.decode(jwk["x"].encode()))
    return {"EdDSA": key.verify, "Ed25519": key.verify}


_DIGESTS = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_CURVES = {
    "P-256": ("ES256", ec.SECP256R1(), hashes.SHA256()),
    "P-384": ("ES384", ec.SECP384R1(), hashes.SHA384()),
    "P-521": ("ES512", ec.SECP521R1(), hashes.SHA512()),
}
_READERS: dict[str, Callable[[Mapping[str, Any]], dict[str, Check]]] = {
    "RSA": _read_rsa,
    "EC": _read_elliptic,
    "OKP": _read_edwards,
}
