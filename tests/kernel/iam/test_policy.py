"""Policy documents: what is refused when stored, and what is allowed when asked."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.iam.errors import MalformedPolicyDocument
from kernel.iam.policy import FULL_ACCESS, Decision, Question, compile_policy, evaluate

POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_A"
READ = "cognito-idp:DescribeUserPool"
ALLOWED, DENIED, NOT_ALLOWED = Decision.ALLOWED, Decision.DENIED, Decision.NOT_ALLOWED


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    named = {"Action", "NotAction"} & elements.keys()
    about = {"Resource", "NotResource"} & elements.keys()
    whole = {"Effect": effect, **elements}
    return {
        **whole,
        **({} if named else {"Action": "*"}),
        **({} if about else {"Resource": "*"}),
    }


def ask(
    *statements: dict[str, Any], action: str = READ, resource: str = POOL, **context: Any
) -> Decision:
    policy = compile_policy({"Version": "2012-10-17", "Statement": list(statements)})
    keys = {name.replace("_", ":", 1): value for name, value in context.items()}
    return evaluate([policy], Question(action, resource, keys))


def allows(operator: str, values: Any, **context: Any) -> bool:
    """Whether a statement with that condition on aws:key holds."""
    return ask(statement(Condition={operator: {"aws:key": values}}), **context) is ALLOWED


def test_nothing_is_allowed_by_default() -> None:
    assert evaluate([], Question(READ, POOL)) is NOT_ALLOWED
    assert ask(statement(Action="cognito-idp:ListUsers")) is NOT_ALLOWED


def test_full_access_allows_everything() -> None:
    for action, resource in ((READ, POOL), ("iam:CreateRole", "*")):
        assert evaluate([compile_policy(FULL_ACCESS)], Question(action, resource)) is ALLOWED


@pytest.mark.parametrize(
    "action",
    [
        READ,
        "cognito-idp:*",
        "cognito-idp:Describe*",
        "COGNITO-IDP:describeuserpool",
        "cognito-idp:DescribeUserPoo?",
    ],
)
def test_actions_match_by_wildcard_in_any_case(action: str) -> None:
    assert ask(statement(Action=action)) is ALLOWED
    assert ask(statement(Action=["iam:GetUser", action])) is ALLOWED


def test_an_explicit_deny_wins_wherever_it_stands() -> None:
    for order in ((0, 1), (1, 0)):
        both = [statement(), statement("Deny", Action="cognito-idp:Describe*")]
        assert ask(*(both[i] for i in order)) is DENIED
    policies = [compile_policy(FULL_ACCESS), compile_policy({"Statement": [statement("Deny")]})]
    assert evaluate(policies, Question(READ, POOL)) is DENIED


def test_not_action_is_about_every_other_action() -> None:
    others = statement(NotAction=["iam:*", "cognito-idp:Delete*"])
    assert ask(others) is ALLOWED
    assert ask(others, action="cognito-idp:DeleteUserPool") is NOT_ALLOWED
    assert ask(statement(), statement("Deny", NotAction="iam:*")) is DENIED


def test_resources_match_by_case_and_by_part() -> None:
    assert ask(statement(Resource="arn:aws:cognito-idp:*:*:userpool/*")) is ALLOWED
    assert ask(statement(Resource=POOL.replace("_A", "_a"))) is NOT_ALLOWED
    assert ask(statement(Resource=POOL + "b")) is NOT_ALLOWED


def test_not_resource_is_about_every_other_resource() -> None:
    assert ask(statement(NotResource=POOL)) is NOT_ALLOWED
    assert ask(statement(NotResource=POOL + "b")) is ALLOWED


def test_variables_in_resources_are_the_requests_values() -> None:
    own = statement(Resource="arn:aws:cognito-idp:*:*:userpool/${aws:username}")
    assert ask(own, aws_username="us-east-1_A") is ALLOWED
    assert ask(own, aws_username="*") is NOT_ALLOWED
    assert ask(own) is NOT_ALLOWED


def test_a_variable_without_a_value_allows_nothing() -> None:
    unknown = "arn:aws:cognito-idp:*:*:userpool/${aws:username}"
    assert ask(statement(NotResource=unknown)) is NOT_ALLOWED
    condition = {"StringNotEquals": {"aws:key": "${aws:username}"}}
    assert ask(statement(Condition=condition), aws_key="x") is NOT_ALLOWED
    assert ask(statement(), statement("Deny", Condition=condition), aws_key="x") is DENIED


def test_conditions_must_all_hold() -> None:
    both = {"StringEquals": {"aws:a": "1", "aws:b": ["2", "3"]}}
    assert ask(statement(Condition=both), aws_a="1", aws_b="3") is ALLOWED
    assert ask(statement(Condition=both), aws_a="1", aws_b="4") is NOT_ALLOWED
    assert ask(statement(Condition=both), aws_a="1") is NOT_ALLOWED


@pytest.mark.parametrize(
    ("operator", "values", "fitting", "other"),
    [
        ("StringEquals", "Ada", "Ada", "ada"),
        ("StringEquals", "A*", "A*", "Ada"),
        ("StringEqualsIgnoreCase", "Ada", "aDA", "Ad"),
        ("StringLike", ["A?a", "B*"], "Ada", "Adda"),
        ("NumericEquals", "10", "10.0", "11"),
        ("NumericLessThan", 10, "9.5", "10"),
        ("NumericLessThanEquals", 10, "10", "10.01"),
        ("NumericGreaterThan", 10, "100", "10"),
        ("NumericGreaterThanEquals", 10, "10", "9"),
        ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:01Z"),
        ("DateLessThan", "2026-01-01T00:00:00Z", "1000000000", "2026-06-01T00:00:00Z"),
        ("DateLessThanEquals", "2026-01-01", "2026-01-01T00:00:00Z", "2026-01-02"),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "2025-06-01T00:00:00Z"),
        ("DateGreaterThanEquals", "1000000000", "1000000000", "999999999"),
        ("Bool", True, "true", "false"),
        ("Bool", "False", "false", "true"),
        ("BinaryEquals", "QUI=", "QUI=", "QUM="),
        ("IpAddress", ["10.0.0.0/8", "2001:db8::/32"], "10.1.2.3", "11.1.2.3"),
        ("IpAddress", "10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.1.2.3"),
        ("IpAddress", "10.1.2.3", "10.1.2.3", "2001:db8::1"),
        ("ArnEquals", "arn:aws:iam::*:user/*", "arn:aws:iam::1:user/a", "arn:aws:iam::1:role/a"),
        ("ArnLike", "arn:aws:iam::1:*", "arn:aws:iam::1:root", "arn:aws:iam::2:root"),
    ],
)
def test_operators_hold_for_what_fits_alone(operator, values, fitting, other) -> None:
    assert allows(operator, values, aws_key=fitting)
    assert not allows(operator, values, aws_key=other)
    assert not allows(operator, values, aws_key="nonsense")
    assert not allows(operator, values)
    assert allows(operator + "IfExists", values)
    assert not allows(operator + "IfExists", values, aws_key=other)


@pytest.mark.parametrize(
    ("operator", "values", "fitting", "other"),
    [
        ("StringNotEquals", ["a", "b"], "c", "b"),
        ("StringNotEqualsIgnoreCase", "a", "b", "A"),
        ("StringNotLike", "a*", "b", "ab"),
        ("NumericNotEquals", 1, "2", "1.0"),
        ("DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("NotIpAddress", "10.0.0.0/8", "11.0.0.1", "10.0.0.1"),
        ("ArnNotEquals", "arn:aws:iam::1:*", "arn:aws:iam::2:root", "arn:aws:iam::1:root"),
        ("ArnNotLike", "arn:aws:iam::1:*", "arn:aws:iam::2:root", "arn:aws:iam::1:root"),
    ],
)
def test_negated_operators_hold_for_what_no_value_names(operator, values, fitting, other) -> None:
    assert allows(operator, values, aws_key=fitting)
    assert not allows(operator, values, aws_key=other)
    assert allows(operator, values)


def test_condition_keys_have_no_case() -> None:
    condition = {"StringEquals": {"AWS:SourceIP": "1"}}
    assert ask(statement(Condition=condition), aws_SourceIp="1") is ALLOWED


def test_values_of_conditions_may_be_variables() -> None:
    assert allows("StringLike", "${aws:username}-*", aws_key="ada-1", aws_username="ada")
    assert not allows("StringLike", "${aws:username}-*", aws_key="eve-1", aws_username="ada")


def test_null_asks_whether_a_key_is_missing() -> None:
    assert allows("Null", "true")
    assert not allows("Null", "true", aws_key="x")
    assert allows("Null", False, aws_key="x")
    assert not allows("Null", "false")


def test_set_operators_look_at_every_value_of_the_request() -> None:
    both = ["a", "b"]
    assert allows("ForAllValues:StringEquals", both, aws_key=["a", "b"])
    assert not allows("ForAllValues:StringEquals", both, aws_key=["a", "c"])
    assert allows("ForAllValues:StringEquals", both)
    assert allows("ForAnyValue:StringEquals", both, aws_key=["c", "b"])
    assert not allows("ForAnyValue:StringEquals", both, aws_key=["c"])
    assert not allows("ForAnyValue:StringEquals", both)
    assert allows("ForAllValues:StringNotEquals", both, aws_key=["c", "d"])
    assert not allows("ForAllValues:StringNotEquals", both, aws_key=["c", "a"])
    assert allows("ForAnyValue:StringNotEquals", both, aws_key=["c", "a"])
    assert not allows("ForAnyValue:StringNotEquals", both)
    assert allows("ForAnyValue:StringLikeIfExists", both)


STATEMENT = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (None, "Syntax errors"),
        ("{}", "Syntax errors"),
        ([], "Syntax errors"),
        ({}, "Syntax errors"),
        ({"Statement": []}, "Syntax errors"),
        ({"Statement": ["x"]}, "Syntax errors"),
        ({"Statement": STATEMENT, "Extra": 1}, "Syntax errors"),
        ({"Statement": STATEMENT, "Version": "2020-01-01"}, "version"),
        ({"Statement": STATEMENT, "Version": ["2012-10-17"]}, "version"),
        ({"Statement": {**STATEMENT, "Effect": "allow"}}, "Invalid effect"),
        ({"Statement": {"Action": "*", "Resource": "*"}}, "Invalid effect"),
        ({"Statement": {"Effect": "Allow", "Resource": "*"}}, "must contain actions"),
        ({"Statement": {"Effect": "Allow", "Action": "*"}}, "must contain resources"),
        ({"Statement": {**STATEMENT, "Action": []}}, "must contain actions"),
        ({"Statement": {**STATEMENT, "NotAction": "*"}}, "already has instance of Action"),
        ({"Statement": {**STATEMENT, "NotResource": "*"}}, "already has instance of Resource"),
        ({"Statement": {**STATEMENT, "Action": "DescribeUserPool"}}, "prefaced by a vendor"),
        ({"Statement": {**STATEMENT, "Action": "cognito-idp:"}}, "prefaced by a vendor"),
        ({"Statement": {**STATEMENT, "Action": "a:b\n"}}, "prefaced by a vendor"),
        ({"Statement": {**STATEMENT, "Action": 1}}, "Syntax errors"),
        ({"Statement": {**STATEMENT, "Resource": "userpool/x"}}, "ARN format"),
        ({"Statement": {**STATEMENT, "Resource": [{}]}}, "Syntax errors"),
        ({"Statement": {**STATEMENT, "Principal": "*"}}, "should not specify a principal"),
        ({"Statement": {**STATEMENT, "Typo": "*"}}, "Syntax errors"),
        ({"Statement": {**STATEMENT, "Sid": "a b"}}, "alpha-numeric"),
        ({"Statement": [{**STATEMENT, "Sid": "a"}] * 2}, "must be unique"),
        ({"Statement": {**STATEMENT, "Condition": []}}, "Syntax errors"),
        ({"Statement": {**STATEMENT, "Condition": {"Bool": []}}}, "Syntax errors"),
        ({"Statement": {**STATEMENT, "Condition": {"Bool": {"aws:x": []}}}}, "Syntax errors"),
        (
            {"Statement": {**STATEMENT, "Condition": {"Like": {"aws:x": "1"}}}},
            "Condition type : Like",
        ),
        (
            {"Statement": {**STATEMENT, "Condition": {"ForSome:Bool": {"aws:x": "1"}}}},
            "Condition type",
        ),
        (
            {"Statement": {**STATEMENT, "Condition": {"NullIfExists": {"aws:x": "true"}}}},
            "Condition type",
        ),
        (
            {"Statement": {**STATEMENT, "Condition": {"Bool": {"x": "true"}}}},
            "prefaced by a vendor",
        ),
        ({"Statement": {**STATEMENT, "Condition": {"Bool": {"aws:x": "yes"}}}}, "Invalid value"),
        (
            {"Statement": {**STATEMENT, "Condition": {"NumericEquals": {"aws:x": "NaN"}}}},
            "Invalid value",
        ),
        (
            {"Statement": {**STATEMENT, "Condition": {"DateEquals": {"aws:x": "now"}}}},
            "Invalid value",
        ),
        (
            {"Statement": {**STATEMENT, "Condition": {"IpAddress": {"aws:x": "10.0.0.1/8"}}}},
            "Invalid value",
        ),
        (
            {"Statement": {**STATEMENT, "Condition": {"BinaryEquals": {"aws:x": "%"}}}},
            "Invalid value",
        ),
        ({"Statement": {**STATEMENT, "Condition": {"Null": {"aws:x": "maybe"}}}}, "Invalid value"),
        ({"Statement": {**STATEMENT, "Action": ["a:b"] * 2000}}, "too large"),
        ({1: 2, "Statement": STATEMENT}, "Syntax errors"),
    ],
)
def test_a_document_that_says_nothing_clear_is_refused(document, reason) -> None:
    with pytest.raises(MalformedPolicyDocument, match=reason):
        compile_policy(document)
