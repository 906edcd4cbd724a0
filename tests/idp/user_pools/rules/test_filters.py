from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import InvalidParameter
from idp.user_pools.rules.filters import SEARCHABLE, Filter, parse


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ('family_name = "Reddy"', Filter("family_name", "Reddy")),
        ('given_name ^= "Jon"', Filter("given_name", "Jon", is_prefix=True)),
        ('email="jane@example.com"', Filter("email", "jane@example.com")),
        ('  username  ^=  ""  ', Filter("username", "", is_prefix=True)),
        (r'name = "Jane \"JJ\" Doe"', Filter("name", 'Jane "JJ" Doe')),
        (r'name = "back\\slash \n"', Filter("name", r"back\slash \n")),
        (r'name = "ends in \\"', Filter("name", "ends in \\")),
        ('name = "two\nlines"', Filter("name", "two\nlines")),
        ('cognito:user_status = "Confirmed"', Filter("cognito:user_status", "CONFIRMED")),
        ('status = "Enabled"', Filter("status", "Enabled")),
        ('sub = "x"', Filter("sub", "x")),
    ],
)
def test_filters_of_the_documentation_are_understood(text, parsed):
    assert parse(text) == parsed


def test_every_attribute_that_aws_searches_is_searched():
    assert {
        *("username", "email", "phone_number", "name", "given_name", "family_name"),
        *("preferred_username", "cognito:user_status", "status", "sub"),
    } == SEARCHABLE


@pytest.mark.parametrize(
    "text",
    [
        "username",
        "username = jane",
        'username "jane"',
        'username == "jane"',
        'username != "jane"',
        'username *= "jane"',
        'username = "jane',
        'username = "ja"ne"',
        'username = "jane\\"',
        'username = "a" and email = "b"',
        '= "jane"',
        "username = 'jane'",
        'username = "\x00"',
        'username = "\ud800"',
        "",
    ],
)
def test_what_is_no_filter_cannot_be_parsed(text):
    with pytest.raises(InvalidParameter) as refused:
        parse(text)
    assert refused.value.message == "Error while parsing filter"


@pytest.mark.parametrize(
    "name", ["custom:dept", "address", "Username", "enabled", "email_verified"]
)
def test_other_attributes_cannot_be_searched(name):
    with pytest.raises(InvalidParameter) as refused:
        parse(f'{name} = "x"')
    assert refused.value.message == f"Invalid search attribute: {name}"


STORABLE = st.text().filter(lambda text: "\x00" not in text)


@pytest.mark.parametrize(
    ("value", "end"),
    [
        ("Jane", "Janf"),
        ("a\ud7ff", "a\ue000"),
        ("a\U0010ffff", "b"),
        ("\U0010ffff", None),
        ("", None),
    ],
)
def test_the_end_of_a_prefix_is_the_text_after_all_that_start_with_it(value, end):
    assert Filter("name", value, is_prefix=True).end == end


@given(STORABLE, STORABLE)
def test_a_prefix_is_a_range(prefix, text):
    end = Filter("name", prefix, is_prefix=True).end
    is_within = prefix <= text and (end is None or text < end)
    assert is_within == text.startswith(prefix)


@given(STORABLE)
def test_a_quoted_value_comes_back_whatever_it_holds(value):
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    assert parse(f'name = "{escaped}"') == Filter("name", value)


@given(st.text(alphabet=' ="^\\ab:'))
def test_any_text_is_parsed_or_refused_never_a_crash(text):
    with suppress(InvalidParameter):
        parse(text)
