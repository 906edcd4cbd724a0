"""An API of the control plane as the values that documents are written of.

It is the other direction of `gateway.control.rest.importing`: ids become names again, and what
every API, method and integration says by itself is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from gateway import quotas
from gateway.control.models import Api
from gateway.control.rest.model_schemas import is_json, read_schema, referenced_model
from gateway.control.rest.resource_policies import shortened
from gateway.openapi.rest.schemas import mapped
from gateway.openapi.rest.values import (
    EMPTY_MODEL,
    ERROR_MODEL,
    MODEL_REFERENCE,
    Members,
    Method,
    Model,
    Part,
    RestApi,
    Text,
)

Document = Mapping[str, Any]

API_MEMBERS = (
    "name",
    "description",
    "version",
    "binaryMediaTypes",
    "minimumCompressionSize",
    "apiKeySource",
    "securityPolicy",
    "policy",
    "tags",
    "disableExecuteApiEndpoint",
)
METHOD_MEMBERS = (
    "operationName",
    "requestParameters",
    "authorizationScopes",
    "apiKeyRequired",
)


def exported(
    api: Api, document: Document, definition: Document, texts: Iterable[Document]
) -> RestApi:
    """A definition as `definition_of` makes it, with the API's own document and its texts."""
    models = dict(_models(definition))
    authorizers = definition["authorizers"]
    methods = [
        _method(resource, verb, method, definition, models)
        for resource in definition["resources"]
        for verb, method in resource["methods"].items()
    ]
    used = {name for method in methods for name in _named_models(method)}
    return RestApi(
        api=_api_members(api, document),
        paths=tuple(
            resource["path"]
            for resource in definition["resources"]
            if resource["methods"] or _is_leaf(resource["path"], definition)
        ),
        methods=tuple(methods),
        models={
            name: model
            for name, model in sorted(models.items())
            if name in used or name not in (EMPTY_MODEL, ERROR_MODEL)
        },
        authorizers=_named(authorizers.values()),
        validators=_named(definition["validators"].values()),
        gateway_responses={
            kind: Part({key: each[key] for key in each if key != "responseType" and each[key]})
            for kind, each in sorted(definition["gatewayResponses"].items())
        },
        documentation=tuple(sorted(map(_text, texts), key=lambda text: text.key)),
    )


def _named(parts: Iterable[Document]) -> dict[str, Part]:
    """Authorizers or validators by name, without their ids."""
    return {
        part["name"]: Part({key: value for key, value in part.items() if key != "id"})
        for part in sorted(parts, key=lambda part: str(part["name"]))
    }


def _text(part: Document) -> Text:
    return Text(dict(part["location"]), json.loads(part["properties"]))


def _api_members(api: Api, document: Document) -> Members:
    members = {name: document[name] for name in API_MEMBERS if document.get(name) is not None}
    if "policy" in members:
        members["policy"] = shortened(api, members["policy"])
    if members.get("apiKeySource") == "HEADER":
        del members["apiKeySource"]
    if members.get("disableExecuteApiEndpoint") is False:
        del members["disableExecuteApiEndpoint"]
    endpoint = document.get("endpointConfiguration", {})
    usual = {"types": ["EDGE"], "ipAddressType": "ipv4"}
    said = {name: value for name, value in endpoint.items() if value != usual.get(name)}
    if said:
        members["endpointConfiguration"] = said
    return {name: value for name, value in members.items() if value not in ("", [], {})}


def _is_leaf(path: str, definition: Document) -> bool:
    """A resource without methods that nothing is below: nobody else says that it is there."""
    below = f"{path.rstrip('/')}/"
    return path != "/" and not any(
        each["path"].startswith(below) for each in definition["resources"]
    )


def _models(definition: Document) -> Iterable[tuple[str, Model]]:
    """Those for JSON: documents have no other schemas."""
    for name, model in definition["models"].items():
        schema = read_schema(model.get("schema") or "")
        if is_json(model["contentType"]) and schema:
            yield (
                name,
                Model(
                    mapped(schema, _short_reference),
                    content_type=model["contentType"],
                    description=model.get("description", ""),
                ),
            )


def _short_reference(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    name = referenced_model(reference) if isinstance(reference, str) else None
    if name is not None:
        schema["$ref"] = MODEL_REFERENCE + name
    return schema


def _method(
    resource: Document,
    verb: str,
    method: Document,
    definition: Document,
    models: Mapping[str, Model],
) -> Method:
    members = {name: method[name] for name in METHOD_MEMBERS if method.get(name)}
    members["authorizationType"] = method["authorizationType"]
    request_models = _known(method.get("requestModels", {}), models)
    if request_models:
        members["requestModels"] = request_models
    authorizer = definition["authorizers"].get(method.get("authorizerId"), {})
    validator = definition["validators"].get(method.get("requestValidatorId"), {})
    integration = method.get("methodIntegration")
    return Method(
        path=resource["path"],
        verb=verb,
        members=members,
        authorizer=authorizer.get("name", ""),
        validator=validator.get("name", ""),
        responses={
            status: _method_response(each, models)
            for status, each in method.get("methodResponses", {}).items()
        },
        integration=_integration(integration, resource["id"]) if integration else None,
        integration_responses={
            status: {key: value for key, value in each.items() if key != "statusCode"}
            for status, each in (integration or {}).get("integrationResponses", {}).items()
        },
    )


def _method_response(response: Document, models: Mapping[str, Model]) -> Members:
    said = {
        "responseParameters": response.get("responseParameters"),
        "responseModels": _known(response.get("responseModels", {}), models),
    }
    return {name: value for name, value in said.items() if value}


def _known(named: Mapping[str, str], models: Mapping[str, Model]) -> dict[str, str]:
    return {media_type: name for media_type, name in named.items() if name in models}


def _integration(integration: Document, resource_id: str) -> Members:
    usual: Members = {
        "timeoutInMillis": quotas.INTEGRATION_TIMEOUT_MILLISECONDS,
        "cacheNamespace": resource_id,
        "cacheKeyParameters": [],
        "integrationResponses": integration.get("integrationResponses"),
    }
    return {
        name: value
        for name, value in integration.items()
        if name not in usual or value != usual[name]
    }


def _named_models(method: Method) -> Iterable[str]:
    yield from method.members.get("requestModels", {}).values()
    for response in method.responses.values():
        yield from response.get("responseModels", {}).values()
