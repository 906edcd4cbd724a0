from __future__ import annotations

from typing import Any

import pytest

from idp.user_pools.rules import second_factors as factors
from idp.user_pools.rules.second_factors import EMAIL, SMS, SOFTWARE_TOKEN, Means, Need, Question

ALL = (SMS, EMAIL, SOFTWARE_TOKEN)
PASSWORD = ("PASSWORD",)
PHONE = {"phone_number": "+15555550123"}
BOTH = {**PHONE, "email": "ada@example.com"}


def asked(
    need: Need,
    *enabled: str,
    offered: tuple[str, ...] = ALL,
    attributes: dict[str, str] | None = None,
    token: bool = False,
    preferred: str | None = None,
    proved: tuple[str, ...] = PASSWORD,
) -> Question:
    preferences: dict[str, Any] = {"enabled": list(enabled)}
    if preferred:
        preferences["preferred"] = preferred
    return factors.question(need, offered, preferences, Means(attributes or {}, token), proved)


def test_optional_asks_nobody_who_turned_nothing_on() -> None:
    assert asked(Need.IF_CHOSEN, attributes=BOTH, token=True) == Question()


def test_optional_asks_for_what_the_user_turned_on() -> None:
    assert asked(Need.IF_CHOSEN, SMS, attributes=BOTH) == Question(factor=SMS)


def test_preferred_factor_is_asked_for_at_once() -> None:
    question = asked(Need.ALWAYS, *ALL, attributes=BOTH, token=True, preferred=EMAIL)
    assert question == Question(factor=EMAIL)


def test_several_factors_without_a_preference_are_chosen_from() -> None:
    question = asked(Need.IF_CHOSEN, SMS, SOFTWARE_TOKEN, attributes=BOTH, token=True)
    assert question == Question(choices=(SMS, SOFTWARE_TOKEN))


def test_required_asks_the_phone_of_a_user_who_turned_nothing_on() -> None:
    assert asked(Need.ALWAYS, attributes=PHONE) == Question(factor=SMS)
    assert asked(Need.ALWAYS, attributes=BOTH) == Question(choices=(SMS, EMAIL))


def test_what_the_user_turned_on_is_not_replaced_by_something_weaker() -> None:
    question = asked(Need.ALWAYS, SOFTWARE_TOKEN, attributes=BOTH, token=True)
    assert question == Question(factor=SOFTWARE_TOKEN)


def test_required_lets_a_user_without_means_set_one_up() -> None:
    assert asked(Need.ALWAYS) == Question(set_up=ALL)


def test_factor_that_the_pool_no_longer_has_is_not_asked_for() -> None:
    question = asked(Need.IF_CHOSEN, SOFTWARE_TOKEN, offered=(SMS,), token=True)
    assert question == Question()


def test_same_channel_is_not_asked_twice() -> None:
    """A code to the mailbox that the first one went to proves nothing more."""
    emailed = ("EMAIL_OTP",)
    assert asked(Need.ALWAYS, attributes=BOTH, proved=emailed) == Question(factor=SMS)
    assert asked(Need.IF_CHOSEN, EMAIL, attributes=BOTH, proved=emailed).refused
    assert asked(Need.ALWAYS, EMAIL, attributes=BOTH, proved=emailed).refused
    only = asked(Need.ALWAYS, offered=(EMAIL,), attributes=BOTH, proved=emailed)
    assert only.refused


def test_risk_asks_whoever_could_use_a_factor() -> None:
    assert asked(Need.IF_POSSIBLE, attributes=PHONE) == Question(factor=SMS)
    assert asked(Need.IF_POSSIBLE) == Question()
    assert asked(Need.ALWAYS_AT_ONCE, token=True) == Question(factor=SOFTWARE_TOKEN)
    assert asked(Need.ALWAYS_AT_ONCE).refused


@pytest.mark.parametrize(
    ("configuration", "enabled", "proved", "is_enough"),
    [
        ("MULTI_FACTOR_WITH_USER_VERIFICATION", ["WEB_AUTHN"], ("WEB_AUTHN_VERIFIED",), True),
        ("MULTI_FACTOR_WITH_USER_VERIFICATION", ["WEB_AUTHN"], ("WEB_AUTHN",), False),
        ("MULTI_FACTOR_WITH_USER_VERIFICATION", [], ("WEB_AUTHN_VERIFIED",), False),
        ("MULTI_FACTOR_WITH_USER_VERIFICATION", ["WEB_AUTHN"], ("PASSWORD",), False),
        ("SINGLE_FACTOR", ["WEB_AUTHN"], ("WEB_AUTHN_VERIFIED",), False),
    ],
)
def test_passkey_is_enough_where_pool_and_user_say_so(
    configuration: str, enabled: list[str], proved: tuple[str, ...], is_enough: bool
) -> None:
    settings = {"WebAuthnConfiguration": {"FactorConfiguration": configuration}}
    assert factors.after_first(proved, settings, {"enabled": enabled}) is is_enough
