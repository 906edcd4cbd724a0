from __future__ import annotations

import json
import re

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet

from kernel.tokens import keys
from kernel.tokens.errors import BadSignature, WrongAlgorithm
from kernel.tokens.issuers import LocalIssuers, read_keys
from kernel.tokens.keys import SigningKey, public_jwk, thumbprint, thumbprint_of_jwk
from kernel.tokens.signing import sign
from tests.kernel.tokens.conftest import Bench
from tests.servers import key_documents

MEMBERS = {
    "RS256": {"alg", "e", "kid", "kty", "n", "use"},
    "PS256": {"alg", "e", "kid", "kty", "n", "use"},
    "ES256": {"alg", "crv", "kid", "kty", "use", "x", "y"},
    "EdDSA": {"alg", "crv", "kid", "kty", "use", "x"},
}


def test_a_key_survives_its_pem(any_key):
    read = SigningKey.from_pem(any_key.kid, any_key.to_pem(), any_key.algorithm)

    assert read.kid == any_key.kid
    assert public_jwk(read) == public_jwk(any_key)


def test_a_key_is_named_by_its_thumbprint(any_key):
    assert any_key.kid == thumbprint(any_key.private_key.public_key())
    assert re.fullmatch(r"[\w-]{43}", any_key.kid)
    imported = KeySet.import_key_set({"keys": [public_jwk(any_key)]}).keys[0]
    assert imported.thumbprint() == any_key.kid


def test_thumbprints_are_those_of_the_specifications():
    """RFC 7638 §3.1 and RFC 8037 appendix A.3."""
    rsa = {
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSo"
        "c_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
        "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI"
        "4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29",
    }
    edwards = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }
    assert thumbprint_of_jwk(rsa) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert thumbprint_of_jwk(edwards) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_coordinates_keep_their_leading_zeros():
    """RFC 7518 §6.2.1.2: a thumbprint would differ from another library's in one of 256 keys."""
    while True:
        key = keys.generate("ES256")
        if key.private_key.public_key().public_numbers().x < 1 << 248:
            break
    assert len(public_jwk(key)["x"]) == 43


def test_every_name_is_another_one():
    """Random keys have names that nobody can tell before."""
    assert len({keys.generate("EdDSA").kid for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("RS256", ec.generate_private_key(ec.SECP256R1())),
        ("PS256", ec.generate_private_key(ec.SECP256R1())),
        ("EdDSA", ec.generate_private_key(ec.SECP256R1())),
        ("EdDSA", ed448.Ed448PrivateKey.generate()),
        ("ES256", ec.generate_private_key(ec.SECP384R1())),
        ("ES256", ec.generate_private_key(ec.SECP256K1())),
        ("HS256", ec.generate_private_key(ec.SECP256R1())),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_pem_of_another_key_type_is_refused(algorithm, key):
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

    with pytest.raises(ValueError, match="not a"):
        SigningKey.from_pem("kid", pem, algorithm)


def test_a_published_key_holds_nothing_private(any_key):
    published = public_jwk(any_key)

    assert set(published) == MEMBERS[any_key.algorithm]
    assert (published["alg"], published["use"]) == (any_key.algorithm, "sig")


def test_another_library_verifies_with_the_published_keys(any_key, other_key):
    published = jwt.PyJWKSet.from_dict(json.loads(key_documents.render([other_key, any_key])))
    token = sign({"sub": "someone", "aud": "app"}, any_key, {"typ": "JWT"})
    header = jwt.get_unverified_header(token)

    claims = jwt.decode(
        token, published[header["kid"]].key, algorithms=[any_key.algorithm], audience="app"
    )

    assert claims == {"sub": "someone", "aud": "app"}
    assert header == {"typ": "JWT", "alg": any_key.algorithm, "kid": any_key.kid}


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_a_second_library_verifies_too(any_key, other_key):
    published = KeySet.import_key_set(json.loads(key_documents.render([other_key, any_key])))
    token = sign({"sub": "someone"}, any_key)

    decoded = joserfc_jwt.decode(token, published, algorithms=[any_key.algorithm])

    assert decoded.claims == {"sub": "someone"}


def test_our_own_verifier_takes_each(any_key):
    bench = Bench(any_key)

    assert bench.verifier.verify(bench.token())["sub"] == "someone"
    message, _, signature = bench.token().rpartition(".")
    with pytest.raises(BadSignature):
        bench.verifier.verify(f"{message}.{signature[:20]}AAAA{signature[24:]}")


@pytest.mark.parametrize(("mine", "other"), [("RS256", "PS256"), ("PS256", "RS256")])
def test_a_key_verifies_its_own_algorithm_alone(mine, other):
    """RFC 8725 §3.1: RSA keys of the two schemes are apart, though the numbers would do."""
    key = keys.generate(mine)
    bench = Bench(key)
    twin = SigningKey(key.kid, key.private_key, other)

    with pytest.raises(WrongAlgorithm):
        bench.verifier.verify(sign(bench.claims(), twin))
    assert list(read_keys([public_jwk(key)])[key.kid].checks) == [mine]


def test_a_caller_cannot_overwrite_the_algorithm_and_key_of_a_header(any_key):
    token = sign({}, any_key, {"alg": "none", "kid": "x"})

    assert jwt.get_unverified_header(token) == {"alg": any_key.algorithm, "kid": any_key.kid}


def test_issuers_hold_keys_of_several_algorithms(any_key, signing_key):
    issuers = LocalIssuers()
    issuers.put("a", [public_jwk(signing_key), public_jwk(any_key)])

    for key in (any_key, signing_key):
        found = issuers.keys("a", key.kid)
        assert found is not None
        assert list(found.checks) == [key.algorithm]
