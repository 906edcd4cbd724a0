"""The tree of a REST API as boto3 sees it: signed requests over a socket, answers by the model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gateway import quotas
from kernel.runtime import Kernel
from tests.gateway.control.signed import signing_clients


@pytest.fixture
def gateway(kernel: Kernel) -> Iterator[Any]:
    with signing_clients(kernel) as connect:
        yield connect("apigateway")


def test_boto3_builds_reads_changes_and_deletes_a_tree(gateway: Any) -> None:
    api = gateway.create_rest_api(name="pets", binaryMediaTypes=["image/png"])
    assert _status(api) == 201
    assert isinstance(api["createdDate"], datetime)
    pets = gateway.create_resource(
        restApiId=api["id"], parentId=api["rootResourceId"], pathPart="pets"
    )
    where = {"restApiId": api["id"], "resourceId": pets["id"], "httpMethod": "GET"}
    ok = {**where, "statusCode": "200"}

    method = gateway.put_method(
        **where,
        authorizationType="NONE",
        requestParameters={"method.request.querystring.page": False},
    )
    gateway.put_method_response(
        **ok,
        responseParameters={"method.response.header.X-Total": True},
        responseModels={"application/json": "Empty"},
    )
    gateway.put_integration(
        **where,
        type="HTTP",
        integrationHttpMethod="GET",
        uri="https://backend.example/pets",
        requestParameters={
            "integration.request.querystring.page": "method.request.querystring.page"
        },
    )
    response = gateway.put_integration_response(
        **ok,
        selectionPattern="",
        responseParameters={"method.response.header.X-Total": "integration.response.header.Total"},
        responseTemplates={"application/json": ""},
    )
    assert (_status(method), _status(response)) == (201, 201)
    _change(gateway, api["id"], where, ok)
    _read(gateway, api["id"], where, ok)
    _delete(gateway, api["id"], where, ok)


def _change(gateway: Any, api: str, where: dict[str, str], ok: dict[str, str]) -> None:
    def patch(path: str, value: str) -> dict[str, Any]:
        return {"patchOperations": [{"op": "replace", "path": path, "value": value}]}

    gateway.update_rest_api(restApiId=api, **patch("/name", "dogs"))
    gateway.update_resource(
        restApiId=api, resourceId=where["resourceId"], **patch("/pathPart", "dogs")
    )
    gateway.update_method(**where, **patch("/apiKeyRequired", "true"))
    gateway.update_integration(**where, **patch("/timeoutInMillis", "1000"))
    gateway.update_integration_response(**ok, **patch("/selectionPattern", "2.."))
    changed = gateway.update_method_response(
        **ok, **patch("/responseModels/application~1json", "Error")
    )
    assert _status(changed) == 201


def _read(gateway: Any, api: str, where: dict[str, str], ok: dict[str, str]) -> None:
    assert gateway.get_rest_api(restApiId=api)["name"] == "dogs"
    assert [item["id"] for item in gateway.get_rest_apis()["items"]] == [api]
    resources = gateway.get_resources(restApiId=api, embed=["methods"])["items"]
    full = next(item for item in resources if item["path"] == "/dogs")["resourceMethods"]["GET"]
    method = gateway.get_method(**where)
    assert full == {key: each for key, each in method.items() if key != "ResponseMetadata"}
    assert method["apiKeyRequired"] is True
    assert method["methodIntegration"]["timeoutInMillis"] == 1000
    assert gateway.get_method_response(**ok)["responseModels"] == {"application/json": "Error"}
    assert gateway.get_integration_response(**ok)["responseTemplates"] == {"application/json": ""}
    assert (
        gateway.get_integration(**where)["integrationResponses"]["200"]["selectionPattern"] == "2.."
    )
    assert gateway.get_resource(restApiId=api, resourceId=where["resourceId"])["pathPart"] == "dogs"


def _delete(gateway: Any, api: str, where: dict[str, str], ok: dict[str, str]) -> None:
    assert _status(gateway.delete_integration_response(**ok)) == 204
    assert _status(gateway.delete_integration(**where)) == 204
    assert _status(gateway.delete_method_response(**ok)) == 204
    assert _status(gateway.delete_method(**where)) == 204
    assert _status(gateway.delete_resource(restApiId=api, resourceId=where["resourceId"])) == 202
    assert _status(gateway.delete_rest_api(restApiId=api)) == 202
    with pytest.raises(gateway.exceptions.NotFoundException) as missing:
        gateway.get_rest_api(restApiId=api)
    assert missing.value.response["Error"]["Message"] == (
        f"Invalid API identifier specified 000000000000:{api}"
    )


def _status(answer: dict[str, Any]) -> int:
    status: int = answer["ResponseMetadata"]["HTTPStatusCode"]
    return status


def test_boto3_pages_through_a_list(gateway: Any) -> None:
    made = {gateway.create_rest_api(name=f"api-{number}")["id"] for number in range(5)}

    pages = list(gateway.get_paginator("get_rest_apis").paginate(PaginationConfig={"PageSize": 2}))

    assert [len(page["items"]) for page in pages] == [2, 2, 1]
    assert {item["id"] for page in pages for item in page["items"]} == made


def test_boto3_raises_the_exceptions_of_the_model(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = gateway.create_rest_api(name="pets")
    root = {"restApiId": api["id"], "parentId": api["rootResourceId"]}
    gateway.create_resource(**root, pathPart="pets")

    with pytest.raises(gateway.exceptions.ConflictException, match="already has this name: pets"):
        gateway.create_resource(**root, pathPart="pets")
    with pytest.raises(gateway.exceptions.BadRequestException, match="path part only allow"):
        gateway.create_resource(**root, pathPart="a b")
    monkeypatch.setattr(quotas, "RESOURCES_PER_API", 2)
    with pytest.raises(gateway.exceptions.LimitExceededException, match="The limit is 2"):
        gateway.create_resource(**root, pathPart="dogs")
    with pytest.raises(ClientError, match=r"Member must satisfy enum value set"):
        gateway.update_rest_api(restApiId=api["id"], patchOperations=[{"op": "no", "path": "/a"}])
    with pytest.raises(ClientError, match=r"Member must satisfy regular expression pattern"):
        gateway.get_method_response(
            restApiId=api["id"],
            resourceId=api["rootResourceId"],
            httpMethod="GET",
            statusCode="wrong",
        )
