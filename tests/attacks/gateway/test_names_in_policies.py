"""What a policy denies is denied in whatever spelling it is asked for."""

from __future__ import annotations

import pytest

from kernel.aws import contract
from kernel.aws.permissions import Permission, needed_permission, permission_for_own_tags
from kernel.aws.rest_routes import Located, RestRoutes
from kernel.aws.wire import Request
from tests.gateway.control.caller import Caller
from tests.kernel.aws.test_permissions import call

DOMAIN = "arn:aws:apigateway:eu-west-1::/domainnames/api.example.com"
TAGS = "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fdomainnames%2FAPI.Example.com"


@pytest.mark.parametrize(
    ("method", "path", "arn"),
    [
        ("GET", "/domainnames/API.example.com", DOMAIN),
        ("DELETE", "/v2/domainnames/%41pi.EXAMPLE.com", DOMAIN),
        (
            "GET",
            "/domainnames/Api.Example.Com/basepathmappings/V1",
            f"{DOMAIN}/basepathmappings/V1",
        ),
        ("GET", TAGS, f"arn:aws:apigateway:eu-west-1::/tags/{DOMAIN}"),
        (
            "POST",
            TAGS.replace("arn%3Aaws%3A", "arn%3Aaws-x%3A").replace("/tags", "/v2/tags"),
            f"arn:aws:apigateway:eu-west-1::/tags/{DOMAIN}",
        ),
        ("GET", "/restapis/AbC", "arn:aws:apigateway:eu-west-1::/restapis/AbC"),
    ],
)
def test_a_domain_is_one_resource_in_every_case(method, path, arn):
    located = RestRoutes().locate(method, path, "")
    assert located is not None
    service = located.operation.service.name
    about = call(service, located.operation.name)
    needed = needed_permission(located, Request(method, path, "", {}), about, {})
    assert needed is not None
    assert needed.resource_arns == (arn,)


VPC_LINK = "arn:aws:apigateway:eu-west-1::/vpclinks/abc"


@pytest.mark.parametrize(
    ("service", "operation", "members", "needs_more"),
    [
        ("apigatewayv2", "TagResource", {"Tags": {"poolgate:targets": "http://a"}}, True),
        ("apigateway", "TagResource", {"tags": {"a": "b", "poolgate:cache-shared": "true"}}, True),
        ("apigatewayv2", "UntagResource", {"TagKeys": ["poolgate:health"]}, True),
        ("apigateway", "UntagResource", {"tagKeys": ["poolgate:targets"]}, True),
        ("apigateway", "TagResource", {"tags": {"owner": "poolgate:me"}}, False),
        ("apigatewayv2", "UntagResource", {"TagKeys": [7]}, False),
        ("apigateway", "GetTags", {}, False),
    ],
)
def test_who_may_tag_may_not_thereby_say_where_a_link_leads(
    service, operation, members, needs_more
):
    arn = "resourceArn" if service == "apigateway" else "ResourceArn"
    located = Located(contract.service(service).operation(operation), {})
    parsed = {arn: "arn:aws-x:apigateway:eu-west-1::/vpclinks/abc", **members}
    needed = permission_for_own_tags(located, call(service, operation), parsed)
    assert needed == (Permission("apigateway:PATCH", (VPC_LINK,)) if needs_more else None)


def test_a_domain_is_found_in_every_case(caller: Caller):
    caller("CreateDomainName", DomainName="API.example.com")
    assert caller("GetDomainName", DomainName="Api.Example.com")["DomainName"] == "api.example.com"
