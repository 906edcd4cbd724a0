"""What is stored and not served must be reachable by nobody else, and must harm nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.control.errors import Invalid, Missing
from gateway.snapshot import SnapshotHolder
from tests.gateway.conftest import Served
from tests.gateway.control.caller import Caller
from tests.gateway.control.conftest import caller, kernel, served, sqlite  # noqa: F401 - fixtures
from tests.gateway.control.portals.conftest import PORTAL
from tests.gateway.plane import Plane

CONTENT = {"Title": "Welcome", "Body": "x"}


def test_websocket_api_is_served_to_nobody_at_any_address(
    caller: Caller,  # noqa: F811 - a fixture
    served: SnapshotHolder,  # noqa: F811 - a fixture
    plane: Plane,
    serve: Callable[[Any], Served],
) -> None:
    api_id = caller.create_api(
        ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )
    made = caller("CreateIntegration", ApiId=api_id, IntegrationType="MOCK")["IntegrationId"]
    for key in ("$connect", "$default", "GET /"):
        caller("CreateRoute", ApiId=api_id, RouteKey=key, Target=f"integrations/{made}")
    caller("CreateStage", ApiId=api_id, StageName="live", AutoDeploy=True)
    caller("CreateDomainName", DomainName="chat.example.com")
    caller("CreateApiMapping", DomainName="chat.example.com", ApiId=api_id, Stage="live")
    plane.holder.swap(served.current)
    server = serve(plane.app)

    for host, path in (
        (f"{api_id}.execute-api.localhost", "/live"),
        (f"{api_id}.execute-api.localhost", "/"),
        ("chat.example.com", "/"),
        ("localhost", f"/execute-api/{api_id}/live"),
    ):
        for upgrade in ({}, {"Connection": "Upgrade", "Upgrade": "websocket"}):
            answer = server.request("GET", path, headers={"Host": host, **upgrade})
            assert answer.status in (403, 404), (host, path, answer.status)


def test_no_member_of_a_request_moves_a_response_to_another_route(
    caller: Caller,  # noqa: F811 - a fixture
) -> None:
    api_id = caller.create_api(
        ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )
    mine, other = (
        caller("CreateRoute", ApiId=api_id, RouteKey=key)["RouteId"] for key in ("a", "b")
    )
    made = caller(
        "CreateRouteResponse",
        ApiId=api_id,
        RouteId=mine,
        RouteResponseKey="$default",
        Owner=other,
    )

    assert "Owner" not in made
    assert caller("GetRouteResponses", ApiId=api_id, RouteId=other) == {"Items": []}


@pytest.mark.parametrize("product", ["%", "_" * 10, "..", "a.b", "", "x" * 500, "\x00", "é"])
def test_product_ids_are_no_patterns(
    caller: Caller,  # noqa: F811 - a fixture
    product: str,
) -> None:
    made = caller("CreatePortalProduct", DisplayName="Pets")["PortalProductId"]
    caller("CreateProductPage", PortalProductId=made, DisplayContent=CONTENT)

    for operation in ("ListProductPages", "ListProductRestEndpointPages", "GetPortalProduct"):
        with pytest.raises(Missing):
            caller(operation, PortalProductId=product)


def test_token_of_one_list_opens_no_other(
    caller: Caller,  # noqa: F811 - a fixture
) -> None:
    products = [caller("CreatePortalProduct", DisplayName="x")["PortalProductId"] for _ in "ab"]
    for product in products:
        for _ in range(2):
            caller("CreateProductPage", PortalProductId=product, DisplayContent=CONTENT)
    first = caller("ListProductPages", PortalProductId=products[0], MaxResults="1")
    token = first["NextToken"]

    with pytest.raises(Invalid, match="Invalid NextToken"):
        caller("ListProductPages", PortalProductId=products[1], NextToken=token)
    with pytest.raises(Invalid, match="Invalid NextToken"):
        caller("ListPortalProducts", NextToken=token)
    stranger = caller.elsewhere(account="111111111111")
    with pytest.raises(Missing):
        stranger("ListProductPages", PortalProductId=products[0], NextToken=token)
    with pytest.raises(Invalid, match="Invalid NextToken"):
        stranger("ListPortals", NextToken=token)


def test_portal_shows_no_more_of_a_stranger_s_pool_than_was_given(
    caller: Caller,  # noqa: F811 - a fixture
) -> None:
    """Nothing is looked up by the names that a portal holds: they are text."""
    pool = {
        "AppClientId": "client",
        "UserPoolArn": "arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_other",
        "UserPoolDomain": "http://169.254.169.254/latest",
    }

    made = caller("CreatePortal", **{**PORTAL, "Authorization": {"CognitoConfig": pool}})

    assert made["Authorization"] == {"CognitoConfig": pool}
