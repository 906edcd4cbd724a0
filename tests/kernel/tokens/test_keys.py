from __future__ import annotations

import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kernel.tokens import jwks
from kernel.tokens.keys import SigningKey, public_jwk, thumbprint
from kernel.tokens.signing import sign


def test_a_key_survives_its_pem(signing_key):
    read = SigningKey.from_pem(signing_key.kid, signing_key.to_pem())

    assert read.kid == signing_key.kid
    assert public_jwk(read) == public_jwk(signing_key)


def test_a_key_is_named_by_its_thumbprint(signing_key):
    assert signing_key.kid == thumbprint(signing_key.private_key.public_key())


def test_a_pem_of_another_key_type_is_refused():
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

    with pytest.raises(ValueError, match="RSA"):
        SigningKey.from_pem("kid", pem)


def test_a_published_key_holds_nothing_private(signing_key):
    assert set(public_jwk(signing_key)) == {"alg", "e", "kid", "kty", "n", "use"}


def test_another_library_verifies_with_the_published_keys(signing_key, other_key):
    published = jwt.PyJWKSet.from_dict(json.loads(jwks.render([other_key, signing_key])))
    token = sign({"sub": "someone", "aud": "app"}, signing_key, {"typ": "JWT"})
    header = jwt.get_unverified_header(token)

    claims = jwt.decode(token, published[header["kid"]].key, algorithms=["RS256"], audience="app")

    assert claims == {"sub": "someone", "aud": "app"}
    assert header == {"typ": "JWT", "alg": "RS256", "kid": signing_key.kid}


def test_a_caller_cannot_overwrite_the_algorithm_and_key_of_a_header(signing_key):
    token = sign({}, signing_key, {"alg": "none", "kid": "x"})

    assert jwt.get_unverified_header(token) == {"alg": "RS256", "kid": signing_key.kid}
