"""An HTTP API written as an OpenAPI 3.0 document, which `reading` reads back as the same API."""

from __future__ import annotations

from gateway.openapi.extensions import (
    ANY_METHOD,
    AUTHORIZER,
    CORS,
    ENDPOINT,
    IMPORT_VERSION,
    INTEGRATION,
    TAG_VALUE,
)
from gateway.openapi.http.reading import (
    DEFAULT_KEY,
    DEFAULT_PATH,
    RENAMED,
)
from gateway.openapi.http.security import CREDENTIALS, PLAIN, TYPES
from gateway.openapi.http.values import HttpApi, Members, Route
from gateway.openapi.security import SIGNATURE_SCHEME, free_name

_NAMES = {name: extension for extension, name in RENAMED.items()}
_WORDS = {kind: word for word, kind in TYPES.items()}
SIGNATURE = "sigv4"


def write_http_api(
    api: HttpApi,
    url: str,
    base_path: str,
    *,
    with_extensions: bool = True,
    unnamed_version: str = "1.0",
) -> Members:
    """The document of an API that is reached at a URL; `base_path` is a stage's."""
    info: Members = {"title": api.api["name"]}
    if api.api.get("description"):
        info["description"] = api.api["description"]
    info["version"] = api.api.get("version") or unnamed_version
    server = {"url": f"{url}/{{basePath}}", "variables": {"basePath": {"default": base_path}}}
    document: Members = {"openapi": "3.0.1", "info": info, "servers": [server]}
    if api.api.get("tags"):
        document["tags"] = [
            {"name": name, TAG_VALUE: value} for name, value in api.api["tags"].items()
        ]
    document["paths"] = _paths(api, with_extensions)
    schemes = _schemes(api, with_extensions)
    if schemes:
        document["components"] = {"securitySchemes": schemes}
    if with_extensions:
        document.update(_extensions(api))
    return document


def _extensions(api: HttpApi) -> Members:
    found: Members = {}
    if api.api.get("corsConfiguration"):
        found[CORS] = api.api["corsConfiguration"]
    if api.api.get("disableExecuteApiEndpoint"):
        found[ENDPOINT] = {"disableExecuteApiEndpoint": True}
    return {**found, IMPORT_VERSION: "1.0"}


def _paths(api: HttpApi, with_extensions: bool) -> Members:
    paths: Members = {}
    for route in api.routes:
        verb, _, path = route.key.partition(" ")
        if route.key == DEFAULT_KEY:
            verb, path = "ANY", DEFAULT_PATH
        name = ANY_METHOD if verb == "ANY" else verb.lower()
        paths.setdefault(path, {})[name] = _operation(api, route, with_extensions)
    return paths


def _operation(api: HttpApi, route: Route, with_extensions: bool) -> Members:
    operation: Members = {}
    if route.members.get("operationName"):
        operation["operationId"] = route.members["operationName"]
    variables = [part[1:-1] for part in route.key.split("/") if part.startswith("{")]
    if variables:
        operation["parameters"] = [
            {
                "name": name.rstrip("+"),
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
            }
            for name in variables
        ]
    operation["responses"] = {"default": {"description": f"Default response for {route.key}"}}
    if route.authorizer:
        operation["security"] = [{route.authorizer: route.members.get("authorizationScopes", [])}]
    elif route.members["authorizationType"] == "AWS_IAM":
        operation["security"] = [{free_name(SIGNATURE, api.authorizers): []}]
    if with_extensions and route.integration is not None:
        operation[INTEGRATION] = {
            _NAMES.get(name, name): value.lower() if name == "integrationType" else value
            for name, value in route.integration.members.items()
        }
    return operation


def _schemes(api: HttpApi, with_extensions: bool) -> Members:
    schemes: Members = {}
    for name, part in api.authorizers.items():
        is_jwt = part.members["authorizerType"] == "JWT"
        unused = {"type": "apiKey", "name": "Unused", "in": "header"}
        scheme: Members = {"type": "oauth2", "flows": {}} if is_jwt else unused
        if with_extensions:
            scheme[AUTHORIZER] = _authorizer(part.members)
        schemes[name] = scheme
    if any(route.members["authorizationType"] == "AWS_IAM" for route in api.routes):
        schemes[free_name(SIGNATURE, api.authorizers)] = SIGNATURE_SCHEME
    return schemes


def _authorizer(members: Members) -> Members:
    written: Members = {"type": _WORDS[members["authorizerType"]]}
    if members.get("identitySource"):
        written["identitySource"] = ", ".join(members["identitySource"])
    if members.get("authorizerCredentialsArn"):
        written[CREDENTIALS] = members["authorizerCredentialsArn"]
    return {**written, **{name: members[name] for name in PLAIN if name in members}}
