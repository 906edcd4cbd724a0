"""What a deployment captures of a tree, and what the data plane makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway import snapshot
from gateway.control.compiling.rest import compile_stage
from gateway.control.models import Api
from gateway.control.rest.definition import definition_of
from gateway.control.rest.models import GATEWAY_RESPONSE, REQUEST_VALIDATOR
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Tree


@pytest.fixture
def tree(caller: Caller) -> Tree:
    return Tree.planted(caller, binaryMediaTypes=["image/png"], tags={"team": "a"})


def _definition(tree: Tree) -> dict[str, Any]:
    return tree.caller.kernel.database.read(
        lambda session: definition_of(session, session.get_one(Api, tree.api))
    )


def test_definition_holds_the_whole_working_copy(tree: Tree) -> None:
    authorizer = tree.add_authorizer("TOKEN")
    validator = tree.add_part(REQUEST_VALIDATOR, "val001", "all", validateRequestBody=True)
    tree.add_part(GATEWAY_RESPONSE, "THROTTLED", "THROTTLED", statusCode="420")
    pets = tree.resource("pets")
    method = tree.method(
        resourceId=pets,
        authorizationType="CUSTOM",
        authorizerId=authorizer,
        requestValidatorId=validator,
    )
    method("PutIntegration", type="MOCK")

    definition = _definition(tree)

    assert definition["api"] == {
        "name": "pets",
        "binaryMediaTypes": ["image/png"],
        "apiKeySource": "HEADER",
        "endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "ipv4"},
    }
    assert definition["resources"] == [
        {"id": tree.root, "path": "/", "methods": {}},
        {"id": pets, "path": "/pets", "methods": {"GET": method("GetMethod")}},
    ]
    assert definition["authorizers"][authorizer]["type"] == "TOKEN"
    assert definition["validators"][validator]["validateRequestBody"] is True
    assert set(definition["models"]) == {"Empty", "Error"}
    assert definition["gatewayResponses"] == {"THROTTLED": {"statusCode": "420"}}
    assert json.loads(json.dumps(definition)) == definition


def test_definition_does_not_follow_the_working_copy(tree: Tree) -> None:
    method = tree.method()
    method("PutIntegration", type="MOCK")
    before = _definition(tree)
    kept = json.dumps(before)

    method.patch("UpdateIntegration", ("replace", "/timeoutInMillis", "100"))
    tree.resource("pets")

    assert json.dumps(before) == kept
    assert _definition(tree) != before


def test_data_plane_serves_what_the_tree_says(tree: Tree) -> None:
    method = tree.method(
        resourceId=tree.resource("pets", "{id}"),
        apiKeyRequired=True,
        requestParameters={"method.request.path.id": True},
        requestModels={"application/json": "Empty"},
    )
    method("PutMethodResponse", statusCode="200")
    method(
        "PutIntegration",
        type="HTTP",
        integrationHttpMethod="PUT",
        uri="https://backend.example/{id}",
        requestParameters={"integration.request.path.id": "method.request.path.id"},
        cacheKeyParameters=["method.request.path.id"],
    )
    method("PutIntegrationResponse", statusCode="200", selectionPattern="2..")
    tree.method()  # has no integration, so nothing is served there

    stage = compile_stage("dev", {}, _definition(tree), str)

    (route,) = stage.routes
    assert route.key == "GET /pets/{id}"
    assert route.api_key_required
    assert isinstance(route.target, snapshot.RestIntegration)
    assert (route.target.type, route.target.method) == ("HTTP", "PUT")
    assert route.target.cache_key_parameters == ("method.request.path.id",)
    assert [each.selection_pattern for each in route.target.responses] == ["2.."]
    assert stage.rest is not None
    assert stage.rest.binary_media_types == ("image/png",)
