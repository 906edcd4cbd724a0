"""What a signed call needs permission for: the action and the resources, as policies name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from kernel.aws.operations import Call, Input
from kernel.aws.rest_routes import Located
from kernel.aws.wire import Request

# "No permissions are required to perform this operation" (STS API reference).
NEED_NO_PERMISSION = frozenset({("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")})

_API_GATEWAY = frozenset({"apigateway", "apigatewayv2"})
_TAGGING = frozenset({"TagResource", "UntagResource"})
_OWN_TAGS = "poolgate:"
_TAGS_OF_ANY_PARTITION = re.compile(r"/tags/arn:aws[a-z-]*:")

# The input member that names the resource, and how the resource is written in an ARN.
_IAM_RESOURCES = (
    ("RoleName", "role/"),
    ("PolicyArn", None),
    ("UserName", "user/"),
    ("GroupName", "group/"),
    ("InstanceProfileName", "instance-profile/"),
    ("PolicyName", "policy/"),
)


class Permission(NamedTuple):
    """An action such as cognito-idp:CreateUserPool, and the ARNs that it acts on, or `*`."""

    action: str
    resource_arns: tuple[str, ...]


def needed_permission(
    located: Located, request: Request, call: Call, parsed: Input
) -> Permission | None:
    """The permission that a call needs, or none where every signed caller may."""
    service = located.operation.service.name
    if (service, located.operation.name) in NEED_NO_PERMISSION:
        return None
    if service in _API_GATEWAY:
        # "arn:aws:apigateway:region::/apis/api-id": version 2 has no `/v2` in its ARNs.
        path = unquote(request.path).removeprefix("/v2")
        return Permission(f"apigateway:{request.method}", (_of_api_gateway(call, path),))
    if service == "apigatewaymanagementapi":
        return Permission("execute-api:ManageConnections", (_connection(located, request, call),))
    return Permission(f"{service}:{located.operation.name}", (_resource(service, call, parsed),))


def permission_for_own_tags(located: Located, call: Call, parsed: Input) -> Permission | None:
    """What tags of Poolgate's own need beside the permission to tag.

    They set what a resource does, such as where a VPC link leads: whoever changes one must be
    allowed to change the resource.
    """
    operation = located.operation
    if operation.service.name not in _API_GATEWAY or operation.name not in _TAGGING:
        return None
    members = {name.lower(): value for name, value in parsed.items()}
    keys = (*(members.get("tags") or ()), *(members.get("tagkeys") or ()))
    if not any(str(key).startswith(_OWN_TAGS) for key in keys):
        return None
    path = unquote(members["resourcearn"]).split(":", 5)[-1]
    return Permission("apigateway:PATCH", (_of_api_gateway(call, path),))


def _of_api_gateway(call: Call, path: str) -> str:
    return f"arn:aws:apigateway:{call.region}::{_as_one(path)}"


def _as_one(path: str) -> str:
    """A path of API Gateway as policies spell it. Host names are found without case, and tagged
    resources in every partition: a denial of one spelling must hold for all."""
    path = _TAGS_OF_ANY_PARTITION.sub("/tags/arn:aws:", path, count=1)
    before, kind, rest = path.partition("/domainnames/")
    if not kind or (before and not before.startswith("/tags/")):
        return path
    name, slash, below = rest.partition("/")
    return f"{before}{kind}{name.lower()}{slash}{below}"


def condition_keys(request: Request, call: Call) -> dict[str, str]:
    """The global condition keys of a request (IAM user guide, "Global condition context keys")."""
    keys = {
        "aws:SourceIp": call.source_ip,
        "aws:SecureTransport": "true" if request.scheme == "https" else "false",
        "aws:RequestedRegion": call.region,
        "aws:CurrentTime": call.kernel.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(call.kernel.clock.time())),
    }
    if call.user_agent:
        keys["aws:UserAgent"] = call.user_agent
    if call.principal:
        keys["aws:PrincipalArn"] = call.principal.arn
        keys["aws:PrincipalAccount"] = call.principal.account
    return keys


def _resource(service: str, call: Call, parsed: Input) -> str:
    place = f"arn:aws:{service}:{call.region}:{call.account}"
    if service == "cognito-idp" and "UserPoolId" in parsed:
        return f"{place}:userpool/{parsed['UserPoolId']}"
    if service in ("cognito-identity", "cognito-sync") and "IdentityPoolId" in parsed:
        return f"{place}:identitypool/{_below_identity_pool(parsed)}"
    if service == "iam":
        return _iam_resource(call.account, parsed)
    return str(parsed.get("ResourceArn") or parsed.get("RoleArn") or "*")


def _below_identity_pool(parsed: Mapping[str, str]) -> str:
    path = parsed["IdentityPoolId"]
    if "IdentityId" in parsed:
        path += f"/identity/{parsed['IdentityId']}"
    if "DatasetName" in parsed:
        path += f"/dataset/{parsed['DatasetName']}"
    return path


def _iam_resource(account: str, parsed: Input) -> str:
    for member, prefix in _IAM_RESOURCES:
        if member in parsed:
            value = str(parsed[member])
            return f"arn:aws:iam::{account}:{prefix}{value}" if prefix else value
    return "*"


def _connection(located: Located, request: Request, call: Call) -> str:
    """arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/@connections/ID.

    The API is the host's first label, or stands before the stage in the path forms.
    """
    *before, stage = located.base_path.strip("/").split("/")
    api = before[-1] if before else request.host.partition(".")[0]
    connection_id = located.labels["connectionId"]
    return (
        f"arn:aws:execute-api:{call.region}:{call.account}:{api}/{stage or '$default'}"
        f"/{request.method}/@connections/{connection_id}"
    )
