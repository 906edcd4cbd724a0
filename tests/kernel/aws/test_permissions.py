"""The action and the resource that a call needs permission for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kernel.aws.contract import service
from kernel.aws.operations import Call, Principal
from kernel.aws.permissions import condition_keys, needed_permission
from kernel.aws.rest_routes import Located
from kernel.aws.wire import Request
from kernel.clock import Clock

PRINCIPAL = Principal("1", "K", "arn:aws:iam::1:user/u")


def call(service_name: str, operation: str) -> Call:
    kernel: Any = SimpleNamespace(clock=Clock(lambda: 1_793_581_323.5))
    return Call(
        kernel, service_name, operation, "1", "eu-west-1", "id", PRINCIPAL, "10.0.0.7", "agent"
    )


def permission(name: str, operation: str, parsed: dict[str, Any], path: str = "/") -> Any:
    found = service(name).operation(operation)
    assert found is not None
    request = Request(found.method, path, "", {})
    return needed_permission(Located(found, {}), request, call(name, operation), parsed)


@pytest.mark.parametrize(
    ("name", "operation", "parsed", "arn"),
    [
        ("cognito-idp", "ListUserPools", {}, "*"),
        (
            "cognito-idp",
            "DeleteGroup",
            {"UserPoolId": "eu-west-1_a", "GroupName": "g"},
            "arn:aws:cognito-idp:eu-west-1:1:userpool/eu-west-1_a",
        ),
        ("cognito-idp", "ListTagsForResource", {"ResourceArn": "arn:x"}, "arn:x"),
        (
            "cognito-identity",
            "DeleteIdentityPool",
            {"IdentityPoolId": "eu-west-1:0"},
            "arn:aws:cognito-identity:eu-west-1:1:identitypool/eu-west-1:0",
        ),
        (
            "cognito-sync",
            "DeleteDataset",
            {"IdentityPoolId": "p", "IdentityId": "i", "DatasetName": "d"},
            "arn:aws:cognito-sync:eu-west-1:1:identitypool/p/identity/i/dataset/d",
        ),
        ("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::1:role/r"}, "arn:aws:iam::1:role/r"),
        ("iam", "DeleteRole", {"RoleName": "r"}, "arn:aws:iam::1:role/r"),
        ("iam", "GetPolicy", {"PolicyArn": "arn:p"}, "arn:p"),
        ("iam", "ListRoles", {}, "*"),
    ],
)
def test_resource_of_an_operation(name, operation, parsed, arn):
    assert permission(name, operation, parsed) == (f"{name}:{operation}", (arn,))


@pytest.mark.parametrize(
    ("name", "operation", "path", "resource"),
    [
        ("apigateway", "UpdateStage", "/restapis/a/stages/s%20t", "/restapis/a/stages/s t"),
        ("apigatewayv2", "UpdateApi", "/v2/apis/a", "/apis/a"),
    ],
)
def test_apis_are_named_by_method_and_path(name, operation, path, resource):
    arn = f"arn:aws:apigateway:eu-west-1::{resource}"
    assert permission(name, operation, {}, path) == ("apigateway:PATCH", (arn,))


def test_get_caller_identity_needs_none():
    assert permission("sts", "GetCallerIdentity", {}) is None


def test_condition_keys_of_a_call():
    request = Request("POST", "/", "", {}, scheme="https")
    assert condition_keys(request, call("cognito-idp", "ListUserPools")) == {
        "aws:SourceIp": "10.0.0.7",
        "aws:SecureTransport": "true",
        "aws:RequestedRegion": "eu-west-1",
        "aws:CurrentTime": "2026-11-02T01:02:03Z",
        "aws:EpochTime": "1793581323",
        "aws:UserAgent": "agent",
        "aws:PrincipalArn": "arn:aws:iam::1:user/u",
        "aws:PrincipalAccount": "1",
    }
