"""Wildcards and policy variables."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.iam.policy.patterns import ArnPattern, Pattern, Unresolved, tokens


def matches(pattern: str, text: str, **variables: str) -> bool:
    values = {name.replace("_", ":"): (value,) for name, value in variables.items()}
    return Pattern(tokens(pattern)).matches(text, values)


def arn_matches(pattern: str, text: str, **variables: str) -> bool:
    values = {name.replace("_", ":"): (value,) for name, value in variables.items()}
    return ArnPattern(tokens(pattern)).matches(text, values)


@given(st.text("ab*?.\n", max_size=8), st.text("ab*?.\n", max_size=10))
@settings(deadline=None, max_examples=500)
def test_wildcards_agree_with_their_regular_expression(pattern: str, text: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)
    assert matches(pattern, text) == bool(re.fullmatch(expression, text, re.DOTALL))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*a" * 1000 + "b", "a" * 2000),
        ("*a?" * 600 + "b", "a" * 2000),
        ("?*" * 1000 + "b", "a" * 2000),
        ("*" * 2000 + "b", "a" * 2000),
        ("a" * 1000 + "*" + "?" * 1000 + "*b", "a" * 2000),
    ],
)
def test_no_pattern_takes_long(pattern: str, text: str) -> None:
    started = time.thread_time()
    assert not matches(pattern, text)
    assert time.thread_time() - started < 1


def test_a_variable_is_the_requests_value() -> None:
    assert matches("home/${aws:username}/*", "home/ada/x", aws_username="ada")
    assert not matches("home/${aws:username}/*", "home/eve/x", aws_username="ada")
    assert matches("home/${AWS:UserName}", "home/ada", aws_username="ada")


def test_a_wildcard_in_a_variables_value_is_a_literal_character() -> None:
    assert not matches("home/${aws:username}", "home/ada", aws_username="*")
    assert not matches("home/${aws:username}", "home/ada", aws_username="a?a")
    assert not matches("home/${aws:username}", "home/ada", aws_username="${aws:username}")
    assert matches("home/${aws:username}", "home/*", aws_username="*")


def test_a_variable_without_a_single_value_resolves_to_nothing() -> None:
    with pytest.raises(Unresolved):
        matches("home/${aws:username}", "home/")
    with pytest.raises(Unresolved):
        Pattern(tokens("${aws:tags}")).matches("a", {"aws:tags": ("a", "b")})
    assert matches("home/${aws:username, 'nobody'}", "home/nobody")
    assert matches("home/${aws:username, 'nobody'}", "home/ada", aws_username="ada")


def test_special_characters_can_be_written_as_variables() -> None:
    assert matches("a${*}b${?}c${$}", "a*b?c$")
    assert not matches("a${*}b", "axb")


def test_variables_stay_literal_where_the_version_has_none() -> None:
    pattern = Pattern(tokens("home/${aws:username}", has_variables=False))
    assert pattern.matches("home/${aws:username}", {"aws:username": ("ada",)})


ARN = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_Ab"


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        ARN,
        "arn:aws:cognito-idp:*:*:userpool/*",
        "arn:aws:cognito-idp:us-*:????????????:*",
        "arn:aws:cognito-idp",
        "arn:aws:cognito-idp:us-east-1:*",
    ],
)
def test_arns_match_part_by_part(pattern: str) -> None:
    assert arn_matches(pattern, ARN)


@pytest.mark.parametrize(
    "pattern",
    [
        "arn:aws:cognito-idp:*:userpool/*",
        "arn:aws:c*1_Ab",
        "arn:*Ab:x",
        "arn:aws:cognito-idp:*:*:USERPOOL/*",
        "arn:aws:s3",
        ARN + "c",
    ],
)
def test_no_wildcard_reaches_over_a_colon(pattern: str) -> None:
    assert not arn_matches(pattern, ARN.replace("userpool/us-east-1_Ab", "x:userpool/us-east-1_Ab"))


def test_the_resource_part_may_hold_colons() -> None:
    assert arn_matches("arn:aws:lambda:*:*:function:*", "arn:aws:lambda:r:1:function:name:alias")


def test_a_colon_in_a_variables_value_does_not_shift_the_parts() -> None:
    arn = "arn:aws:s3:r:1:bucket"
    assert arn_matches("arn:aws:s3:r:${aws:id}:bucket", arn, aws_id="1")
    assert not arn_matches("arn:aws:${aws:id}:1:bucket", arn, aws_id="s3:r")


def test_a_call_without_a_resource_needs_a_star() -> None:
    assert arn_matches("*", "*")
    assert not arn_matches("arn:aws:cognito-idp:*:*:*", "*")
