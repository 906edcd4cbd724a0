"""What pages say where the domain speaks as AWS does."""

from __future__ import annotations

import pytest

from idp import errors
from idp.errors import InvalidPassword
from idp.hosted_ui import wording
from idp.user_pools.rules.passwords import PasswordPolicy, check_password_policy

STRICT = PasswordPolicy.from_settings(
    {
        "MinimumLength": 8,
        "RequireLowercase": True,
        "RequireUppercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
    }
)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "This password is too short."),
        ("HORSE-BATTERY-7", "Add a lower-case letter."),
        ("horse-battery-7", "Add an upper-case letter."),
        ("Horse-battery-x", "Add a number."),
        ("Horsebattery77", "Add a symbol, such as ! or #."),
    ],
)
def test_complaints_about_a_password_say_what_to_do(password: str, sentence: str) -> None:
    with pytest.raises(InvalidPassword) as refused:
        check_password_policy(STRICT, password)
    assert wording.placed(refused.value) == ({"password": sentence}, "")


@pytest.mark.parametrize("password", [" horse-Battery-7", "Hb-7" * 100])
def test_a_malformed_password_is_worded_for_people(password: str) -> None:
    with pytest.raises(errors.InvalidParameter) as refused:
        check_password_policy(STRICT, password)
    assert wording.message(refused.value).startswith("A password has at most 256 characters")


def test_the_words_of_the_sdks_stand_on_no_page() -> None:
    for kind in (errors.UserNotFound, errors.SignUpNotPermitted, errors.BlockedForSecurity):
        assert wording.message(kind()) != kind.default
    for sentence in wording._SENTENCES:
        assert wording.message(errors.InvalidParameter(sentence)) != sentence


def test_a_hidden_user_and_a_wrong_password_read_alike() -> None:
    """Masking raises the same class for both; the page adds nothing to it."""
    assert wording.message(errors.NotAuthorized()) == "Incorrect username or password."
