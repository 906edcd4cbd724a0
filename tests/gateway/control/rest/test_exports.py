"""GetExport: a stage's deployment as a document, which imports as the same API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.control.errors import Invalid, Missing
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import checked

PETSTORE = (Path(__file__).parents[2] / "petstore" / "rest.yaml").read_bytes()
EVERYTHING = {"extensions": "apigateway"}


def _deployed(caller: Caller, body: bytes) -> str:
    api: str = checked(caller, "ImportRestApi", body=body)["id"]
    checked(caller, "CreateDeployment", restApiId=api, stageName="prod")
    checked(
        caller,
        "CreateDocumentationVersion",
        restApiId=api,
        documentationVersion="1",
        stageName="prod",
    )
    return api


def _export(caller: Caller, api: str, kind: str = "oas30", **request: Any) -> Any:
    where = {"restApiId": api, "stageName": "prod", "exportType": kind}
    return checked(caller, "GetExport", **where, **request)


@pytest.mark.parametrize("kind", ["oas30", "swagger"])
@pytest.mark.parametrize("accepts", ["application/json", "application/yaml"])
def test_an_export_is_imported_as_the_same_api(caller: Caller, kind: str, accepts: str) -> None:
    first = _deployed(caller, PETSTORE)
    one = _export(caller, first, kind, accepts=accepts, parameters=EVERYTHING)
    second = _deployed(caller, one["body"])
    two = _export(caller, second, kind, accepts=accepts, parameters=EVERYTHING)
    assert two["body"].replace(second.encode(), first.encode()) == one["body"]
    assert one["contentType"] == accepts
    assert one["contentDisposition"].startswith(f'attachment; filename="{kind}_2026-')


def test_a_stage_exports_its_deployment_and_not_the_working_copy(caller: Caller) -> None:
    api = _deployed(caller, PETSTORE)
    before = _export(caller, api, parameters=EVERYTHING)["body"]
    empty = json.dumps({"swagger": "2.0", "info": {"title": "none"}, "paths": {}}).encode()
    checked(caller, "PutRestApi", restApiId=api, body=empty, mode="overwrite")
    assert _export(caller, api, parameters=EVERYTHING)["body"] == before


def test_extensions_are_written_where_they_are_asked_for(caller: Caller) -> None:
    api = _deployed(caller, PETSTORE)

    def written(extensions: str | None) -> set[str]:
        parameters = {} if extensions is None else {"extensions": extensions}
        text = _export(caller, api, parameters=parameters)["body"].decode()
        return {
            word
            for word in ("integration", "authorizer", "documentation")
            if f'"x-amazon-apigateway-{word}"' in text
        }

    assert written(None) == set()
    assert written("postman") == set()
    assert written("integrations") == {"integration"}
    assert written("authorizers") == {"authorizer"}
    assert written("integrations,authorizers") == {"integration", "authorizer"}
    assert written("apigateway") == {"integration", "authorizer", "documentation"}


def test_documentation_is_where_openapi_has_members_for_it(caller: Caller) -> None:
    document = json.loads(_export(caller, _deployed(caller, PETSTORE))["body"])
    assert document["info"]["contact"] == {"name": "keepers"}
    assert document["paths"]["/pets"]["get"]["summary"] == "The pets that are for sale"
    assert document["paths"]["/pets"]["get"]["responses"]["200"]["description"] == "The pets"


def test_swagger_says_where_the_stage_is(caller: Caller) -> None:
    api = _deployed(caller, PETSTORE)
    document = yaml.safe_load(_export(caller, api, "swagger", accepts="application/yaml")["body"])
    assert document["host"].startswith(f"{api}.execute-api.")
    assert document["basePath"] == "/prod"


@pytest.mark.parametrize(
    ("kind", "request_members"),
    [
        ("oas31", {}),
        ("oas30", {"accepts": "text/html"}),
        ("oas30", {"parameters": {"extensions": "everything"}}),
        ("oas30", {"parameters": {"colour": "red"}}),
    ],
)
def test_what_is_not_known_is_refused(
    caller: Caller, kind: str, request_members: dict[str, Any]
) -> None:
    api = _deployed(caller, PETSTORE)
    with pytest.raises(Invalid):
        _export(caller, api, kind, **request_members)


def test_a_missing_stage_is_missing(caller: Caller) -> None:
    api = _deployed(caller, PETSTORE)
    with pytest.raises(Missing):
        checked(caller, "GetExport", restApiId=api, stageName="dev", exportType="oas30")
