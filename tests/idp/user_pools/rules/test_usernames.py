from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import InvalidParameter
from idp.user_pools.rules import usernames

SUB = "2c3bd1a0-4b5c-4d6e-8f70-8192a3b4c5d6"
SENSITIVE = {"UsernameConfiguration": {"CaseSensitive": True}}
INSENSITIVE = {"UsernameConfiguration": {"CaseSensitive": False}}
BY_EMAIL = {"UsernameAttributes": ["email"], **INSENSITIVE}
BY_EITHER = {"UsernameAttributes": ["phone_number", "email"], **INSENSITIVE}
ALIASES = {"AliasAttributes": ["email", "phone_number", "preferred_username"], **INSENSITIVE}
VERIFIED = {"email": "Jane@Example.com", "email_verified": "true"}


# --- When two names are the same ------------------------------------------------------------


def test_case_matters_only_where_the_pool_says_so():
    assert usernames.normalise("Jane", SENSITIVE) == "Jane"
    assert usernames.normalise("Jane", {}) == "Jane", "true is the default value"
    assert usernames.normalise("Jane", INSENSITIVE) == usernames.normalise("jANE", INSENSITIVE)


@pytest.mark.parametrize("alike", [("ﬁona", "fiona"), ("１２３", "123"), ("é", "e\u0301")])
def test_compatibility_characters_make_no_second_name(alike):
    for settings in (SENSITIVE, INSENSITIVE):
        first, second = (usernames.normalise(name, settings) for name in alike)
        assert first == second


@pytest.mark.parametrize("alike", [("Straße", "STRASSE"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("K", "k")])
def test_folding_goes_beyond_lower_case(alike):
    first, second = (usernames.normalise(name, INSENSITIVE) for name in alike)
    assert first == second


@pytest.mark.parametrize("name", ["jane\x00", "\ud800"])
def test_a_name_that_no_database_takes_can_still_be_looked_up(name):
    for settings in (SENSITIVE, INSENSITIVE):
        assert usernames.normalise(name, settings) == name[:-1] + "\ufffd"


@given(st.text())
def test_normalising_twice_changes_nothing(name):
    for settings in (SENSITIVE, INSENSITIVE):
        once = usernames.normalise(name, settings)
        assert usernames.normalise(once, settings) == once


@given(st.text())
def test_upper_and_lower_case_are_the_same_name(name):
    folded = usernames.normalise(name, INSENSITIVE)
    assert usernames.normalise(name.casefold(), INSENSITIVE) == folded


# --- New users ------------------------------------------------------------------------------


def test_a_chosen_username_is_kept_as_typed():
    assert usernames.new_user({}, "Jane", SUB, {"name": "J"}) == ("Jane", {"name": "J"})


def test_a_pool_of_addresses_generates_usernames_and_fills_the_address():
    assert usernames.new_user(BY_EMAIL, "jane@example.com", SUB, {}) == (
        SUB,
        {"email": "jane@example.com"},
    )
    assert usernames.new_user(BY_EITHER, "+15555550100", SUB, {}) == (
        SUB,
        {"phone_number": "+15555550100"},
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (BY_EMAIL, "Username should be an email."),
        ({"UsernameAttributes": ["phone_number"]}, "Username should be a phone number."),
        (BY_EITHER, "Username should be either an email or a phone number."),
    ],
)
def test_a_pool_of_addresses_takes_nothing_else(settings, message):
    with pytest.raises(InvalidParameter) as refused:
        usernames.new_user(settings, "jane", SUB, {})
    assert refused.value.message == message


def test_the_address_attribute_cannot_contradict_the_username():
    with pytest.raises(InvalidParameter):
        usernames.new_user(BY_EMAIL, "jane@example.com", SUB, {"email": "victim@example.com"})


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("jane@example.com", "email"),
        ("+15555550100", "phone number"),
        ("ｊane@example.com", "email"),
        ("＋15555550100", "phone number"),
    ],
)
def test_a_username_that_looks_like_an_alias_is_refused(typed, words):
    for attempt in (
        lambda: usernames.new_user(ALIASES, typed, SUB, {}),
        lambda: usernames.check_preferred_username(ALIASES, typed),
    ):
        with pytest.raises(InvalidParameter) as refused:
            attempt()
        assert refused.value.message == (
            f"Username cannot be of {words} format, since user pool is configured for "
            f"{words} alias."
        )
    assert usernames.new_user({}, typed, SUB, {})[0] == typed


# --- Sign-in names --------------------------------------------------------------------------


def test_without_aliases_only_the_username_signs_in():
    names = usernames.sign_in_names(INSENSITIVE, "Jane", "CONFIRMED", VERIFIED)
    assert names == {("username", "jane")}


def test_an_address_is_an_alias_once_it_is_verified():
    unverified = {**VERIFIED, "email_verified": "false"}
    assert usernames.sign_in_names(ALIASES, "jane", "CONFIRMED", unverified) == {
        ("username", "jane")
    }
    assert usernames.sign_in_names(ALIASES, "jane", "CONFIRMED", VERIFIED) == {
        ("username", "jane"),
        ("email", "jane@example.com"),
    }


def test_an_address_that_is_the_username_signs_in_from_the_start():
    names = usernames.sign_in_names(BY_EMAIL, SUB, "UNCONFIRMED", {"email": "Jane@Example.com"})
    assert names == {("username", SUB), ("email", "jane@example.com")}


def test_a_preferred_username_waits_for_confirmation():
    attributes = {"preferred_username": "JJ"}
    for status, extra in (("UNCONFIRMED", set()), ("CONFIRMED", {("preferred_username", "jj")})):
        names = usernames.sign_in_names(ALIASES, "jane", status, attributes)
        assert names == {("username", "jane")} | extra


def test_a_name_is_listed_once_and_the_username_wins():
    names = usernames.sign_in_names(ALIASES, "jj", "CONFIRMED", {"preferred_username": "JJ"})
    assert names == {("username", "jj")}


# --- sub ------------------------------------------------------------------------------------


def test_a_sub_is_a_random_uuid():
    made = usernames.new_user_id(b"\xff" * 16)
    assert uuid.UUID(made).version == 4
    assert usernames.may_be_sub(made)
    for other in ("jane", SUB.upper(), SUB + "\n", "{" + SUB + "}", SUB.replace("-", "")):
        assert not usernames.may_be_sub(other)


def test_a_missing_user_is_simulated_in_the_form_of_those_who_exist():
    assert usernames.simulates_generated_username(BY_EMAIL, "ghost@example.com")
    assert usernames.simulates_generated_username(ALIASES, "ghost@example.com")
    assert not usernames.simulates_generated_username(ALIASES, "ghost")
    assert not usernames.simulates_generated_username({}, "ghost@example.com")
