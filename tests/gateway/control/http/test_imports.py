"""ImportApi, ReimportApi and ExportApi."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.control.errors import Invalid, Missing
from gateway.openapi.faults import InvalidDocument
from gateway.snapshot import SnapshotHolder
from tests.gateway.control.caller import Caller

PETSTORE = (Path(__file__).parents[2] / "petstore" / "http.yaml").read_text()
PROXY = {"type": "http_proxy", "httpMethod": "GET", "uri": "https://backend.example/"}


def _document(**members: Any) -> str:
    document = {"openapi": "3.0.1", "info": {"title": "pets", "version": "1"}, "paths": {}}
    return json.dumps({**document, **members})


def _export(caller: Caller, api: str, **request: Any) -> str:
    request = {"Specification": "OAS30", "OutputType": "YAML", **request}
    return str(caller("ExportApi", ApiId=api, **request)["body"].decode())


def _whole(caller: Caller, api: str) -> list[Any]:
    lists = ("GetRoutes", "GetIntegrations", "GetAuthorizers")
    return [caller("GetApi", ApiId=api), *(caller(name, ApiId=api)["Items"] for name in lists)]


def test_the_petstore_is_imported_whole(caller: Caller) -> None:
    made = caller("ImportApi", Body=PETSTORE, FailOnWarnings=True)
    assert made["Name"] == "PetStore"
    assert made["Tags"] == {"team": "keepers"}
    assert made["CorsConfiguration"]["MaxAge"] == 60
    routes = {r["RouteKey"]: r for r in caller("GetRoutes", ApiId=made["ApiId"])["Items"]}
    assert {key: route["AuthorizationType"] for key, route in routes.items()} == {
        "$default": "CUSTOM",
        "DELETE /pets/{petId}": "AWS_IAM",
        "GET /pets": "NONE",
        "GET /pets/{petId}": "NONE",
        "POST /pets": "JWT",
    }
    assert routes["POST /pets"]["AuthorizationScopes"] == ["pets/add"]
    assert routes["$default"]["Target"] == routes["GET /pets"]["Target"]
    authorizers = {a["Name"]: a for a in caller("GetAuthorizers", ApiId=made["ApiId"])["Items"]}
    assert authorizers["keepers"]["JwtConfiguration"] == {
        "Issuer": "https://issuer.example",
        "Audience": ["shop"],
    }
    assert authorizers["guard"]["IdentitySource"] == [
        "$request.header.X-Guard",
        "$context.routeKey",
    ]


def test_the_same_document_again_changes_nothing(caller: Caller) -> None:
    api = caller("ImportApi", Body=PETSTORE)["ApiId"]
    before = _whole(caller, api)
    caller("ReimportApi", ApiId=api, Body=PETSTORE)
    assert _whole(caller, api) == before


@pytest.mark.parametrize("kind", ["YAML", "JSON"])
def test_an_export_is_imported_as_the_same_api(caller: Caller, kind: str) -> None:
    first = caller("ImportApi", Body=PETSTORE)["ApiId"]
    one = _export(caller, first, OutputType=kind)
    second = caller("ImportApi", Body=one, FailOnWarnings=True)["ApiId"]
    assert _export(caller, second, OutputType=kind).replace(second, first) == one


def test_a_reimport_removes_what_the_document_does_not_name(caller: Caller) -> None:
    api = caller("ImportApi", Body=PETSTORE)["ApiId"]
    paths = {"/dogs": {"get": {"x-amazon-apigateway-integration": PROXY}}}
    caller("ReimportApi", ApiId=api, Body=_document(paths=paths))
    shown, routes, integrations, authorizers = _whole(caller, api)
    assert shown["Name"] == "pets"
    assert "CorsConfiguration" not in shown
    assert [route["RouteKey"] for route in routes] == ["GET /dogs"]
    assert len(integrations) == 1
    assert authorizers == []


def test_stages_that_deploy_themselves_follow_a_reimport(
    caller: Caller, served: SnapshotHolder
) -> None:
    api = caller("ImportApi", Body=PETSTORE)["ApiId"]
    caller("CreateStage", ApiId=api, StageName="$default", AutoDeploy=True)
    paths = {"/dogs": {"get": {"x-amazon-apigateway-integration": PROXY}}}
    caller("ReimportApi", ApiId=api, Body=_document(paths=paths))
    routes = served.current.apis[api].stages["$default"].routes
    assert [route.key for route in routes] == ["GET /dogs"]
    assert "/dogs" in _export(caller, api, StageName="$default")


FAULTY = _document(
    paths={
        "/a": {"get": {}},
        "/b": {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}},
        "/c": {
            "get": {"security": [{"no": []}], "x-amazon-apigateway-integration": PROXY},
        },
        "/{d}": {"get": {"x-amazon-apigateway-integration": PROXY}},
        "/{e}": {"get": {"x-amazon-apigateway-integration": PROXY}},
    }
)


def test_a_bad_document_changes_nothing_and_all_its_faults_are_told(caller: Caller) -> None:
    api = caller("ImportApi", Body=PETSTORE)["ApiId"]
    before = _whole(caller, api)
    with pytest.raises(InvalidDocument) as raised:
        caller("ReimportApi", ApiId=api, Body=FAULTY)
    told = [line.strip().split(": ")[0] for line in str(raised.value).splitlines()[1:]]
    assert told == [
        "$.paths['/a'].get",
        "$.paths['/c'].get.security[0].no",
        "$.paths['/b'].get['x-amazon-apigateway-integration']",
        "$.paths['/{e}'].get",
    ]
    assert _whole(caller, api) == before
    with pytest.raises(InvalidDocument):
        caller("ImportApi", Body=FAULTY)
    assert len(caller("GetApis")["Items"]) == 1


def test_warnings_are_told_or_refuse_the_document(caller: Caller) -> None:
    body = _document(**{"x-amazon-apigateway-policy": {"Version": "2012-10-17"}})
    assert "HTTP APIs do not have it" in caller("ImportApi", Body=body)["Warnings"][0]
    with pytest.raises(InvalidDocument, match="Warnings found"):
        caller("ImportApi", Body=body, FailOnWarnings=True)


def test_what_http_apis_have_nothing_for_is_told_as_information(caller: Caller) -> None:
    schemas = {"schemas": {"Pet": {"type": "object"}}}
    made = caller("ImportApi", Body=_document(components=schemas), FailOnWarnings=True)
    assert made["ImportInfo"] == ["HTTP APIs do not validate requests: schemas are ignored"]


def test_swagger_is_refused(caller: Caller) -> None:
    body = json.dumps({"swagger": "2.0", "info": {"title": "a"}, "paths": {}})
    with pytest.raises(InvalidDocument, match="imported from OpenAPI"):
        caller("ImportApi", Body=body)


def test_base_paths(caller: Caller) -> None:
    paths = {"/dogs": {"get": {"x-amazon-apigateway-integration": PROXY}}}
    body = _document(paths=paths, servers=[{"url": "https://x.example/a/b"}])
    for how, key in (("ignore", "/dogs"), ("prepend", "/a/b/dogs"), ("split", "/b/dogs")):
        api = caller("ImportApi", Body=body, Basepath=how)["ApiId"]
        assert caller("GetRoutes", ApiId=api)["Items"][0]["RouteKey"] == f"GET {key}"
    with pytest.raises(Invalid, match="Basepath"):
        caller("ImportApi", Body=body, Basepath="up")


def test_an_api_without_a_version_is_exported_with_the_time_it_was_made(caller: Caller) -> None:
    """As AWS writes it: `"version": "2023-04-30 00:45:35UTC"`."""
    document = yaml.safe_load(_export(caller, caller.create_api()))
    assert document["info"]["version"] == "2026-05-04 12:00:00UTC"


def test_extensions_can_be_left_out_of_an_export(caller: Caller) -> None:
    api = caller("ImportApi", Body=PETSTORE)["ApiId"]
    document = yaml.safe_load(_export(caller, api, IncludeExtensions=False))
    assert "x-amazon-apigateway-integration" not in document["paths"]["/pets"]["get"]
    assert "x-amazon-apigateway-cors" not in document


@pytest.mark.parametrize(
    "request_members",
    [{"OutputType": "XML"}, {"Specification": "OAS31"}, {"ExportVersion": "2.0"}],
)
def test_exports_that_there_are_not_are_refused(
    caller: Caller, request_members: dict[str, str]
) -> None:
    api = caller("ImportApi", Body=PETSTORE)["ApiId"]
    with pytest.raises(Invalid):
        _export(caller, api, **request_members)


def test_a_stage_without_a_deployment_and_an_unknown_one_are_refused(caller: Caller) -> None:
    api = caller("ImportApi", Body=PETSTORE)["ApiId"]
    caller("CreateStage", ApiId=api, StageName="empty")
    with pytest.raises(Invalid, match="serves no deployment"):
        _export(caller, api, StageName="empty")
    with pytest.raises(Missing):
        _export(caller, api, StageName="none")
    with pytest.raises(Missing):
        _export(caller, "nothing")


def test_extensions_of_operations_that_are_not_known_are_told(caller: Caller) -> None:
    operation = {
        "x-amazon-apigateway-integration": PROXY,
        "x-amazon-apigateway-request-validator": "all",
        "x-own": 1,
    }
    made = caller("ImportApi", Body=_document(paths={"/a": {"get": operation}}))
    (warning,) = made["Warnings"]
    assert warning.startswith("$.paths['/a'].get['x-amazon-apigateway-request-validator']: ")
