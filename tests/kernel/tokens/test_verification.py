from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives import serialization

from kernel.tokens import keys, signing
from kernel.tokens.encoding import encode
from kernel.tokens.errors import (
    BadSignature,
    Expired,
    InvalidToken,
    Malformed,
    NotYetValid,
    Revoked,
    UnknownIssuer,
    UnknownKey,
)
from kernel.tokens.issuers import LocalIssuers
from kernel.tokens.revocations import Revocation
from kernel.tokens.verification import Verifier
from tests.kernel.tokens.conftest import ISSUER, NOW


def test_a_good_token_gives_its_claims(bench):
    token = bench.token()

    assert bench.verifier.verify(token) == bench.claims()
    assert bench.verifier.verify(token) == bench.claims()


def test_a_token_of_another_issuer_is_refused_where_one_is_expected(bench):
    token = bench.token()
    bench.verifier.verify(token)

    with pytest.raises(UnknownIssuer):
        bench.verifier.verify(token, issuer="https://idp.example/another")


def test_an_unknown_issuer_is_refused(bench):
    with pytest.raises(UnknownIssuer):
        bench.verifier.verify(bench.token(iss="https://elsewhere.example"))


def test_a_token_without_an_issuer_is_refused(bench):
    with pytest.raises(UnknownIssuer):
        bench.verifier.verify(bench.token(iss=None))


def test_a_token_of_an_unpublished_key_is_refused(bench, other_key):
    with pytest.raises(UnknownKey):
        bench.verifier.verify(signing.sign(bench.claims(), other_key))


def test_a_token_ends_at_the_second_it_expires_even_when_it_is_remembered(bench):
    token = bench.token(exp=int(NOW) + 10)
    bench.now = NOW + 9.9
    bench.verifier.verify(token)
    bench.now = NOW + 10

    with pytest.raises(Expired):
        bench.verifier.verify(token)


@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_a_token_from_the_future_is_refused(bench, name):
    with pytest.raises(NotYetValid):
        bench.verifier.verify(bench.token(**{name: int(NOW) + 60}))


@pytest.mark.parametrize("value", [None, "1900000000", True, [1900000000]])
def test_a_token_without_a_numeric_expiry_is_refused(bench, value):
    with pytest.raises(Malformed):
        bench.verifier.verify(bench.token(exp=value))


def test_a_revoked_session_ends_at_once_even_when_its_token_is_remembered(bench):
    token = bench.token()
    bench.verifier.verify(token)
    bench.revocations.add(Revocation(ISSUER, NOW + 3600, origin_jti="session"))

    with pytest.raises(Revoked):
        bench.verifier.verify(token)


def test_a_withdrawn_key_ends_remembered_tokens(bench, other_key):
    token = bench.token()
    bench.verifier.verify(token)
    bench.issuers.put(ISSUER, [keys.public_jwk(other_key)])

    with pytest.raises(UnknownKey):
        bench.verifier.verify(token)


def test_keys_are_loaded_anew_after_they_were_forgotten(signing_key, other_key):
    published = [keys.public_jwk(signing_key)]
    issuers = LocalIssuers(lambda issuer: published if issuer == ISSUER else None)
    assert issuers.keys(ISSUER, signing_key.kid) is not None
    published[:] = [keys.public_jwk(other_key)]
    issuers.forget(ISSUER)

    assert issuers.keys(ISSUER, signing_key.kid) is None
    assert issuers.keys(ISSUER, other_key.kid) is not None


def test_keys_that_were_forgotten_while_they_were_loaded_are_not_kept(signing_key, other_key):
    published = [keys.public_jwk(signing_key)]

    def load(_issuer):
        loaded = list(published)
        published[:] = [keys.public_jwk(other_key)]
        issuers.forget(ISSUER)
        return loaded

    issuers = LocalIssuers(load)

    assert issuers.keys(ISSUER, signing_key.kid) is not None
    assert issuers.keys(ISSUER, signing_key.kid) is None


def test_a_failed_token_is_never_remembered(bench):
    token = bench.token(nbf=int(NOW) + 60)
    with pytest.raises(NotYetValid):
        bench.verifier.verify(token)
    bench.now = NOW + 60

    assert bench.verifier.verify(token)["sub"] == "someone"


# Attacks


def _assemble(header: dict, claims: dict, signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(encode(part) for part in parts)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_an_unsigned_token_is_refused(bench, signing_key, algorithm):
    token = _assemble({"alg": algorithm, "kid": signing_key.kid}, bench.claims())

    with pytest.raises(InvalidToken):
        bench.verifier.verify(token)


def test_the_public_key_is_no_hmac_secret(bench, signing_key):
    pem = signing_key.private_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    message = _assemble({"alg": "HS256", "kid": signing_key.kid}, bench.claims())[:-1]
    signature = hmac.new(pem, message.encode(), hashlib.sha256).digest()

    with pytest.raises(InvalidToken):
        bench.verifier.verify(f"{message}.{encode(signature)}")


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256", "ES256", "EdDSA", "HS256"])
def test_a_key_verifies_with_the_algorithm_it_was_published_for_alone(
    bench, signing_key, algorithm
):
    head, payload, signature = bench.token().split(".")
    head = encode(json.dumps({"alg": algorithm, "kid": signing_key.kid}).encode())

    with pytest.raises(InvalidToken):
        bench.verifier.verify(f"{head}.{payload}.{signature}")


def test_a_key_of_one_issuer_does_not_sign_for_another(bench, other_key):
    bench.issuers.put("https://idp.example/evil", [keys.public_jwk(other_key)])

    with pytest.raises(UnknownKey):
        bench.verifier.verify(signing.sign(bench.claims(), other_key))


def test_a_key_that_takes_anothers_name_does_not_sign_for_it(bench, signing_key, other_key):
    forger = keys.SigningKey(signing_key.kid, other_key.private_key)

    with pytest.raises(BadSignature):
        bench.verifier.verify(signing.sign(bench.claims(), forger))


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c"])
def test_a_token_cannot_bring_its_own_key(bench, other_key, member):
    brought = {
        "jwk": keys.public_jwk(other_key),
        "jku": "http://127.0.0.1:1/jwks",
        "x5u": "",
        "x5c": [],
    }
    forged = signing.sign(bench.claims(), other_key, {member: brought[member]})

    with pytest.raises(UnknownKey):
        bench.verifier.verify(forged)


@pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1 --", "\x00", "é"])
def test_a_kid_is_a_name_and_nothing_else(bench, kid):
    with pytest.raises(UnknownKey):
        bench.verifier.verify(_assemble({"alg": "RS256", "kid": kid}, bench.claims(), b"x" * 256))


def test_critical_extensions_are_refused(bench):
    with pytest.raises(Malformed):
        bench.verifier.verify(bench.token({"crit": ["b64"], "b64": False}))


@pytest.mark.parametrize("kind", ["logout+jwt", "dpop+jwt", "secevent+jwt"])
def test_a_signed_token_of_another_kind_gives_no_access(bench, kind):
    with pytest.raises(Malformed):
        bench.verifier.verify(bench.token({"typ": kind}))


def test_altered_claims_never_meet_the_memory_of_the_genuine_token(bench):
    token = bench.token()
    bench.verifier.verify(token)
    head, _, signature = token.split(".")
    payload = encode(json.dumps(bench.claims(sub="admin")).encode())

    with pytest.raises(BadSignature):
        bench.verifier.verify(f"{head}.{payload}.{signature}")


def test_a_signature_has_one_spelling(bench):
    token = bench.token()
    # 256 bytes leave four unused bits in the last character: changing them changes no byte.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet[alphabet.index(token[-1]) ^ 1]

    with pytest.raises(Malformed):
        bench.verifier.verify(token[:-1] + last)
    with pytest.raises(Malformed):
        bench.verifier.verify(token + "==")


def test_a_header_that_names_a_member_twice_is_refused(bench, signing_key):
    head = encode(b'{"alg":"none","alg":"RS256","kid":"%s"}' % signing_key.kid.encode())
    _, payload, signature = bench.token().split(".")

    with pytest.raises(Malformed):
        bench.verifier.verify(f"{head}.{payload}.{signature}")


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "é.é.é",
        "e30.e30.e30",
        "W10.W10.W10",
        "\ud800.e30.e30",
        "eyJhbGciOiJSUzI1NiIsImtpZCI6W119.e30.AAAA",
        "[" * 5000 + ".e30.AAAA",
        encode(b"[" * 10_000) + ".e30.AAAA",
        "a" * 20_000 + ".e30.AAAA",
    ],
)
def test_nonsense_is_malformed_and_nothing_worse(bench, token):
    with pytest.raises(Malformed):
        bench.verifier.verify(token)


@pytest.mark.parametrize("name", ["sub", "origin_jti", "client_id", "iss"])
def test_claims_of_a_wrong_type_break_nothing(bench, name):
    bench.revocations.add(Revocation(ISSUER, NOW + 60, origin_jti="x", subject="y", not_before=NOW))
    token = bench.token(**{name: ["a", {}]})

    if name == "iss":
        with pytest.raises(UnknownIssuer):
            bench.verifier.verify(token)
    else:
        assert bench.verifier.verify(token)


def test_the_memory_is_bounded(bench):
    small = Verifier(bench.issuers, bench.revocations, cache_size=2)
    for number in range(8):
        small._verified.put(str(number), ({}, 0.0))

    assert len(small._verified._young) + len(small._verified._old) <= 4
