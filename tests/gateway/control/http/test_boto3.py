"""The control plane as boto3 sees it: signed requests over a socket, answers by the model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from kernel.runtime import Kernel
from tests.gateway.control.signed import signing_clients


@pytest.fixture
def gateway(kernel: Kernel) -> Iterator[Any]:
    """A boto3 client of a server of this test's own."""
    with signing_clients(kernel) as connect:
        yield connect("apigatewayv2")


def _protected_api(gateway: Any) -> tuple[str, str]:
    api = gateway.create_api(Name="pets", ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri="https://backend.example/{proxy}",
    )["IntegrationId"]
    authorizer = gateway.create_authorizer(
        ApiId=api,
        Name="people",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": "http://localhost:8080/us-east-1_a", "Audience": ["client"]},
    )["AuthorizerId"]
    route = gateway.create_route(
        ApiId=api,
        RouteKey="ANY /{proxy+}",
        Target=f"integrations/{integration}",
        AuthorizationType="JWT",
        AuthorizerId=authorizer,
        AuthorizationScopes=["pets/read"],
    )["RouteId"]
    return api, route


def test_boto3_builds_reads_changes_and_deletes_a_protected_api(gateway: Any) -> None:
    api, route = _protected_api(gateway)
    stage = gateway.create_stage(
        ApiId=api,
        StageName="$default",
        AutoDeploy=True,
        DefaultRouteSettings={"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 20},
        StageVariables={"host": "a.example"},
        Tags={"team": "a"},
    )
    assert isinstance(stage["CreatedDate"], datetime)
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 10.0

    gateway.update_stage(
        ApiId=api,
        StageName="$default",
        RouteSettings={"ANY /{proxy+}": {"ThrottlingBurstLimit": 1}},
    )
    gateway.delete_route_settings(ApiId=api, StageName="$default", RouteKey="ANY /{proxy+}")
    assert gateway.get_stage(ApiId=api, StageName="$default")["RouteSettings"] == {}
    assert gateway.get_route(ApiId=api, RouteId=route)["AuthorizationScopes"] == ["pets/read"]
    assert gateway.update_api(ApiId=api, Name="animals")["Name"] == "animals"
    assert len(gateway.get_deployments(ApiId=api)["Items"]) >= 1

    gone = gateway.delete_api(ApiId=api)
    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(gateway.exceptions.NotFoundException) as missing:
        gateway.get_api(ApiId=api)
    assert missing.value.response["Error"]["Message"] == (
        f"Invalid API identifier specified 000000000000:{api}"
    )


def test_boto3_raises_the_exceptions_of_the_model(gateway: Any) -> None:
    api, _route = _protected_api(gateway)
    target = gateway.get_routes(ApiId=api)["Items"][0]["Target"]

    with pytest.raises(gateway.exceptions.ConflictException, match="already exists for this API"):
        gateway.create_route(ApiId=api, RouteKey="ANY /{proxy+}", Target=target)
    with pytest.raises(gateway.exceptions.BadRequestException, match="formatted properly"):
        gateway.create_route(ApiId=api, RouteKey="pets", Target=target)
    with pytest.raises(gateway.exceptions.ConflictException, match="referenced by the following"):
        gateway.delete_integration(ApiId=api, IntegrationId=target.partition("/")[2])
    with pytest.raises(gateway.exceptions.BadRequestException, match="Invalid function URI"):
        gateway.create_authorizer(
            ApiId=api, Name="f", AuthorizerType="REQUEST", IdentitySource=["$request.header.A"]
        )


def test_boto3_pages_through_lists(gateway: Any) -> None:
    made = {gateway.create_api(Name="a", ProtocolType="HTTP")["ApiId"] for _ in range(5)}
    pages = gateway.get_paginator("get_apis").paginate(PaginationConfig={"PageSize": 2})

    assert {api["ApiId"] for page in pages for api in page["Items"]} == made


def test_boto3_tags_by_arn(gateway: Any) -> None:
    api = gateway.create_api(Name="a", ProtocolType="HTTP", Tags={"team": "a"})["ApiId"]
    gateway.create_stage(ApiId=api, StageName="dev")

    for arn in (f"/apis/{api}", f"/apis/{api}/stages/dev"):
        arn = f"arn:aws:apigateway:us-east-1::{arn}"
        gateway.tag_resource(ResourceArn=arn, Tags={"cost": "1"})
        gateway.untag_resource(ResourceArn=arn, TagKeys=["team"])
        assert gateway.get_tags(ResourceArn=arn)["Tags"] == {"cost": "1"}


def test_every_operation_answers_by_its_shape(gateway: Any) -> None:
    api, route = _protected_api(gateway)
    (integration,) = gateway.get_integrations(ApiId=api)["Items"]
    (authorizer,) = gateway.get_authorizers(ApiId=api)["Items"]
    gateway.get_integration(ApiId=api, IntegrationId=integration["IntegrationId"])
    gateway.get_authorizer(ApiId=api, AuthorizerId=authorizer["AuthorizerId"])
    gateway.update_integration(
        ApiId=api,
        IntegrationId=integration["IntegrationId"],
        TlsConfig={"ServerNameToVerify": "inner.example"},
    )
    gateway.update_authorizer(ApiId=api, AuthorizerId=authorizer["AuthorizerId"], Name="staff")
    gateway.update_route(ApiId=api, RouteId=route, OperationName="all")
    gateway.update_api(
        ApiId=api, CorsConfiguration={"AllowOrigins": ["https://app.example"], "MaxAge": 60}
    )
    gateway.delete_cors_configuration(ApiId=api)
    deployment = gateway.create_deployment(ApiId=api, Description="First")["DeploymentId"]
    gateway.get_deployment(ApiId=api, DeploymentId=deployment)
    gateway.update_deployment(ApiId=api, DeploymentId=deployment, Description="1")
    gateway.create_stage(ApiId=api, StageName="dev", DeploymentId=deployment)
    gateway.update_stage(
        ApiId=api,
        StageName="dev",
        AccessLogSettings={
            "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:pets",
            "Format": "$context.requestId",
        },
    )
    gateway.delete_access_log_settings(ApiId=api, StageName="dev")
    gateway.delete_stage(ApiId=api, StageName="dev")
    gateway.delete_deployment(ApiId=api, DeploymentId=deployment)
    gateway.delete_route(ApiId=api, RouteId=route)
    gateway.delete_integration(ApiId=api, IntegrationId=integration["IntegrationId"])
    gateway.delete_authorizer(ApiId=api, AuthorizerId=authorizer["AuthorizerId"])
    assert gateway.get_stages(ApiId=api)["Items"] == []


def test_quick_create_over_the_wire(gateway: Any) -> None:
    made = gateway.create_api(Name="a", ProtocolType="HTTP", Target="https://backend.example")

    assert made["ApiEndpoint"].endswith(".execute-api.localhost:8080")
    (stage,) = gateway.get_stages(ApiId=made["ApiId"])["Items"]
    assert stage["ApiGatewayManaged"] is True


def test_the_longest_time_out_is_the_operators_affair(gateway: Any, kernel: Kernel) -> None:
    """The service model ends at AWS's 30 seconds; a server that allows more takes more."""
    request = {
        "ApiId": gateway.create_api(Name="pets", ProtocolType="HTTP")["ApiId"],
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "ANY",
        "IntegrationUri": "https://backend.example/",
        "TimeoutInMillis": 45_000,
    }
    with pytest.raises(gateway.exceptions.BadRequestException, match="between 50 and 30000"):
        gateway.create_integration(**request)
    object.__setattr__(kernel.settings, "integration_timeout", 60_000)
    assert gateway.create_integration(**request)["TimeoutInMillis"] == 45_000
