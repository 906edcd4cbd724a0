from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import IdpError, InvalidParameter, NotAuthorized
from idp.user_pools.rules import attributes, schema

SCHEMA = schema.pool_schema(
    [
        {"Name": "email", "Required": True},
        {"Name": "name", "Required": True},
        {
            "Name": "code",
            "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "4"},
            "Mutable": False,
        },
        {
            "Name": "age",
            "AttributeDataType": "Number",
            "NumberAttributeConstraints": {"MinValue": "0", "MaxValue": "150"},
        },
        {"Name": "member", "AttributeDataType": "Boolean"},
        {"Name": "joined", "AttributeDataType": "DateTime"},
        {"Name": "secret", "DeveloperOnlyAttribute": True},
    ]
)
JANE = {"email": "jane@example.com", "name": "Jane"}
CLIENT = schema.writable_attributes(SCHEMA, {})


def refusal(work, *args, **kwargs) -> str:
    with pytest.raises(InvalidParameter) as refused:
        work(*args, **kwargs)
    return refused.value.message


# --- A new user -----------------------------------------------------------------------------


def test_conforming_attributes_are_stored():
    given = {**JANE, "custom:age": "42", "custom:member": "TRUE", "custom:joined": "2026-01-01"}
    assert attributes.new_attributes(SCHEMA, given, writable=CLIENT) == {
        **given,
        "custom:member": "true",
    }


def test_every_missing_required_attribute_is_named():
    assert refusal(attributes.new_attributes, SCHEMA, {"email": ""}) == (
        "Attributes did not conform to the schema: name: The attribute is required\n"
        "email: The attribute is required\n"
    )
    assert attributes.new_attributes(SCHEMA, {}, require_all=False) == {}
    assert attributes.missing_attributes(SCHEMA, JANE) == []


def test_an_unknown_attribute_has_no_type():
    for name in ("custom:none", "none", "cognito:user_status", "cognito:mfa_enabled", "age"):
        message = refusal(attributes.new_attributes, SCHEMA, {**JANE, name: "x"})
        assert message == (
            "Attributes did not conform to the schema: "
            f"Type for attribute {{{name}}} could not be determined"
        )
        message = refusal(attributes.new_attributes, SCHEMA, {**JANE, name: "x"}, writable=CLIENT)
        assert message == (
            "Attributes did not conform to the schema: "
            f"{name}: Attribute does not exist in the schema.\n"
        )


@pytest.mark.parametrize("name", ["sub", "identities"])
def test_nobody_gives_what_the_pool_manages(name):
    for writable in (None, CLIENT):
        with pytest.raises((InvalidParameter, NotAuthorized)):
            attributes.new_attributes(SCHEMA, {**JANE, name: "x"}, writable=writable)


@pytest.mark.parametrize("name", ["email_verified", "phone_number_verified", "dev:custom:secret"])
def test_a_client_cannot_verify_itself_or_write_developer_attributes(name):
    value = "true" if name.endswith("verified") else "x"
    with pytest.raises(NotAuthorized, match="A client attempted to write unauthorized attribute"):
        attributes.new_attributes(SCHEMA, {**JANE, name: value}, writable=CLIENT)
    assert attributes.new_attributes(SCHEMA, {**JANE, name: value})[name] == value


def test_permission_is_checked_before_any_value():
    with pytest.raises(NotAuthorized):
        attributes.new_attributes(
            SCHEMA, {"email": "broken", "email_verified": "true"}, writable=CLIENT
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("custom:code", "x"),
        ("custom:code", "xxxxx"),
        ("birthdate", "1.1.2000"),
        ("name", "x" * 2049),
        ("name", "nul\x00"),
        ("nickname", "half a pair \ud83d"),
        ("custom:age", "-1"),
        ("custom:age", "151"),
        ("custom:age", "150.5"),
        ("custom:age", "old"),
        ("custom:age", "1e2"),
        ("custom:age", "NaN"),
        ("custom:age", "٤٢"),
        ("custom:age", "9" * 2049),
        ("custom:member", "yes"),
        ("custom:joined", "yesterday"),
        ("updated_at", "-5"),
    ],
)
def test_values_that_break_their_type_or_bounds_are_refused(name, value):
    assert refusal(attributes.new_attributes, SCHEMA, {**JANE, name: value}).startswith(
        f"Attributes did not conform to the schema: {name}: "
    )


# --- Addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["j@e.co", "jane+tag@mail.example.com", "o'hara@x-y.io"])
def test_email_addresses_are_taken(email):
    assert attributes.is_email(email)


@pytest.mark.parametrize(
    "email",
    [
        "jane",
        "jane@",
        "@example.com",
        "jane@@example.com",
        "jane@exa mple.com",
        "jane@example.com\n",
        "jane@example.com\r\nBcc: all@example.com",
        "jane@example.com,john@example.com",
        "Jane <jane@example.com>",
        '"a b"@example.com',
        "jane@-example.com",
        "jane@example..com",
        "jané@example.com",
        "x" * 65 + "@example.com",
        "jane@" + "x." * 130 + "com",
    ],
)
def test_what_is_no_single_address_is_refused(email):
    assert not attributes.is_email(email)
    assert refusal(attributes.new_attributes, SCHEMA, {**JANE, "email": email}) == (
        "Invalid email address format."
    )


@pytest.mark.parametrize("phone", ["+15555550100", "+2904123", "+123456789012345"])
def test_phone_numbers_in_e164_are_taken(phone):
    assert attributes.is_phone_number(phone)


@pytest.mark.parametrize(
    "phone",
    [
        *("15555550100", "+05555550100", "+1 555 555 0100", "+1(555)5550100", "+123456"),
        *("+1234567890123456", "+1555555010\n", "+١٢٣٤٥٦٧٨", "+1555x5550100", "tel:+15555550100"),
    ],
)
def test_other_forms_of_phone_numbers_are_refused(phone):
    assert refusal(attributes.new_attributes, SCHEMA, {**JANE, "phone_number": phone}) == (
        "Invalid phone number format."
    )


# --- Changes --------------------------------------------------------------------------------


def test_a_change_conforms_like_a_new_value():
    assert attributes.changed_attributes(SCHEMA, {"name": "J"}, writable=CLIENT) == {"name": "J"}
    assert "Invalid email" in refusal(attributes.changed_attributes, SCHEMA, {"email": "x"})


def test_an_unknown_attribute_cannot_be_changed():
    assert refusal(attributes.changed_attributes, SCHEMA, {"custom:no": "x"}) == (
        "user.custom:no: Attribute does not exist in the schema.\n"
    )


@pytest.mark.parametrize("name", ["sub", "custom:code"])
def test_an_immutable_attribute_cannot_be_changed_even_by_an_administrator(name):
    message = f"user.{name}: Attribute cannot be updated.\n"
    assert refusal(attributes.changed_attributes, SCHEMA, {name: "xx"}) == message
    assert refusal(attributes.check_deletable, SCHEMA, [name]) == message


def test_a_required_attribute_cannot_be_emptied_or_deleted():
    message = "user.email: Required attribute cannot be deleted.\n"
    assert refusal(attributes.changed_attributes, SCHEMA, {"email": ""}) == message
    assert refusal(attributes.check_deletable, SCHEMA, ["email"]) == message


def test_an_empty_value_deletes_an_attribute():
    changed = attributes.changed_attributes(SCHEMA, {"nickname": "", "custom:age": ""})
    assert attributes.without_empty({**JANE, "nickname": "J", **changed}) == JANE
    attributes.check_deletable(SCHEMA, ["nickname"], writable=CLIENT)


def test_a_client_deletes_only_what_it_may_write():
    with pytest.raises(NotAuthorized):
        attributes.check_deletable(SCHEMA, ["nickname"], writable={"name"})
    with pytest.raises(NotAuthorized):
        attributes.changed_attributes(SCHEMA, {"email_verified": "true"}, writable=CLIENT)


# --- NEW_PASSWORD_REQUIRED ------------------------------------------------------------------


def test_a_challenge_response_completes_required_attributes():
    present = {"email": "jane@example.com"}
    given = {"name": "Jane", "custom:code": "ab"}
    assert attributes.challenge_attributes(SCHEMA, present, given, writable=CLIENT) == given


def test_a_challenge_response_must_complete_them_all():
    message = refusal(attributes.challenge_attributes, SCHEMA, {}, {"name": "Jane"})
    assert message == "Invalid attributes given, email is missing"


def test_a_required_attribute_that_is_there_cannot_be_modified():
    with pytest.raises(NotAuthorized, match="Cannot modify an already provided email"):
        attributes.challenge_attributes(SCHEMA, JANE, {"email": "jane@example.com"})


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"sub": "x"}, NotAuthorized),
        ({"custom:no": "x"}, InvalidParameter),
        ({"custom:code": "cd"}, InvalidParameter),
        ({"email_verified": "true"}, NotAuthorized),
    ],
)
def test_a_challenge_response_is_no_way_around_the_rules(given, error):
    with pytest.raises(error):
        attributes.challenge_attributes(
            SCHEMA, {**JANE, "custom:code": "ab"}, given, writable=CLIENT
        )


@given(st.dictionaries(st.sampled_from([each["Name"] for each in SCHEMA]), st.text()))
def test_any_value_is_taken_or_refused_never_a_crash(values):
    for work in (attributes.new_attributes, attributes.changed_attributes):
        with suppress(IdpError):
            work(SCHEMA, values)
