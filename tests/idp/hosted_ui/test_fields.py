"""How a pool's settings become form fields."""

from __future__ import annotations

from typing import Any

import pytest

from idp.hosted_ui import fields
from idp.models import UserPool
from idp.user_pools.rules import schema
from idp.user_pools.rules.passwords import PasswordPolicy


def pool(**settings: Any) -> UserPool:
    given = settings.pop("Schema", [])
    return UserPool(settings=settings, schema=schema.pool_schema(given))


@pytest.mark.parametrize(
    ("settings", "label", "kind"),
    [
        ({}, "Username", "text"),
        ({"UsernameAttributes": ["email"]}, "Email", "email"),
        ({"UsernameAttributes": ["phone_number"]}, "Phone number", "tel"),
        ({"UsernameAttributes": ["phone_number", "email"]}, "Email or phone number", "text"),
        ({"AliasAttributes": ["email"]}, "Username or email", "text"),
        ({"AliasAttributes": ["preferred_username"]}, "Username", "text"),
        (
            {"AliasAttributes": ["phone_number", "email"]},
            "Username, email or phone number",
            "text",
        ),
    ],
)
def test_people_are_asked_for_the_names_that_the_pool_knows(
    settings: dict[str, Any], label: str, kind: str
) -> None:
    field = fields.sign_in_name(pool(**settings))
    assert (field.name, field.label, field.type) == ("username", label, kind)
    assert field.autocomplete == "username"


def test_an_alias_is_no_name_for_a_new_account() -> None:
    assert fields.new_username(pool(AliasAttributes=["email"])).label == "Username"


def test_sign_up_asks_for_required_attributes_and_the_address_to_verify() -> None:
    required = {"AttributeDataType": "String", "Required": True, "Mutable": True}
    made = pool(
        AutoVerifiedAttributes=["email", "phone_number"],
        Schema=[{"Name": "given_name", **required}],
    )
    assert fields.sign_up_attributes(made) == ["given_name", "email"]
    (first, second) = fields.attribute_fields(fields.sign_up_attributes(made))
    assert (first.name, first.label) == ("attribute:given_name", "First name")
    assert (second.name, second.type) == ("attribute:email", "email")


def test_the_username_is_not_asked_for_twice() -> None:
    required = {"AttributeDataType": "String", "Required": True, "Mutable": True}
    made = pool(
        UsernameAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        Schema=[{"Name": "email", **required}],
    )
    assert fields.sign_up_attributes(made) == []


@pytest.mark.parametrize(
    ("policy", "rules"),
    [
        (
            PasswordPolicy(),
            [
                "At least 8 characters",
                "An upper-case letter",
                "A lower-case letter",
                "A number",
                "A symbol",
            ],
        ),
        (PasswordPolicy(12, False, False, False, False), ["At least 12 characters"]),
        (
            PasswordPolicy(6, False, False, True, False),
            ["At least 6 characters", "A number"],
        ),
    ],
)
def test_the_password_policy_is_told_in_words(policy: PasswordPolicy, rules: list[str]) -> None:
    assert [rule.text for rule in fields.password_rules(policy)] == rules
