"""Parts, deployments and stages as boto3 sees them: signed requests over a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from kernel.runtime import Kernel
from tests.gateway.control.signed import signing_clients

JSON = "application/json"
FUNCTION = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/guard/invocations"


@pytest.fixture
def gateway(kernel: Kernel) -> Iterator[Any]:
    """A boto3 client of a server of this test's own."""
    with signing_clients(kernel) as connect:
        yield connect("apigateway")


@pytest.fixture
def api(gateway: Any) -> str:
    """An API with one method that can be deployed."""
    made = gateway.create_rest_api(name="pets")
    where = {
        "restApiId": made["id"],
        "resourceId": made["rootResourceId"],
        "httpMethod": "GET",
    }
    gateway.put_method(**where, authorizationType="NONE")
    gateway.put_integration(**where, type="MOCK")
    return str(made["id"])


def _status(answer: Any) -> int:
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def _replace(path: str, value: str) -> list[dict[str, str]]:
    return [{"op": "replace", "path": path, "value": value}]


def test_models_and_validators(gateway: Any, api: str) -> None:
    made = gateway.create_model(
        restApiId=api, name="Pet", contentType=JSON, schema='{"type":"object"}'
    )
    assert _status(made) == 201
    pages = gateway.get_paginator("get_models").paginate(
        restApiId=api, PaginationConfig={"PageSize": 2}
    )
    assert [each["name"] for page in pages for each in page["items"]] == ["Empty", "Error", "Pet"]
    changed = gateway.update_model(
        restApiId=api, modelName="Pet", patchOperations=_replace("/description", "A pet")
    )
    assert changed["description"] == "A pet"
    assert gateway.get_model(restApiId=api, modelName="Pet", flatten=True)["schema"]
    assert "#set" in gateway.get_model_template(restApiId=api, modelName="Pet")["value"]
    assert _status(gateway.delete_model(restApiId=api, modelName="Pet")) == 202
    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.get_model(restApiId=api, modelName="Pet")
    with pytest.raises(gateway.exceptions.ConflictException):
        gateway.create_model(
            restApiId=api, name="Empty", contentType=JSON, schema='{"type":"object"}'
        )

    validator = gateway.create_request_validator(
        restApiId=api, name="all", validateRequestBody=True
    )["id"]
    where = {"restApiId": api, "requestValidatorId": validator}
    assert gateway.get_request_validator(**where)["validateRequestBody"] is True
    patch = _replace("/validateRequestParameters", "true")
    gateway.update_request_validator(**where, patchOperations=patch)
    assert len(gateway.get_request_validators(restApiId=api)["items"]) == 1
    assert _status(gateway.delete_request_validator(**where)) == 202
    with pytest.raises(gateway.exceptions.BadRequestException, match="cannot be blank"):
        gateway.create_request_validator(restApiId=api, name="")


def test_gateway_responses_and_authorizers(gateway: Any, api: str) -> None:
    where = {"restApiId": api, "responseType": "THROTTLED"}
    assert _status(gateway.put_gateway_response(**where, statusCode="420")) == 201
    assert gateway.get_gateway_response(**where)["statusCode"] == "420"
    gateway.update_gateway_response(**where, patchOperations=_replace("/statusCode", "429"))
    assert len(gateway.get_gateway_responses(restApiId=api)["items"]) == 21
    assert _status(gateway.delete_gateway_response(**where)) == 202
    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.delete_gateway_response(**where)

    made = gateway.create_authorizer(
        restApiId=api,
        name="guard",
        type="TOKEN",
        authorizerUri=FUNCTION,
        identitySource="method.request.header.Authorization",
    )
    assert _status(made) == 201
    authorizer = {"restApiId": api, "authorizerId": made["id"]}
    assert gateway.get_authorizer(**authorizer)["name"] == "guard"
    patch = _replace("/authorizerResultTtlInSeconds", "60")
    changed = gateway.update_authorizer(**authorizer, patchOperations=patch)
    assert changed["authorizerResultTtlInSeconds"] == 60
    assert len(gateway.get_authorizers(restApiId=api)["items"]) == 1
    assert _status(gateway.delete_authorizer(**authorizer)) == 202
    with pytest.raises(gateway.exceptions.BadRequestException, match="Invalid Authorizer URI"):
        gateway.create_authorizer(
            restApiId=api,
            name="guard",
            type="REQUEST",
            authorizerUri="https://a.example",
            identitySource="method.request.header.Authorization",
        )


def test_documentation(gateway: Any, api: str) -> None:
    made = gateway.create_documentation_part(
        restApiId=api, location={"type": "API"}, properties='{"description":"All"}'
    )
    assert _status(made) == 201
    part = {"restApiId": api, "documentationPartId": made["id"]}
    assert gateway.get_documentation_part(**part)["location"] == {"type": "API"}
    gateway.update_documentation_part(**part, patchOperations=_replace("/properties", "{}"))
    entry = {"location": {"type": "MODEL", "name": "Empty"}, "properties": {"a": "b"}}
    body = {"x-amazon-apigateway-documentation": {"documentationParts": [entry]}}
    imported = gateway.import_documentation_parts(restApiId=api, body=json.dumps(body).encode())
    assert _status(imported) == 200
    listed = gateway.get_documentation_parts(restApiId=api)["items"]
    assert {each["id"] for each in listed} == {made["id"], *imported["ids"]}

    version = gateway.create_documentation_version(restApiId=api, documentationVersion="v1")
    assert isinstance(version["createdDate"], datetime)
    where = {"restApiId": api, "documentationVersion": "v1"}
    assert gateway.get_documentation_version(**where)["version"] == "v1"
    gateway.update_documentation_version(**where, patchOperations=_replace("/description", "1"))
    assert len(gateway.get_documentation_versions(restApiId=api)["items"]) == 1
    assert _status(gateway.delete_documentation_version(**where)) == 202
    assert _status(gateway.delete_documentation_part(**part)) == 202
    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.get_documentation_part(**part)


def test_deployments_and_stages(gateway: Any, api: str) -> None:
    made = gateway.create_deployment(restApiId=api, description="First")
    assert _status(made) == 201
    deployment = {"restApiId": api, "deploymentId": made["id"]}
    summary = gateway.get_deployment(**deployment, embed=["apisummary"])["apiSummary"]
    assert summary == {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}}
    gateway.update_deployment(**deployment, patchOperations=_replace("/description", "1"))

    stage = gateway.create_stage(stageName="dev", **deployment)
    assert _status(stage) == 201
    assert isinstance(stage["createdDate"], datetime)
    where = {"restApiId": api, "stageName": "dev"}
    assert gateway.get_stage(**where)["methodSettings"] == {}
    patch = _replace("/~1/GET/throttling/rateLimit", "2.5")
    changed = gateway.update_stage(**where, patchOperations=patch)
    assert changed["methodSettings"]["~1/GET"]["throttlingRateLimit"] == 2.5
    assert len(gateway.get_stages(restApiId=api)["item"]) == 1
    assert _status(gateway.flush_stage_cache(**where)) == 202
    assert _status(gateway.flush_stage_authorizers_cache(**where)) == 202
    with pytest.raises(gateway.exceptions.BadRequestException, match="Active stages pointing"):
        gateway.delete_deployment(**deployment)
    with pytest.raises(gateway.exceptions.BadRequestException, match="Invalid method setting"):
        gateway.update_stage(**where, patchOperations=_replace("/other", "1"))
    assert _status(gateway.delete_stage(**where)) == 202
    assert _status(gateway.delete_deployment(**deployment)) == 202
    assert gateway.get_deployments(restApiId=api)["items"] == []
    with pytest.raises(gateway.exceptions.NotFoundException):
        gateway.get_stage(**where)


def test_quota_is_told_as_a_limit(gateway: Any, api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.quotas.STAGES_PER_API", 0)
    with pytest.raises(gateway.exceptions.LimitExceededException):
        gateway.create_deployment(restApiId=api, stageName="dev")


def test_word_that_the_model_does_not_have_is_refused_by_name(gateway: Any, api: str) -> None:
    with pytest.raises(gateway.exceptions.ClientError) as refused:
        gateway.get_gateway_response(restApiId=api, responseType="FAKE")
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert "Value 'FAKE' at" in error["Message"]
