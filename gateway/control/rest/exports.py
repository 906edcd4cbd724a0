"""GetExport: what a stage serves, as an OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from gateway.control.endpoints import api_endpoint
from gateway.control.errors import ERRORS, Invalid
from gateway.control.models import Api, Stage
from gateway.control.repository import find_rest_api
from gateway.control.rest.deploying import find_deployment
from gateway.control.rest.documentation_versions import DOCUMENTATION_SNAPSHOT
from gateway.control.rest.exporting import exported
from gateway.control.rest.models import Part
from gateway.control.rest.staging import find_stage
from gateway.openapi.rest.values import RestApi
from gateway.openapi.rest.writing import (
    ALL,
    AUTHORIZERS,
    DOCUMENTATION,
    INTEGRATIONS,
    Address,
    write_rest_api,
)
from gateway.openapi.versions import Version
from gateway.openapi.writing import write_json, write_yaml
from kernel.aws.operations import Call, Input, OperationFamily, Output
from kernel.settings import Settings

family = OperationFamily("apigateway", errors=ERRORS)

SWAGGER, OAS30 = "swagger", "oas30"
EXTENSIONS: Mapping[str, frozenset[str]] = {
    "apigateway": ALL,
    "integrations": frozenset({INTEGRATIONS}),
    "authorizers": frozenset({AUTHORIZERS}),
    "documentation": frozenset({DOCUMENTATION}),
    "postman": frozenset(),
}
"""Postman reads OpenAPI itself, so its documents have none of API Gateway's extensions."""
JSON, YAML = "application/json", "application/yaml"


@family.reads("GetExport")
def get_export(session: Session, call: Call, request: Input) -> Output:
    version, parts_asked = _version(request["exportType"]), _parts(request.get("parameters") or {})
    content_type = _content_type(request.get("accepts"))
    api = find_rest_api(session, call, request["restApiId"])
    stage = find_stage(session, api, request["stageName"])
    document = write_rest_api(
        served_api(session, api, stage),
        version,
        address_of(call.kernel.settings, api, stage.id),
        parts=parts_asked,
        unnamed_version=f"{api.created:%Y-%m-%dT%H:%M:%SZ}",
    )
    is_json = content_type == JSON
    name = f"{request['exportType']}_{stage.updated:%Y-%m-%dT%H-%M-%SZ}"
    return {
        "body": write_json(document) if is_json else write_yaml(document),
        "contentType": content_type,
        "contentDisposition": (f'attachment; filename="{name}.{"json" if is_json else "yaml"}"'),
    }


def served_api(session: Session, api: Api, stage: Stage) -> RestApi:
    """What the stage's deployment captured, with the texts of the version that the stage shows."""
    deployment = find_deployment(session, api, stage.deployment_id or "")
    texts: Iterable[Mapping[str, Any]] = ()
    version = stage.document.get("documentationVersion")
    if version:
        snapshot = session.get(Part, (api.id, DOCUMENTATION_SNAPSHOT, version))
        texts = snapshot.document["documentationParts"] if snapshot else ()
    return exported(api, deployment.definition["api"], deployment.definition, texts)


def address_of(settings: Settings, api: Api, stage: str) -> Address:
    """Where a stage of an API is reached."""
    url = urlsplit(f"{api_endpoint(settings, api.id)}/{stage}")
    return Address(url.scheme, url.netloc, url.path)


def _version(export_type: str) -> Version:
    if export_type not in (SWAGGER, OAS30):
        raise Invalid(f"Invalid export type: it must be one of {OAS30}, {SWAGGER}")
    return Version(is_swagger=export_type == SWAGGER)


def _parts(parameters: Mapping[str, str]) -> frozenset[str]:
    for name in parameters:
        if name != "extensions":
            raise Invalid(f"Invalid parameter {name[:64]}: the only one is extensions")
    found: frozenset[str] = frozenset()
    for each in filter(None, parameters.get("extensions", "").split(",")):
        if each not in EXTENSIONS:
            raise Invalid(
                f"Invalid extensions {each[:64]}: they are {', '.join(sorted(EXTENSIONS))}"
            )
        found |= EXTENSIONS[each]
    return found


def _content_type(accepts: str | None) -> str:
    """`*/*` is what clients send that do not choose."""
    if accepts in (None, "", "*/*", JSON):
        return JSON
    if accepts == YAML:
        return YAML
    raise Invalid(f"Invalid accepts: it must be {JSON} or {YAML}")
