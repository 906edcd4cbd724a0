"""A REST API written as a document, which `reading` reads back as the same API.

What both versions of OpenAPI cannot say is left to the extensions, of which a caller chooses.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from gateway.openapi import extensions
from gateway.openapi.extensions import TAG_VALUE
from gateway.openapi.rest.operation_writing import Operations
from gateway.openapi.rest.schemas import written_schema
from gateway.openapi.rest.scheme_writing import written_schemes
from gateway.openapi.rest.values import Members, RestApi
from gateway.openapi.versions import Version

INTEGRATIONS = "integrations"
AUTHORIZERS = "authorizers"
DOCUMENTATION = "documentation"
ALL = frozenset({INTEGRATIONS, AUTHORIZERS, DOCUMENTATION})
_MEMBERS = (
    ("apiKeySource", extensions.KEY_SOURCE),
    ("binaryMediaTypes", extensions.MEDIA_TYPES),
    ("minimumCompressionSize", extensions.COMPRESSION),
    ("securityPolicy", extensions.SECURITY_POLICY),
    ("endpointAccessMode", extensions.ACCESS_MODE),
)


@dataclass(frozen=True)
class Address:
    """Where an exported API is reached; nothing of it says anything about the API itself."""

    scheme: str = "https"
    host: str = ""
    base_path: str = "/"


def write_rest_api(
    api: RestApi,
    version: Version,
    address: Address,
    *,
    parts: Collection[str] = ALL,
    unnamed_version: str = "1.0",
) -> Members:
    """The document of an API. `unnamed_version` stands in `info`, which needs one."""
    document: Members = {"swagger": "2.0"} if version.is_swagger else {"openapi": "3.0.1"}
    document["info"] = _info(api, unnamed_version)
    document.update(_address(version, address))
    document.update(_tags(api))
    document["paths"] = Operations(api, version, with_integrations=INTEGRATIONS in parts).paths()
    _add_components(document, api, version, with_authorizers=AUTHORIZERS in parts)
    if INTEGRATIONS in parts:
        document.update(_extensions(api))
    if DOCUMENTATION in parts and api.documentation:
        document[extensions.DOCUMENTATION] = {
            "documentationParts": [
                {"location": dict(text.location), "properties": text.properties}
                for text in api.documentation
            ]
        }
    return document


def _info(api: RestApi, unnamed_version: str) -> Members:
    info: Members = {"title": api.api["name"]}
    if api.api.get("description"):
        info["description"] = api.api["description"]
    info["version"] = api.api.get("version") or unnamed_version
    for text in api.documentation:
        if text.location == {"type": "API"} and isinstance(text.properties.get("info"), dict):
            info = {**text.properties["info"], **info}
    return info


def _address(version: Version, address: Address) -> Members:
    if version.is_swagger:
        host = {"host": address.host} if address.host else {}
        return {**host, "basePath": address.base_path, "schemes": [address.scheme]}
    url = f"{address.scheme}://{address.host}/{{basePath}}" if address.host else "/{basePath}"
    base = address.base_path.lstrip("/")
    return {"servers": [{"url": url, "variables": {"basePath": {"default": base}}}]}


def _tags(api: RestApi) -> Members:
    tags = api.api.get("tags", {})
    if not tags:
        return {}
    return {"tags": [{"name": name, TAG_VALUE: value} for name, value in tags.items()]}


def _add_components(
    document: Members, api: RestApi, version: Version, *, with_authorizers: bool
) -> None:
    components = {
        version.security: written_schemes(api, with_authorizers=with_authorizers),
        version.schemas: {
            name: written_schema(model.schema, version) for name, model in api.models.items()
        },
    }
    for path, values in components.items():
        holder = document
        for step in path[:-1] if values else ():
            holder = holder.setdefault(step, {})
        if values:
            holder[path[-1]] = values


def _extensions(api: RestApi) -> Members:
    found: Members = {
        extension: api.api[member] for member, extension in _MEMBERS if member in api.api
    }
    if "policy" in api.api:
        found[extensions.POLICY] = json.loads(api.api["policy"])
    endpoint = dict(api.api.get("endpointConfiguration", {}))
    if "disableExecuteApiEndpoint" in api.api:
        endpoint["disableExecuteApiEndpoint"] = api.api["disableExecuteApiEndpoint"]
    named: dict[str, Any] = {
        extensions.ENDPOINT: endpoint,
        extensions.VALIDATORS: {
            name: {key: value for key, value in part.members.items() if key != "name"}
            for name, part in api.validators.items()
        },
        extensions.GATEWAY_RESPONSES: {
            kind: part.members for kind, part in api.gateway_responses.items()
        },
    }
    found.update({name: value for name, value in named.items() if value})
    return found
