from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from kernel.tokens.encoding import encode, encode_integer
from kernel.tokens.issuers import read_keys
from kernel.tokens.keys import public_jwk
from kernel.tokens.public_keys import PublicKey


def _verifies(jwk: dict, token: str, algorithm: str) -> bool:
    message, _, signature = token.rpartition(".")
    raw = jwt.utils.base64url_decode(signature)
    return PublicKey.from_jwk(jwk).verifies(algorithm, raw, message.encode())


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])
def test_rsa_signatures_of_another_library_verify(signing_key, algorithm):
    jwk = {**public_jwk(signing_key), "alg": algorithm}
    token = jwt.encode({}, signing_key.private_key, algorithm)

    assert _verifies(jwk, token, algorithm)
    assert not _verifies(jwk, token[:10] + "AAAA" + token[14:], algorithm)


@pytest.mark.parametrize(
    ("algorithm", "curve"),
    [("ES256", ec.SECP256R1()), ("ES384", ec.SECP384R1()), ("ES512", ec.SECP521R1())],
)
def test_elliptic_signatures_of_another_library_verify(algorithm, curve):
    key = ec.generate_private_key(curve)
    jwk = {**jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "k"}
    token = jwt.encode({}, key, algorithm)

    assert _verifies(jwk, token, algorithm)
    message, _, signature = token.rpartition(".")
    assert not _verifies(jwk, f"{message}.{signature[:40]}", algorithm)


def test_edwards_signatures_of_another_library_verify():
    key = ed25519.Ed25519PrivateKey.generate()
    jwk = {**jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "k"}

    assert _verifies(jwk, jwt.encode({}, key, "EdDSA"), "EdDSA")


def test_keys_that_cannot_be_used_are_passed_over(signing_key):
    good = public_jwk(signing_key)
    bad = [
        {**good, "use": "enc"},
        {**good, "alg": "ES256"},
        {**good, "kty": "oct", "k": "AAAA"},
        {**good, "n": encode_integer(2**1023 + 1)},
        {**good, "e": encode_integer(2**64 + 1)},
        {**good, "e": encode_integer(2)},
        {**good, "n": None},
        {**good, "kid": None},
        {**good, "key_ops": ["sign"]},
        {**good, "key_ops": 7},
        {"kty": ["RSA"], "kid": "k"},
        {"kty": "EC", "crv": "P-256", "x": encode(b"1"), "y": encode(b"1"), "kid": "k"},
        {"kty": "OKP", "crv": "Ed25519", "x": encode(b"1"), "kid": "k"},
        "key",
        None,
    ]

    assert read_keys(bad) == {}
    assert list(read_keys([*bad, good])) == [signing_key.kid]
