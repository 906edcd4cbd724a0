"""Toy families: enough handlers of each protocol to watch the wire at work."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kernel.aws.operations import AwsError, Call, Input, OperationFamily, Output

MOMENT = datetime(2026, 11, 2, 1, 2, 3, 250_000, tzinfo=UTC)


class Vanished(Exception):
    """A domain error."""


class VanishedPool(Vanished):
    """A more special one, which the table does not name."""


def families(calls: list[tuple[Call, Input]]) -> list[OperationFamily]:
    """Families that note every call they get."""
    user_pools = OperationFamily(
        "cognito-idp",
        errors={Vanished: "ResourceNotFoundException"},
        configured_only={
            "AnalyticsMetadata": "nothing analyses",
            "SmsConfiguration.SnsCallerArn": "nothing sends SMS",
        },
    )
    identities = OperationFamily("cognito-identity")
    rest = OperationFamily("apigateway")
    http = OperationFamily("apigatewayv2")
    connections = OperationFamily("apigatewaymanagementapi")
    tokens = OperationFamily("sts")
    iam = OperationFamily("iam")

    def answers(family: OperationFamily, name: str, output: Any = None, **options: Any) -> None:
        def handler(call: Call, request: Input) -> Output | None:
            calls.append((call, request))
            if isinstance(output, Exception):
                raise output
            return output

        family.operation(name, **options)(handler)

    tokens_of_user = {"AccessToken": "a", "ExpiresIn": 3600, "TokenType": "Bearer"}
    pool = {"Id": "eu-central-1_abc", "Name": "people", "CreationDate": MOMENT}
    answers(user_pools, "InitiateAuth", {"AuthenticationResult": tokens_of_user})
    answers(user_pools, "DescribeUserPool", {"UserPool": pool})
    answers(user_pools, "CreateUserPool", {"UserPool": pool})
    answers(user_pools, "DeleteUserPool")
    answers(user_pools, "SignUp")
    answers(user_pools, "GetDerivedToken", {})
    answers(user_pools, "GetClientToken", {})
    answers(user_pools, "ForgotPassword", VanishedPool("User pool x does not exist."))
    answers(user_pools, "ConfirmSignUp", ZeroDivisionError("hunter2"))
    answers(
        user_pools,
        "ConfirmForgotPassword",
        AwsError("InvalidParameterException", "No.", members={"reasonCode": "because"}),
    )
    answers(user_pools, "ChangePassword", {"NoSuchMember": "x"})
    answers(identities, "GetId", {"IdentityId": "eu-central-1:1"})
    answers(rest, "GetRestApi", {"id": "abc", "createdDate": MOMENT})
    answers(rest, "GetExport", {"contentType": "application/yaml", "body": b"openapi: 3.0.1\n"})
    answers(rest, "ImportRestApi", {"id": "imported"})
    answers(rest, "CreateRestApi", {"id": "created"})
    answers(rest, "PutIntegration", {"type": "MOCK"})
    answers(rest, "TagResource")
    answers(rest, "UpdateUsage", too_many_requests())
    answers(http, "CreateApi", {"ApiId": "abc", "Name": "n", "CreatedDate": MOMENT})
    answers(http, "GetApi", AwsError("NotFoundException", "No API.", members={"ResourceType": "A"}))
    answers(http, "DeleteApi")
    answers(http, "UntagResource")
    answers(connections, "PostToConnection")
    identity = {"UserId": "u", "Account": "111122223333", "Arn": "arn:aws:iam::1:user/x & <y>"}
    answers(tokens, "GetCallerIdentity", identity)
    answers(tokens, "AssumeRole", {"Credentials": credentials()})
    answers(iam, "CreateRole", AwsError("EntityAlreadyExistsException", "Role x & y exists."))
    answers(iam, "ListUserTags", {"Tags": [{"Key": "a", "Value": "b"}], "IsTruncated": False})
    return [user_pools, identities, rest, http, connections, tokens, iam]


def too_many_requests() -> AwsError:
    return AwsError("TooManyRequestsException", "Slow.", members={"retryAfterSeconds": "7"})


def credentials() -> dict[str, Any]:
    return {
        "AccessKeyId": "ASIA",
        "SecretAccessKey": "s",
        "SessionToken": "t",
        "Expiration": MOMENT,
    }
