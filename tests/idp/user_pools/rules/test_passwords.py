from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.errors import IdpError, InvalidParameter, InvalidPassword
from idp.user_pools.rules import passwords
from idp.user_pools.rules.passwords import PasswordPolicy, check_password_policy
from kernel.clock import Randomness

STRICT = PasswordPolicy()
LAX = PasswordPolicy.from_settings({"MinimumLength": 6})


@pytest.mark.parametrize("password", ["Abcdef1!", "ABCdef1 x", "Aa1" + "~" * 253, "パスワードAa1-"])
def test_conforming_passwords_pass(password):
    check_password_policy(STRICT, password)


@pytest.mark.parametrize(
    ("password", "complaint"),
    [
        ("Test!2", "Password not long enough"),
        ("12341234", "Password must have lowercase characters"),
        ("abcd1234!", "Password must have uppercase characters"),
        ("TestTest", "Password must have numeric characters"),
        ("TestTest1", "Password must have symbol characters"),
        ("éÉ123456!", "Password must have lowercase characters"),
        ("Testtest٣!", "Password must have numeric characters"),
        ("TestTest1€", "Password must have symbol characters"),
    ],
)
def test_the_first_complaint_is_in_awss_order_and_words(password, complaint):
    with pytest.raises(InvalidPassword) as refused:
        check_password_policy(STRICT, password)
    assert refused.value.message == f"Password did not conform with policy: {complaint}"


@pytest.mark.parametrize("symbol", "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-")
def test_every_documented_symbol_counts(symbol):
    check_password_policy(STRICT, f"Abcdef1{symbol}")


def test_an_inner_space_is_a_symbol_but_an_outer_one_is_refused():
    check_password_policy(STRICT, "Abc def1")
    for outer in (" Abcdef1!", "Abcdef1! ", "\tAbcdef1!", "Abcdef1!\n", "        ", ""):
        with pytest.raises(InvalidParameter, match="regular expression"):
            check_password_policy(STRICT, outer)


def test_257_characters_are_too_many():
    check_password_policy(LAX, "x" * 256)
    with pytest.raises(InvalidParameter, match="less than or equal to 256"):
        check_password_policy(LAX, "x" * 257)


def test_requirements_left_out_of_a_given_policy_are_off():
    check_password_policy(LAX, "xxxxxx")
    with pytest.raises(InvalidPassword, match="not long enough"):
        check_password_policy(LAX, "xxxxx")


def test_a_pool_without_a_policy_has_awss_default():
    assert PasswordPolicy.from_settings(None) == PasswordPolicy(8, True, True, True, True, 7, 0)


@given(st.text(max_size=300))
def test_any_text_is_taken_or_refused_never_a_crash(text):
    with suppress(IdpError):
        check_password_policy(STRICT, text)


# --- Temporary passwords --------------------------------------------------------------------


@settings(max_examples=50)
@given(st.integers(6, 99), st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_generated_password_satisfies_any_policy(length, flags):
    policy = PasswordPolicy(length, *flags)
    password = passwords.generate_temporary_password(policy, Randomness())
    check_password_policy(policy, password)
    assert len(password) == max(16, length)


def test_generated_passwords_differ_and_avoid_look_alikes():
    made = {passwords.generate_temporary_password(STRICT, Randomness()) for _ in range(100)}
    assert len(made) == 100
    assert not set("".join(made)) & set("0O1lIio<>&\"' ")


def test_generation_ends_even_with_stuck_randomness():
    stuck = Randomness(bytes=bytes)
    check_password_policy(STRICT, passwords.generate_temporary_password(STRICT, stuck))


def test_temporary_passwords_expire_after_their_days():
    since = datetime(2026, 1, 1, tzinfo=UTC)
    policy = PasswordPolicy.from_settings({"TemporaryPasswordValidityDays": 2})
    late = since + timedelta(days=2)
    assert not passwords.has_temporary_password_expired(policy, since, late - timedelta(seconds=1))
    assert passwords.has_temporary_password_expired(policy, since, late)


def test_a_validity_of_zero_days_means_seven():
    policy = PasswordPolicy.from_settings({"TemporaryPasswordValidityDays": 0})
    assert policy.temporary_password_validity_days == 7


# --- argon2id -------------------------------------------------------------------------------


def test_a_hash_verifies_its_password_alone():
    hashed = passwords.hash_password("Correct-horse-1", b"s" * 16)
    assert hashed.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert passwords.verify_password_hash(hashed, "Correct-horse-1")
    assert not passwords.verify_password_hash(hashed, "correct-horse-1")
    assert not passwords.verify_password_hash(hashed, "\ud800")


@pytest.mark.parametrize("broken", ["", "plain", "$argon2id$v=19$m=8,t=1,p=1$", "$2b$12$abc"])
def test_what_is_not_an_argon2_hash_verifies_nothing(broken):
    assert not passwords.verify_password_hash(broken, broken)
