"""The server side against two independent clients: pycognito's, and the formulas written out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pycognito.aws_srp import AWSSRP, generate_hash_device

from idp.errors import InvalidParameter
from idp.user_pools.rules import srp
from idp.user_pools.rules.srp_group import GENERATOR, MODULUS

POOL_ID = "us-east-1_aBcDeF123"
USER = srp.Identity.of_user(POOL_ID, "jane")
PASSWORD = "Correct-horse-1"
NOW = datetime(2026, 11, 2, 1, 2, 3, tzinfo=UTC)


def pycognito_client(password: str = PASSWORD, **device: str) -> AWSSRP:
    return AWSSRP("jane@example.com", password, POOL_ID, "client", client=object(), **device)


def challenge(identity: srp.Identity, exchange_b: str, salt: bytes, block: bytes) -> dict[str, str]:
    return {
        "USERNAME": identity.name,
        "USER_ID_FOR_SRP": identity.name,
        "SALT": srp.salt_hex(salt),
        "SRP_B": exchange_b,
        "SECRET_BLOCK": base64.b64encode(block).decode(),
    }


def claim_of(answer: dict[str, str]) -> srp.PasswordClaim:
    claim = srp.parse_claim(
        answer["PASSWORD_CLAIM_SECRET_BLOCK"],
        answer["TIMESTAMP"],
        answer["PASSWORD_CLAIM_SIGNATURE"],
    )
    assert claim is not None
    return claim


def sign_in(typed: str, salt: bytes, verifier: bytes) -> bool:
    """One whole sign-in with pycognito as the client."""
    client = pycognito_client(typed)
    parameters = client.get_auth_params()
    exchange, b = srp.begin(parameters["SRP_A"], verifier, secrets.token_bytes(32))
    answer = client.process_challenge(challenge(USER, b, salt, b"sealed state"), parameters)
    assert srp.is_timestamp_fresh(answer["TIMESTAMP"], datetime.now(UTC))
    return srp.is_claim_true(exchange, verifier, USER, claim_of(answer))


# Salts that padding treats differently: high bit set, odd number of digits, leading zero bytes.
@pytest.mark.parametrize(
    "salt", [b"\xff" * 16, b"\x0f" * 16, b"\x00\x00" + b"\x81" * 14, b"\x00" * 16]
)
def test_pycognito_signs_in_whatever_form_the_salt_has(salt):
    assert sign_in(PASSWORD, salt, srp.make_verifier(USER, PASSWORD, salt))


def test_pycognito_signs_in_again_and_again():
    salt = secrets.token_bytes(16)
    verifier = srp.make_verifier(USER, PASSWORD, salt)
    assert all(sign_in(PASSWORD, salt, verifier) for _ in range(5))


def test_a_wrong_password_is_refused():
    salt = secrets.token_bytes(16)
    assert not sign_in("correct-horse-1", salt, srp.make_verifier(USER, PASSWORD, salt))


def test_a_verifier_serves_only_the_user_it_was_made_for():
    salt = secrets.token_bytes(16)
    other = srp.make_verifier(srp.Identity.of_user(POOL_ID, "john"), PASSWORD, salt)
    assert not sign_in(PASSWORD, salt, other)


def test_the_textbook_derivation_gives_the_same_key():
    def textbook_pad(number: int) -> bytes:
        digits = f"{number:x}"
        digits = "0" * (len(digits) % 2) + digits
        return bytes.fromhex("00" + digits if digits[0] in "89abcdef" else digits)

    def textbook_hash(*parts: bytes) -> int:
        return int(hashlib.sha256(b"".join(parts)).hexdigest(), 16)

    salt = secrets.token_bytes(16)
    small_a = secrets.randbits(1024)
    big_a = pow(GENERATOR, small_a, MODULUS)
    verifier = srp.make_verifier(USER, PASSWORD, salt)
    exchange, b = srp.begin(f"{big_a:x}", verifier, secrets.token_bytes(32))

    big_b = int(b, 16)
    k = textbook_hash(textbook_pad(MODULUS), textbook_pad(2))
    u = textbook_hash(textbook_pad(big_a), textbook_pad(big_b))
    inner = hashlib.sha256(b"aBcDeF123jane:" + PASSWORD.encode()).digest()
    x = textbook_hash(textbook_pad(int.from_bytes(salt)), inner)
    shared = pow(big_b - k * pow(GENERATOR, x, MODULUS), small_a + u * x, MODULUS)
    kdf = HKDF(SHA256(), 16, textbook_pad(u), b"Caldera Derived Key")
    assert srp.session_key(exchange, verifier) == kdf.derive(textbook_pad(shared))
    assert int.from_bytes(verifier) == pow(GENERATOR, x, MODULUS)


def test_a_device_proves_its_password_with_the_same_code():
    group, key = "-group1", "us-east-1_0a1b2c3d"
    password, stored = generate_hash_device(group, key)
    salt = base64.b64decode(stored["Salt"])
    verifier = int.from_bytes(base64.b64decode(stored["PasswordVerifier"])).to_bytes(384)
    identity = srp.Identity.of_device(group, key)

    client = pycognito_client(device_key=key, device_group_key=group, device_password=password)
    exchange, b = srp.begin(client.get_auth_params()["SRP_A"], verifier, secrets.token_bytes(32))
    answer = client.process_device_challenge(challenge(identity, b, salt, b"block"))
    assert srp.is_claim_true(exchange, verifier, identity, claim_of(answer))
    assert srp.check_password(identity, password, salt, verifier)


# --- The password without SRP ---------------------------------------------------------------


def test_a_plain_password_is_checked_against_the_verifier():
    salt = secrets.token_bytes(16)
    verifier = srp.make_verifier(USER, PASSWORD, salt)
    assert len(verifier) == 384
    assert srp.check_password(USER, PASSWORD, salt, verifier)
    assert not srp.check_password(USER, PASSWORD + " ", salt, verifier)
    assert not srp.check_password(USER, "", salt, verifier)


def test_a_password_of_half_a_surrogate_pair_is_wrong_and_not_a_crash():
    verifier = srp.make_verifier(USER, PASSWORD, b"s" * 16)
    assert not srp.check_password(USER, "\ud800", b"s" * 16, verifier)


# --- Attacks on A and u ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "public",
    [
        "0",
        "00",
        f"{MODULUS:x}",
        f"{2 * MODULUS:x}",
        f"{MODULUS + 5:x}",
        "",
        "xyz",
        "-1",
        "+1",
        "0x12",
        "1_0",
        " 12",
        "12\n",
        "١٢",
        "f" * 771,
        "0" * 100_000 + "5",
    ],
)
def test_a_client_public_value_outside_the_group_is_refused(public):
    verifier = srp.make_verifier(USER, PASSWORD, b"s" * 16)
    with pytest.raises(InvalidParameter, match="SRP_A"):
        srp.begin(public, verifier, b"b" * 32)


@pytest.mark.parametrize("public", ["5", "0005", "ABC", f"00{MODULUS - 1:x}"])
def test_odd_short_and_padded_forms_of_a_number_of_the_group_are_taken(public):
    exchange, _ = srp.begin(public, srp.make_verifier(USER, "p", b"s"), b"b" * 32)
    assert exchange.client_public == int(public, 16)


def test_u_of_zero_is_refused(monkeypatch):
    monkeypatch.setattr(srp, "_hash_number", lambda *_: 0)
    with pytest.raises(InvalidParameter):
        srp.scrambling_parameter(5, 7)


def test_b_of_the_wrong_size_is_refused():
    with pytest.raises(ValueError, match="256"):
        srp.begin("5", b"v" * 384, b"short")


# --- The remembered exchange ----------------------------------------------------------------


def test_an_exchange_survives_being_remembered():
    exchange, _ = srp.begin("abc", srp.make_verifier(USER, "p", b"s"), secrets.token_bytes(32))
    assert srp.Exchange.from_bytes(exchange.to_bytes()) == exchange


def test_a_state_of_another_length_is_not_an_exchange():
    with pytest.raises(ValueError, match="state"):
        srp.Exchange.from_bytes(b"short")


# --- The claim ------------------------------------------------------------------------------


@pytest.fixture
def true_claim():
    verifier = srp.make_verifier(USER, PASSWORD, b"s" * 16)
    exchange, _ = srp.begin("abcdef", verifier, b"b" * 32)
    key = srp.session_key(exchange, verifier)
    stamp = srp.format_timestamp(NOW)
    return (
        exchange,
        verifier,
        srp.PasswordClaim(b"block", stamp, srp.sign(key, USER, b"block", stamp)),
    )


def test_a_claim_covers_block_timestamp_pool_and_user(true_claim):
    exchange, verifier, claim = true_claim
    assert srp.is_claim_true(exchange, verifier, USER, claim)
    for forged in (
        srp.PasswordClaim(b"other", claim.timestamp, claim.signature),
        srp.PasswordClaim(b"block", "Mon Nov 2 01:02:04 UTC 2026", claim.signature),
        srp.PasswordClaim(b"block", claim.timestamp, b""),
        srp.PasswordClaim(b"block", claim.timestamp, claim.signature[:-1]),
        srp.PasswordClaim(b"block", claim.timestamp, bytes(32)),
    ):
        assert not srp.is_claim_true(exchange, verifier, USER, forged)
    for other in (srp.Identity.of_user("eu-west-1_x", "jane"), srp.Identity("aBcDeF123", "janet")):
        assert not srp.is_claim_true(exchange, verifier, other, claim)


def test_a_claim_fails_after_the_password_was_changed(true_claim):
    exchange, _, claim = true_claim
    assert not srp.is_claim_true(exchange, srp.make_verifier(USER, "new", b"t" * 16), USER, claim)


def test_the_signature_is_compared_in_constant_time(true_claim, monkeypatch):
    compared = []
    monkeypatch.setattr(
        hmac, "compare_digest", lambda left, right: compared.append((left, right)) or True
    )
    exchange, verifier, claim = true_claim
    srp.is_claim_true(exchange, verifier, USER, claim)
    srp.check_password(USER, "guess", b"s" * 16, verifier)
    assert len(compared) == 2


@pytest.mark.parametrize("bad", ["", "é", "A===", "AAA", "AA-_"])
def test_a_claim_that_is_not_base64_is_no_claim(bad):
    good = base64.b64encode(b"x").decode()
    stamp = "Mon Nov 2 01:02:03 UTC 2026"
    assert srp.parse_claim(good, stamp, good) is not None
    if bad:
        assert srp.parse_claim(bad, stamp, good) is None
        assert srp.parse_claim(good, stamp, bad) is None


# --- TIMESTAMP ------------------------------------------------------------------------------


def test_the_timestamp_is_cognitos_form_and_nothing_else():
    assert srp.parse_timestamp("Mon Nov 2 01:02:03 UTC 2026") == NOW
    for wrong in (
        "Mon Nov 02 01:02:03 UTC 2026",
        "Tue Nov 2 01:02:03 UTC 2026",
        "Mon Nov 2 1:02:03 UTC 2026",
        "Mon Nov 2 01:02:03 GMT 2026",
        "mon nov 2 01:02:03 UTC 2026",
        "Mon Foo 2 01:02:03 UTC 2026",
        "Mon Feb 30 01:02:03 UTC 2026",
        "Mon Nov 2 24:02:03 UTC 2026",
        "Mon Nov ٢ 01:02:03 UTC 2026",
        "Mon Nov 2 01:02:03 UTC 0000",
        "Mon Nov 2 01:02:03 UTC 2026\n",
        "2026-11-02T01:02:03Z",
        "\ud800",
        "",
    ):
        assert srp.parse_timestamp(wrong) is None


@pytest.mark.parametrize(
    ("offset", "fresh"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)]
)
def test_a_clock_may_be_five_minutes_off(offset, fresh):
    stamp = srp.format_timestamp(NOW + timedelta(seconds=offset))
    assert srp.is_timestamp_fresh(stamp, NOW) is fresh


# --- The user who does not exist --------------------------------------------------------------


def test_a_simulated_user_is_stable_and_in_the_pools_form():
    first = srp.simulate_user(b"k" * 32, "ghost", generated_usernames=True)
    assert srp.simulate_user(b"k" * 32, "ghost", generated_usernames=True) == first
    assert srp.simulate_user(b"l" * 32, "ghost", generated_usernames=True) != first
    assert uuid.UUID(first.user_id).version == 4
    named = srp.simulate_user(b"k" * 32, "ghost", generated_usernames=False)
    assert named.user_id == "ghost"


def test_a_simulated_verifier_is_a_square_of_the_group_like_real_ones():
    def is_square(verifier: bytes) -> bool:
        return pow(int.from_bytes(verifier), (MODULUS - 1) // 2, MODULUS) == 1

    verifier = srp.simulate_verifier(b"k" * 32)
    assert len(verifier) == 384
    assert verifier == srp.simulate_verifier(b"k" * 32) != srp.simulate_verifier(b"l" * 32)
    assert is_square(verifier)
    assert is_square(srp.make_verifier(USER, PASSWORD, b"s" * 16))


def test_nobody_signs_in_as_a_simulated_user():
    fake = srp.simulate_user(b"k" * 32, "jane", generated_usernames=False)
    assert len(fake.salt) == 16
    assert not sign_in(PASSWORD, fake.salt, srp.simulate_verifier(b"k" * 32))
