"""What a caller may do, by the policies of the access key."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.aws.operations import AwsError, Principal
from kernel.iam.authorizer import PolicyAuthorizer
from kernel.iam.policy import FULL_ACCESS, Policy, compile_policy

ADA = Principal("000000000000", "AKIA1", "arn:aws:iam::000000000000:user/ada")
POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_A"


class Keys:
    """The policies of one key."""

    def __init__(self, *documents: dict[str, Any]) -> None:
        self._policies = tuple(compile_policy(document) for document in documents)

    def policies(self, access_key_id: str) -> tuple[Policy, ...]:
        return self._policies if access_key_id == "AKIA1" else ()


def refusal(keys: Keys, *resources: str, principal: Principal = ADA, **context: str) -> str:
    keys_of_request = {name.replace("_", ":"): value for name, value in context.items()}
    with pytest.raises(AwsError) as error:
        PolicyAuthorizer(keys).authorize(
            principal, "cognito-idp:DeleteUserPool", resources, keys_of_request
        )
    assert error.value.code == "AccessDeniedException"
    return error.value.message


def test_an_allowed_action_passes() -> None:
    PolicyAuthorizer(Keys(FULL_ACCESS)).authorize(ADA, "cognito-idp:ListUserPools", ["*"], {})


def test_a_refusal_names_user_action_and_resource() -> None:
    assert refusal(Keys(), POOL) == (
        "User: arn:aws:iam::000000000000:user/ada is not authorized to perform: "
        f"cognito-idp:DeleteUserPool on resource: {POOL} because no identity-based policy allows "
        "the cognito-idp:DeleteUserPool action"
    )


def test_an_explicit_deny_says_so() -> None:
    deny = {"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
    assert refusal(Keys(FULL_ACCESS, deny), POOL).endswith(
        f"on resource: {POOL} with an explicit deny in an identity-based policy"
    )


def test_every_resource_must_be_allowed() -> None:
    one = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": POOL}}
    assert "userpool/us-east-1_B" in refusal(Keys(one), POOL, POOL.replace("_A", "_B"))
    assert "resource: *" in refusal(Keys(one))


def test_another_key_has_none_of_the_policies() -> None:
    refusal(Keys(FULL_ACCESS), POOL, principal=Principal("0" * 12, "AKIA2", ADA.arn))


def test_the_callers_own_keys_are_not_the_requests_to_set() -> None:
    own = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:username": "root", "aws:PrincipalType": "User"}},
        },
    }
    refusal(Keys(own), POOL, aws_username="root")
    refusal(Keys(own), POOL, aws_UserName="root")


def test_who_may_not_describe_terms_may_not_by_their_client_either() -> None:
    """The words of DescribeTermsByClient's documentation."""
    action = "cognito-idp:DescribeTermsByClient"
    allow = {"Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}
    PolicyAuthorizer(Keys(allow)).authorize(ADA, action, [POOL], {})
    denied = {"Effect": "Deny", "Action": "cognito-idp:DescribeTerms", "Resource": POOL}
    authorizer = PolicyAuthorizer(Keys(allow, {"Statement": denied}))
    with pytest.raises(AwsError, match="explicit deny"):
        authorizer.authorize(ADA, action, [POOL], {})
    authorizer.authorize(ADA, action, [POOL.replace("_A", "_B")], {})
