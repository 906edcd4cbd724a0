"""Every operation of the service counts in a category that AWS documents."""

from __future__ import annotations

import pytest

from idp.user_pools.rules import rate_limits
from kernel.aws.contract import service


def test_every_operation_but_those_that_set_limits_has_a_category():
    for name in service("cognito-idp").operation_names:
        bucket = rate_limits.bucket_of(name)
        if name in rate_limits.UNLIMITED:
            assert bucket is None
        else:
            assert bucket is not None
            assert bucket.category in rate_limits.DEFAULTS


def test_the_table_names_operations_of_the_service():
    assert set(rate_limits._BUCKETS) <= set(service("cognito-idp").operation_names)


@pytest.mark.parametrize(
    ("operation", "category"),
    [
        ("InitiateAuth", "UserAuthentication"),
        ("SignUp", "UserCreation"),
        ("ForgotPassword", "UserAccountRecovery"),
        ("ListUsers", "UserList"),
        ("DescribeUserPool", "UserPoolRead"),
        ("CreateGroup", "UserPoolResourceUpdate"),
        ("DescribeResourceServer", "UserPoolResourceRead"),
        ("GetCSVHeader", "UserPoolResourceRead"),
        ("StartUserImportJob", "UserPoolResourceUpdate"),
    ],
)
def test_operations_count_where_aws_counts_them(operation, category):
    bucket = rate_limits.bucket_of(operation)
    assert bucket is not None
    assert bucket.category == category


def test_answers_to_challenges_have_three_times_the_rate_in_a_bucket_of_their_own():
    first, answer = (
        rate_limits.bucket_of(name) for name in ("InitiateAuth", "RespondToAuthChallenge")
    )
    assert first is not None
    assert answer is not None
    assert first.category == answer.category
    assert first.name != answer.name
    assert (first.share, answer.share) == (1, 3)
