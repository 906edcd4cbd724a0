"""What a policy denies is denied in whatever spelling it is asked for."""

from __future__ import annotations

import pytest

from kernel.aws.permissions import needed_permission
from kernel.aws.rest_routes import RestRoutes
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


def test_a_domain_is_found_in_every_case(caller: Caller):
    caller("CreateDomainName", DomainName="API.example.com")
    assert caller("GetDomainName", DomainName="Api.Example.com")["DomainName"] == "api.example.com"
