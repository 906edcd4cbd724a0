"""Portals, products and pages to change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.control.caller import Caller

COLORS = dict.fromkeys(
    (
        "AccentColor",
        "BackgroundColor",
        "ErrorValidationColor",
        "HeaderColor",
        "NavigationColor",
        "TextColor",
    ),
    "#1a2b3c",
)
PORTAL: dict[str, Any] = {
    "Authorization": {"None": {}},
    "EndpointConfiguration": {"None": {}},
    "PortalContent": {"DisplayName": "Pets", "Theme": {"CustomColors": COLORS}},
}


@pytest.fixture
def portal(caller: Caller) -> str:
    made: str = caller("CreatePortal", **PORTAL)["PortalId"]
    return made


@pytest.fixture
def product(caller: Caller) -> str:
    made: str = caller("CreatePortalProduct", DisplayName="Pets")["PortalProductId"]
    return made


@pytest.fixture
def endpoint(caller: Caller) -> dict[str, Any]:
    """GET /pets of a REST API, as a page names it."""
    rest = caller.rest
    api_id = rest("CreateRestApi", name="pets")["id"]
    root = rest("GetResources", restApiId=api_id)["items"][0]["id"]
    pets = rest("CreateResource", restApiId=api_id, parentId=root, pathPart="pets")["id"]
    method = {"restApiId": api_id, "resourceId": pets, "httpMethod": "GET"}
    rest("PutMethod", **method, authorizationType="NONE")
    rest("PutIntegration", **method, type="MOCK")
    rest("CreateDeployment", restApiId=api_id, stageName="live")
    parts = {"RestApiId": api_id, "Stage": "live", "Method": "GET", "Path": "/pets"}
    return {"IdentifierParts": parts}
