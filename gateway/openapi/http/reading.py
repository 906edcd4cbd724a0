"""An OpenAPI 3.0 document read as an HTTP API."""

from __future__ import annotations

from gateway.openapi.extensions import (
    ANY_METHOD,
    AUTH,
    CORS,
    ENDPOINT,
    IMPORT_VERSION,
    INTEGRATION,
    PREFIX,
    TAG_VALUE,
)
from gateway.openapi.faults import Faults
from gateway.openapi.http.security import HttpSchemes
from gateway.openapi.http.values import HttpApi, Members, Part, Route
from gateway.openapi.node import Node
from gateway.openapi.versions import (
    METHODS,
    base_path_of,
    note_unknown,
    paths_of,
    version_of,
)

DEFAULT_PATH = "/$default"
DEFAULT_KEY = "$default"
RENAMED = {
    "type": "integrationType",
    "uri": "integrationUri",
    "httpMethod": "integrationMethod",
    "credentials": "credentialsArn",
}
"""Members of the extension that CreateIntegration has another name for."""
PLAIN = (
    "connectionId",
    "connectionType",
    "integrationSubtype",
    "payloadFormatVersion",
    "requestParameters",
    "responseParameters",
    "timeoutInMillis",
    "tlsConfig",
)
UPPER_CASE = frozenset({"type", "connectionType"})
KNOWN = frozenset({CORS, ENDPOINT, IMPORT_VERSION})
OF_OPERATIONS = frozenset({INTEGRATION, AUTH})
IGNORED = ("parameters", "requestBody")


def read_http_api(
    values: dict[str, object], faults: Faults, *, base_path: str = "ignore"
) -> HttpApi:
    """What a document says. What is wrong with it is among the faults, and is left out here."""
    document = Node.of(values, faults)
    version = version_of(document)
    if version is None:
        return HttpApi({})
    if version.is_swagger:
        document.member("swagger").fault("HTTP APIs are imported from OpenAPI 3.0 alone")
        return HttpApi({})
    schemes = HttpSchemes(document, version)
    base = base_path_of(document, version, base_path)
    routes = [
        route
        for path, full, item in paths_of(document, base)
        for route in _routes(document, schemes, path, full, item.resolved())
    ]
    return HttpApi(_api_members(document), tuple(routes), schemes.authorizers)


def import_info(values: dict[str, object]) -> list[str]:
    """What documents say that HTTP APIs have nothing for: told, and no warning."""
    paths, components = _object(values.get("paths")), _object(values.get("components"))
    items = [item for item in paths.values() if isinstance(item, dict)]
    operations = [each for item in items for each in item.values() if isinstance(each, dict)]
    holders = [*items, *operations]
    found = [name for name in IGNORED if any(name in holder for holder in holders)]
    if "schemas" in components:
        found.append("schemas")
    return [f"HTTP APIs do not validate requests: {name} are ignored" for name in found]


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _api_members(document: Node) -> Members:
    info = document.member("info")
    members: Members = {
        "name": info.text("title"),
        "description": info.text("description"),
        "version": info.text("version"),
        "corsConfiguration": document.member(CORS).value,
        "tags": {
            tag.text("name"): tag.text(TAG_VALUE)
            for tag in document.elements("tags")
            if tag.has(TAG_VALUE)
        },
    }
    if not members["name"]:
        info.member("title").fault("an API needs a title")
    for holder in (document, *document.elements("servers")):
        if holder.member(ENDPOINT).has("disableExecuteApiEndpoint"):
            members["disableExecuteApiEndpoint"] = holder.member(ENDPOINT).flag(
                "disableExecuteApiEndpoint"
            )
    for name, node in document.members():
        if name.startswith(PREFIX) and name not in KNOWN:
            node.warn("HTTP APIs do not have it: it is left out")
    if document.text(IMPORT_VERSION) not in ("", "1.0"):
        document.member(IMPORT_VERSION).fault("the only version is 1.0")
    return {name: value for name, value in members.items() if value not in ("", None, {})}


def _routes(document: Node, schemes: HttpSchemes, path: str, full: str, item: Node) -> list[Route]:
    found = []
    for name, operation in item.members():
        if name != ANY_METHOD and name not in METHODS:
            continue
        if not isinstance(operation.value, dict):
            operation.fault("an operation must be an object")
            continue
        verb = "ANY" if name == ANY_METHOD else name.upper()
        is_default = path == DEFAULT_PATH and verb == "ANY"
        asked = schemes.asked(document, operation)
        note_unknown(operation, OF_OPERATIONS)
        if operation.text("operationId"):
            asked.members["operationName"] = operation.text("operationId")
        found.append(
            Route(
                key=DEFAULT_KEY if is_default else f"{verb} {full}",
                members=asked.members,
                authorizer=asked.authorizer,
                integration=_integration(operation),
                where=operation.path,
            )
        )
    return found


def _integration(operation: Node) -> Part | None:
    if not operation.has(INTEGRATION):
        operation.fault(f"a route needs an {INTEGRATION}")
        return None
    node = operation.member(INTEGRATION).resolved()
    if not isinstance(node.value, dict):
        node.fault("an integration must be an object")
        return None
    members: Members = {}
    for name, inner in node.members():
        if name in RENAMED or name in PLAIN:
            value = inner.value
            is_word = name in UPPER_CASE and isinstance(value, str)
            members[RENAMED.get(name, name)] = value.upper() if is_word else value
        elif name != "$ref":
            inner.warn("integrations of HTTP APIs do not have it: it is left out")
    return Part({name: each for name, each in members.items() if each is not None}, node.path)
