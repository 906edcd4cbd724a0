from __future__ import annotations

from typing import Any

import pytest

from gateway import quotas
from gateway.control.errors import Conflicting, Invalid, Missing
from tests.gateway.control.caller import Caller


@pytest.fixture
def api_id(caller: Caller) -> str:
    return caller.create_api(
        ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )


@pytest.fixture
def route(caller: Caller, api_id: str) -> dict[str, str]:
    made: str = caller("CreateRoute", ApiId=api_id, RouteKey="send")["RouteId"]
    return {"ApiId": api_id, "RouteId": made}


@pytest.fixture
def integration(caller: Caller, api_id: str) -> dict[str, str]:
    made: str = caller("CreateIntegration", ApiId=api_id, IntegrationType="MOCK")["IntegrationId"]
    return {"ApiId": api_id, "IntegrationId": made}


def test_route_response_is_made_shown_changed_and_deleted(
    caller: Caller, route: dict[str, str]
) -> None:
    made = caller("CreateRouteResponse", **route, RouteResponseKey="$default")
    named = {**route, "RouteResponseId": made["RouteResponseId"]}

    assert made["RouteResponseKey"] == "$default"
    assert caller("GetRouteResponse", **named) == made
    assert caller("GetRouteResponses", **route) == {"Items": [made]}
    changed = caller("UpdateRouteResponse", **named, ResponseParameters={"x": {"Required": True}})
    assert changed["ResponseParameters"] == {"x": {"Required": True}}
    caller("DeleteRouteResponse", **named)
    with pytest.raises(Missing, match="Invalid RouteResponse identifier specified"):
        caller("GetRouteResponse", **named)


@pytest.mark.parametrize(
    "members",
    [
        {"RouteResponseKey": "200"},
        {"RouteResponseKey": "$default", "ResponseModels": {"$default": "Unknown"}},
        {"RouteResponseKey": "$default", "ModelSelectionExpression": "none"},
    ],
)
def test_route_response_that_could_not_be_sent_is_refused(
    caller: Caller, route: dict[str, str], members: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        caller("CreateRouteResponse", **route, **members)


def test_route_has_one_response_of_a_key_and_takes_it_along(
    caller: Caller, api_id: str, route: dict[str, str]
) -> None:
    made = caller("CreateRouteResponse", **route, RouteResponseKey="$default")
    other = caller("CreateRoute", ApiId=api_id, RouteKey="other")["RouteId"]

    with pytest.raises(Conflicting, match=r"\$default already exists"):
        caller("CreateRouteResponse", **route, RouteResponseKey="$default")
    with pytest.raises(Missing):
        caller(
            "GetRouteResponse",
            ApiId=api_id,
            RouteId=other,
            RouteResponseId=made["RouteResponseId"],
        )
    caller("DeleteRoute", **route)
    again = caller("CreateRoute", ApiId=api_id, RouteKey="send")["RouteId"]
    assert caller("GetRouteResponses", ApiId=api_id, RouteId=again) == {"Items": []}


def test_integration_response_is_made_shown_changed_and_deleted(
    caller: Caller, integration: dict[str, str]
) -> None:
    made = caller(
        "CreateIntegrationResponse",
        **integration,
        IntegrationResponseKey="/2\\d\\d/",
        ResponseTemplates={"$default": "$input.body"},
        ContentHandlingStrategy="CONVERT_TO_TEXT",
    )
    named = {**integration, "IntegrationResponseId": made["IntegrationResponseId"]}

    assert caller("GetIntegrationResponse", **named) == made
    changed = caller("UpdateIntegrationResponse", **named, IntegrationResponseKey="$default")
    assert changed["IntegrationResponseKey"] == "$default"
    assert changed["ResponseTemplates"] == {"$default": "$input.body"}
    caller("DeleteIntegrationResponse", **named)
    with pytest.raises(Missing, match="Invalid IntegrationResponse identifier specified"):
        caller("GetIntegrationResponse", **named)


@pytest.mark.parametrize(
    "members",
    [
        {"IntegrationResponseKey": "200"},
        {"IntegrationResponseKey": "/" + "x" * 300 + "/"},
        {"IntegrationResponseKey": "$default", "ResponseParameters": {"x": "unquoted"}},
        {"IntegrationResponseKey": "$default", "ResponseTemplates": {"": "x"}},
        {"IntegrationResponseKey": "$default", "ResponseTemplates": {"a": "x" * 40_000}},
        {"IntegrationResponseKey": "$default", "TemplateSelectionExpression": "none"},
    ],
)
def test_integration_response_that_could_not_be_used_is_refused(
    caller: Caller, integration: dict[str, str], members: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        caller("CreateIntegrationResponse", **integration, **members)


def test_integration_responses_are_listed_in_pages_and_bounded(
    caller: Caller, integration: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "RESPONSES_PER_PART", 3)
    keys = {"/1/", "/2/", "$default"}
    for key in keys:
        caller("CreateIntegrationResponse", **integration, IntegrationResponseKey=key)

    first = caller("GetIntegrationResponses", **integration, MaxResults="2")
    second = caller("GetIntegrationResponses", **integration, NextToken=first["NextToken"])

    listed = [*first["Items"], *second["Items"]]
    assert {each["IntegrationResponseKey"] for each in listed} == keys
    with pytest.raises(Conflicting, match="The limit is 3"):
        caller("CreateIntegrationResponse", **integration, IntegrationResponseKey="/4/")


def test_http_apis_have_neither(caller: Caller) -> None:
    api_id = caller.create_api()
    route = caller.create_route(api_id)
    integration = caller.create_integration(api_id)

    with pytest.raises(Invalid, match="Route responses are not supported on protocolType HTTP"):
        caller("CreateRouteResponse", ApiId=api_id, RouteId=route, RouteResponseKey="$default")
    with pytest.raises(Invalid, match="Integration responses are not supported on protocolType"):
        caller(
            "CreateIntegrationResponse",
            ApiId=api_id,
            IntegrationId=integration,
            IntegrationResponseKey="$default",
        )
    with pytest.raises(Missing):
        caller("GetRouteResponse", ApiId=api_id, RouteId=route, RouteResponseId="abcdefg")
