from __future__ import annotations

from typing import Any

import pytest

from gateway.control.errors import Conflicting, Invalid, Missing
from gateway.snapshot import SnapshotHolder
from tests.gateway.control.caller import Caller

FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:chat/invocations"
)
SCHEMA = '{"type": "object", "properties": {"text": {"type": "string"}}}'


@pytest.fixture
def api_id(caller: Caller) -> str:
    return caller.create_api(
        ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )


def integration(caller: Caller, api_id: str, **members: Any) -> str:
    request = {
        "IntegrationType": "AWS_PROXY",
        "IntegrationMethod": "POST",
        "IntegrationUri": FUNCTION,
        **members,
    }
    made: str = caller("CreateIntegration", ApiId=api_id, **request)["IntegrationId"]
    return made


def route(caller: Caller, api_id: str, key: str = "send", **members: Any) -> str:
    made: str = caller("CreateRoute", ApiId=api_id, RouteKey=key, **members)["RouteId"]
    return made


def test_new_api_has_the_defaults_of_aws_and_an_address_of_websockets(
    caller: Caller, api_id: str
) -> None:
    shown = caller("GetApi", ApiId=api_id)

    assert shown["ProtocolType"] == "WEBSOCKET"
    assert shown["ApiKeySelectionExpression"] == "$request.header.x-api-key"
    assert shown["RouteSelectionExpression"] == "$request.body.action"
    assert shown["ApiEndpoint"].startswith("ws")
    assert [each["ApiId"] for each in caller("GetApis")["Items"]] == [api_id]


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"RouteSelectionExpression": "action"},
        {"RouteSelectionExpression": "$request.body.action", "CorsConfiguration": {"MaxAge": 1}},
        {"RouteSelectionExpression": "$request.body.action", "Target": "https://x.example"},
        {"RouteSelectionExpression": "$request.body.action", "ApiKeySelectionExpression": "$x"},
    ],
)
def test_what_no_websocket_api_has_is_refused(caller: Caller, members: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        caller.create_api(ProtocolType="WEBSOCKET", **members)


def test_whole_api_is_stored_and_deployed_and_served_by_nothing(
    caller: Caller, api_id: str, served: SnapshotHolder
) -> None:
    target = f"integrations/{integration(caller, api_id)}"
    caller("CreateModel", ApiId=api_id, Name="Message", Schema=SCHEMA)
    for key in ("$connect", "$disconnect", "$default", "send"):
        route(caller, api_id, key, Target=target)

    caller("CreateStage", ApiId=api_id, StageName="live", AutoDeploy=True)

    stage = caller("GetStage", ApiId=api_id, StageName="live")
    assert stage["LastDeploymentStatusMessage"].startswith("Successfully deployed")
    assert served.current.apis[api_id].stages == {}


def test_route_without_a_target_cannot_be_deployed(caller: Caller, api_id: str) -> None:
    route(caller, api_id)

    with pytest.raises(Invalid, match="has no target"):
        caller("CreateDeployment", ApiId=api_id)


@pytest.mark.parametrize(
    "members",
    [
        {"IntegrationType": "HTTP", "IntegrationUri": "nowhere"},
        {"IntegrationType": "AWS", "IntegrationUri": "https://x.example"},
        {"IntegrationUri": FUNCTION, "IntegrationMethod": "GET"},
        {"TimeoutInMillis": 29_001},
        {"IntegrationSubtype": "SQS-SendMessage"},
        {"ConnectionId": "abc"},
        {"RequestParameters": {"integration.request.header.x": "unquoted"}},
        {"RequestParameters": {"header.x": "'x'"}},
        {"RequestTemplates": {"$default": "x" * (32 * 1024 + 1)}},
        {"TemplateSelectionExpression": "no expression"},
        {"PayloadFormatVersion": "2.0"},
    ],
)
def test_integration_that_no_message_could_reach_is_refused(
    caller: Caller, api_id: str, members: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        integration(caller, api_id, **members)


def test_mock_needs_no_uri_and_updates_merge_its_maps(caller: Caller, api_id: str) -> None:
    made = integration(
        caller, api_id, IntegrationType="MOCK", RequestTemplates={"200": '{"statusCode":200}'}
    )

    changed = caller(
        "UpdateIntegration", ApiId=api_id, IntegrationId=made, RequestTemplates={"x": "y"}
    )

    assert changed["RequestTemplates"] == {"200": '{"statusCode":200}', "x": "y"}
    assert changed["IntegrationResponseSelectionExpression"] == "${integration.response.statuscode}"


@pytest.mark.parametrize("key", ["", "$other", "x\n", "y" * 1025])
def test_route_keys_of_no_message_are_refused(caller: Caller, api_id: str, key: str) -> None:
    with pytest.raises(Invalid):
        route(caller, api_id, key)


def test_second_route_with_a_key_is_refused(caller: Caller, api_id: str) -> None:
    route(caller, api_id)

    with pytest.raises(Conflicting, match="Route with key send already exists"):
        route(caller, api_id)


def test_only_connecting_is_authorized(caller: Caller, api_id: str) -> None:
    authorizer = caller(
        "CreateAuthorizer",
        ApiId=api_id,
        Name="guard",
        AuthorizerType="REQUEST",
        AuthorizerUri=FUNCTION,
        IdentitySource=["route.request.header.Auth"],
    )["AuthorizerId"]
    custom = {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizer}

    with pytest.raises(Invalid, match="only on the \\$connect route"):
        route(caller, api_id, "send", **custom)
    with pytest.raises(Invalid, match="CUSTOM requires a valid REQUEST authorizer"):
        route(caller, api_id, "$connect", AuthorizationType="CUSTOM", AuthorizerId="other")
    with pytest.raises(Invalid, match="JWT is not supported on protocolType WEBSOCKET"):
        route(caller, api_id, "$connect", AuthorizationType="JWT")
    made = route(caller, api_id, "$connect", **custom)

    opened = caller("UpdateRoute", ApiId=api_id, RouteId=made, AuthorizationType="NONE")
    assert "AuthorizerId" not in opened


def test_jwt_authorizer_is_refused(caller: Caller, api_id: str) -> None:
    with pytest.raises(Invalid):
        caller.create_authorizer(api_id)


def test_request_parameter_is_deleted_once(caller: Caller, api_id: str) -> None:
    name = "route.request.querystring.room"
    made = route(caller, api_id, "$connect", RequestParameters={name: {"Required": True}})
    named = {"ApiId": api_id, "RouteId": made, "RequestParameterKey": name}

    caller("DeleteRouteRequestParameter", **named)

    assert caller("GetRoute", ApiId=api_id, RouteId=made).get("RequestParameters") in (None, {})
    with pytest.raises(Missing, match="Invalid route request parameter"):
        caller("DeleteRouteRequestParameter", **named)


def test_default_stage_is_for_http_apis(caller: Caller, api_id: str) -> None:
    with pytest.raises(Invalid, match="not supported on protocolType WEBSOCKET"):
        caller("CreateStage", ApiId=api_id, StageName="$default")
