"""GetSdk, GetSdkTypes and GetSdkType."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from gateway.control.errors import Invalid, Missing
from gateway.sdks.types import InvalidParameter
from kernel.database import Database
from tests.gateway.control.caller import Caller, build_kernel

MOCK = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
IAM = {"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}


def _deployed(caller: Caller, paths: dict[str, dict[str, Any]]) -> str:
    whole = {
        path: {
            verb: {"x-amazon-apigateway-integration": MOCK, **operation}
            for verb, operation in item.items()
        }
        for path, item in paths.items()
    }
    document = {"openapi": "3.0.1", "info": {"title": "pets"}, "paths": whole}
    api: str = caller.rest("ImportRestApi", body=json.dumps(document).encode())["id"]
    caller.rest("CreateDeployment", restApiId=api, stageName="prod")
    return api


def _described(caller: Caller, api: str) -> Any:
    """What a JavaScript SDK knows of its API."""
    made = caller.rest("GetSdk", restApiId=api, stageName="prod", sdkType="javascript")
    with zipfile.ZipFile(io.BytesIO(made["body"])) as archive:
        text = archive.read("apiGateway-js-sdk/apigClient.js").decode()
    return json.JSONDecoder().raw_decode(text[text.index("const api = ") + len("const api = ") :])[
        0
    ]


def test_functions_are_named_by_path_and_verb_and_never_alike(caller: Caller) -> None:
    api = _deployed(
        caller,
        {
            "/": {"get": {}},
            "/a-b": {"get": {}},
            "/aB": {"get": {}},
            "/2020": {"get": IAM},
            "/pets/{petId}": {"post": {}, "x-amazon-apigateway-any-method": {}},
        },
    )
    found = {each["name"]: each for each in _described(caller, api)["operations"]}
    pets = [name for name in found if name.startswith("petsPetId")]
    assert sorted(found.keys() - pets) == ["aBGet", "aBGet2", "path2020Get", "rootGet"]
    assert sorted(pets) == [
        f"petsPetId{verb}" for verb in ("Delete", "Get", "Head", "Options", "Patch", "Post", "Put")
    ]
    assert found["path2020Get"]["signed"] is True
    assert found["petsPetIdPost"]["parameters"] == [["path", "petId", True]]


def test_an_sdk_is_of_what_the_stage_serves(caller: Caller) -> None:
    api = _deployed(caller, {"/pets": {"get": {}}})
    root = caller.rest("GetResources", restApiId=api)["items"][0]["id"]
    caller.rest("CreateResource", restApiId=api, parentId=root, pathPart="dogs")
    assert [each["path"] for each in _described(caller, api)["operations"]] == ["/pets"]


@pytest.mark.parametrize(
    ("public_url", "url"),
    [
        ("https://gateway.example", "https://{}.execute-api.gateway.example/prod"),
        ("http://localhost:8080", "http://localhost:8080/execute-api/{}/prod"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/execute-api/{}/prod"),
    ],
)
def test_an_sdk_knows_an_address_that_its_language_resolves(
    sqlite: Database, tmp_path: Path, public_url: str, url: str
) -> None:
    caller = Caller(build_kernel(sqlite, tmp_path, public_url=public_url), region="eu-west-1")
    api = _deployed(caller, {"/pets": {"get": {}}})
    described = _described(caller, api)
    assert (described["url"], described["region"]) == (url.format(api), "eu-west-1")


def test_what_there_is_not_is_refused(caller: Caller) -> None:
    api = _deployed(caller, {"/pets": {"get": {}}})
    request = {"restApiId": api, "stageName": "prod", "sdkType": "python"}
    with pytest.raises(Missing):
        caller.rest("GetSdk", **{**request, "stageName": "none"})
    with pytest.raises(Invalid, match="The types are: javascript, python"):
        caller.rest("GetSdk", **{**request, "sdkType": "swift"})
    with pytest.raises(InvalidParameter):
        caller.rest("GetSdk", **request, parameters={"packageName": "no name"})
    with pytest.raises(Missing, match="The types are: javascript, python"):
        caller.rest("GetSdkType", id="swift")
    with pytest.raises(Invalid):
        caller.rest("GetSdkTypes", position="further")


def test_types_tell_what_they_take(caller: Caller) -> None:
    types = caller.rest("GetSdkTypes")["items"]
    assert [each["id"] for each in types] == ["javascript", "python"]
    for each in types:
        assert caller.rest("GetSdkType", id=each["id"]) == each
