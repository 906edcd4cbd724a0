"""ImportRestApi and PutRestApi: what a document makes of an API, and what a bad one leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.control.errors import Invalid, Missing
from gateway.openapi.faults import InvalidDocument
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import checked

PETSTORE = (Path(__file__).parents[2] / "petstore" / "rest.yaml").read_bytes()
MOCK = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}


def _document(**members: Any) -> bytes:
    document = {"openapi": "3.0.1", "info": {"title": "pets", "version": "1"}, "paths": {}}
    return json.dumps({**document, **members}).encode()


def _import(caller: Caller, body: bytes, **request: Any) -> Any:
    return checked(caller, "ImportRestApi", body=body, **request)


def _put(caller: Caller, api: str, body: bytes, mode: str = "overwrite", **request: Any) -> Any:
    return checked(caller, "PutRestApi", restApiId=api, body=body, mode=mode, **request)


def _methods(caller: Caller, api: str) -> dict[str, Any]:
    items = checked(caller, "GetResources", restApiId=api, embed=["methods"], limit=500)["items"]
    return {item["path"]: item.get("resourceMethods", {}) for item in items}


def _whole(caller: Caller, api: str) -> str:
    """Everything that reading operations show of an API, ids and all."""
    reads = ("GetModels", "GetAuthorizers", "GetRequestValidators", "GetDocumentationParts")
    shown = [checked(caller, name, restApiId=api, limit=500)["items"] for name in reads]
    api_itself = checked(caller, "GetRestApi", restApiId=api)
    responses = checked(caller, "GetGatewayResponses", restApiId=api)["items"]
    return json.dumps([shown, api_itself, responses, _methods(caller, api)], default=str)


def test_the_petstore_is_imported_whole(caller: Caller) -> None:
    made = _import(caller, PETSTORE, failOnWarnings=True)
    assert made["name"] == "PetStore"
    assert made["version"] == "2024-05-04"
    assert made["binaryMediaTypes"] == ["image/png"]
    assert made["minimumCompressionSize"] == 1024
    assert made["tags"] == {"team": "keepers"}
    assert f":000000000000:{made['id']}/*" in made["policy"]
    methods = _methods(caller, made["id"])
    assert set(methods) == {"/", "/owners", "/owners/{proxy+}", "/pets", "/pets/{petId}", "/till"}
    pet = methods["/pets/{petId}"]["GET"]
    assert pet["operationName"] == "getPet"
    assert pet["requestParameters"] == {
        "method.request.path.petId": True,
        "method.request.header.X-Trace": False,
    }
    assert pet["methodResponses"]["200"]["responseModels"] == {"application/json": "Pet"}
    assert pet["methodIntegration"]["timeoutInMillis"] == 5000
    assert pet["methodIntegration"]["integrationResponses"]["404"]["selectionPattern"] == "4\\d\\d"
    assert methods["/pets/{petId}"]["DELETE"]["apiKeyRequired"] is True
    model = checked(caller, "GetModel", restApiId=made["id"], modelName="Pets")
    assert json.loads(model["schema"])["items"] == {
        "$ref": f"https://apigateway.amazonaws.com/restapis/{made['id']}/models/Pet"
    }


@pytest.mark.parametrize("mode", ["merge", "overwrite"])
def test_the_same_document_again_changes_nothing(caller: Caller, mode: str) -> None:
    api = _import(caller, PETSTORE)["id"]
    before = _whole(caller, api)
    _put(caller, api, PETSTORE, mode)
    assert _whole(caller, api) == before


def test_merging_keeps_what_the_document_does_not_name(caller: Caller) -> None:
    api = _import(caller, PETSTORE)["id"]
    operation = {"x-amazon-apigateway-integration": MOCK}
    _put(caller, api, _document(paths={"/pets": {"get": operation}, "/new": {}}), "merge")
    methods = _methods(caller, api)
    assert set(methods["/pets"]) == {"GET", "OPTIONS", "POST"}
    assert "operationName" not in methods["/pets"]["GET"]
    assert "/new" in methods
    assert "/owners/{proxy+}" in methods


def test_overwriting_removes_what_the_document_does_not_name(caller: Caller) -> None:
    api = _import(caller, PETSTORE)["id"]
    _put(caller, api, _document(paths={"/{other}": {"get": {}}}))
    assert set(_methods(caller, api)) == {"/", "/{other}"}
    for operation in ("GetAuthorizers", "GetRequestValidators", "GetDocumentationParts"):
        assert checked(caller, operation, restApiId=api)["items"] == []
    models = checked(caller, "GetModels", restApiId=api)["items"]
    assert [model["name"] for model in models] == ["Empty", "Error"]
    shown = checked(caller, "GetRestApi", restApiId=api)
    assert "policy" not in shown
    assert "binaryMediaTypes" not in shown


FAULTY = _document(
    paths={
        "/pets": {
            "get": {"x-amazon-apigateway-integration": {"type": "carrier pigeon"}},
            "post": {"x-amazon-apigateway-integration": {"type": "http", "uri": "gopher://x"}},
        },
        "/pets/{id": {"get": {}},
        "/dogs": {"get": {"parameters": [{"name": "a", "in": "nowhere"}]}},
    },
    components={"schemas": {"Dog": {"type": "canine"}, "Cat": {"$ref": "#/components/schemas/No"}}},
)


def test_a_bad_document_changes_nothing_and_all_its_faults_are_told(caller: Caller) -> None:
    api = _import(caller, PETSTORE)["id"]
    before = _whole(caller, api)
    for mode in ("merge", "overwrite"):
        with pytest.raises(InvalidDocument) as raised:
            _put(caller, api, FAULTY, mode)
        lines = str(raised.value).splitlines()
        assert lines[0] == "Errors found during import:"
        told = [line.strip().split(": ")[0] for line in lines[1:]]
        assert sorted(set(told)) == [
            "$.components.schemas.Cat",
            "$.components.schemas.Dog",
            "$.paths['/dogs'].get.parameters[0]",
            "$.paths['/pets'].get['x-amazon-apigateway-integration'].type",
            "$.paths['/pets'].post['x-amazon-apigateway-integration']",
            "$.paths['/pets/{id']",
        ]
    assert _whole(caller, api) == before


def test_a_bad_document_makes_no_api(caller: Caller) -> None:
    with pytest.raises(InvalidDocument):
        _import(caller, FAULTY)
    assert checked(caller, "GetRestApis")["items"] == []


def test_warnings_are_told_or_refuse_the_document(caller: Caller) -> None:
    body = _document(**{"x-amazon-apigateway-cors": {"allowOrigins": ["*"]}})
    made = _import(caller, body)
    assert len(made["warnings"]) == 1
    assert made["warnings"][0].startswith("$['x-amazon-apigateway-cors']")
    with pytest.raises(InvalidDocument, match="Warnings found during import"):
        _import(caller, body, failOnWarnings=True)
    assert len(checked(caller, "GetRestApis")["items"]) == 1


def test_a_base_path_is_prepended(caller: Caller) -> None:
    api = _import(caller, PETSTORE, parameters={"basepath": "prepend"})["id"]
    assert "/shop/v1/pets" in _methods(caller, api)


def test_documentation_can_be_left_out(caller: Caller) -> None:
    api = _import(caller, PETSTORE, parameters={"ignore": "documentation"})["id"]
    assert checked(caller, "GetDocumentationParts", restApiId=api)["items"] == []


def test_the_endpoint_types_are_a_parameter(caller: Caller) -> None:
    made = _import(caller, PETSTORE, parameters={"endpointConfigurationTypes": "REGIONAL"})
    assert made["endpointConfiguration"]["types"] == ["REGIONAL"]


@pytest.mark.parametrize(
    "parameters", [{"basepath": "up"}, {"ignore": "everything"}, {"colour": "red"}]
)
def test_unknown_parameters_are_refused(caller: Caller, parameters: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        _import(caller, PETSTORE, parameters=parameters)


def test_an_unknown_api_is_missing(caller: Caller) -> None:
    with pytest.raises(Missing):
        _put(caller, "nothing", PETSTORE)


def test_the_api_of_another_account_is_missing(caller: Caller) -> None:
    api = _import(caller, PETSTORE)["id"]
    with pytest.raises(Missing):
        _put(caller.elsewhere(account="111111111111"), api, PETSTORE)


def test_an_api_that_a_document_locks_down_is_locked_without_a_deployment(caller: Caller) -> None:
    locked = {"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True}}
    api = _import(caller, _document())["id"]
    assert _put(caller, api, _document(**locked))["disableExecuteApiEndpoint"] is True


def test_a_method_names_its_authorizer_and_scopes(caller: Caller) -> None:
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {
            "type": "cognito_user_pools",
            "providerARNs": [
                "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_AbCdEfGhI"
            ],
        },
    }
    body = _document(
        paths={"/a": {"get": {"security": [{"people": ["a/read"]}]}}},
        components={"securitySchemes": {"people": scheme}},
    )
    api = _import(caller, body)["id"]
    method = _methods(caller, api)["/a"]["GET"]
    (authorizer,) = checked(caller, "GetAuthorizers", restApiId=api)["items"]
    assert method["authorizationType"] == "COGNITO_USER_POOLS"
    assert method["authorizerId"] == authorizer["id"]
    assert method["authorizationScopes"] == ["a/read"]
    assert authorizer["identitySource"] == "method.request.header.Authorization"


def test_a_type_that_is_wrong_is_a_fault_and_no_error_of_the_server(caller: Caller) -> None:
    integration = {**MOCK, "requestParameters": ["a"], "timeoutInMillis": "soon"}
    body = _document(
        paths={"/a": {"get": {"x-amazon-apigateway-integration": integration}}},
        **{
            "x-amazon-apigateway-minimum-compression-size": "small",
            "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": "yes"}},
            "x-amazon-apigateway-gateway-responses": {"NEVER_HEARD": {}, "THROTTLED": []},
        },
    )
    with pytest.raises(InvalidDocument) as raised:
        _import(caller, body)
    assert len(str(raised.value).splitlines()) == 6
