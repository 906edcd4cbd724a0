"""A document read as a REST API."""

from __future__ import annotations

from gateway.openapi.extensions import (
    ANY_METHOD,
    AUTH,
    GATEWAY_RESPONSES,
    INTEGRATION,
    VALIDATOR,
    VALIDATORS,
)
from gateway.openapi.faults import Faults
from gateway.openapi.node import Node
from gateway.openapi.rest import documentation
from gateway.openapi.rest.api_members import (
    api_members,
    named_parts,
)
from gateway.openapi.rest.integrations import read_integration
from gateway.openapi.rest.requests import parameters_of, request_models, request_parameters
from gateway.openapi.rest.responses import method_responses
from gateway.openapi.rest.schemas import Schemas
from gateway.openapi.rest.security import RestSchemes
from gateway.openapi.rest.values import Members, Method, RestApi, Text
from gateway.openapi.versions import (
    METHODS,
    Version,
    base_path_of,
    note_unknown,
    paths_of,
    version_of,
)

OF_OPERATIONS = frozenset({INTEGRATION, AUTH, VALIDATOR})


def read_rest_api(
    values: dict[str, object], faults: Faults, *, base_path: str = "ignore", documented: bool = True
) -> RestApi:
    """What a document says. What is wrong with it is among the faults, and is left out here."""
    document = Node.of(values, faults)
    version = version_of(document)
    if version is None:
        return RestApi({})
    return _Reader(document, version, base_path, documented).read()


class _Reader:
    def __init__(self, document: Node, version: Version, base_path: str, documented: bool) -> None:
        self._document = document
        self._version = version
        self._base = base_path_of(document, version, base_path)
        self._schemas = Schemas(document, version)
        self._schemes = RestSchemes(document, version)
        self._validator = document.text(VALIDATOR)
        self._documented = documented
        self._texts: list[Text] = []

    def read(self) -> RestApi:
        document, methods = self._document, list[Method]()
        paths: dict[str, None] = {}
        members = api_members(document)
        validators = named_parts(document, VALIDATORS)
        self._texts.extend(documentation.api_part(document))
        for _, path, node in paths_of(document, self._base):
            full = path.rstrip("/") or "/"
            if full in paths:
                node.fault("another path is the same but for the slash at its end")
                continue
            paths[full] = None
            methods.extend(self._methods(full, node))
        for name, part in validators.items():
            part.members["name"] = name
        return RestApi(
            api=members,
            paths=tuple(paths),
            methods=tuple(methods),
            models=self._schemas.models,
            authorizers=self._schemes.authorizers,
            validators=validators,
            gateway_responses=named_parts(document, GATEWAY_RESPONSES),
            documentation=self._documentation(),
        )

    def _documentation(self) -> tuple[Text, ...]:
        if not self._documented:
            return ()
        return documentation.together(
            [*self._texts, *documentation.extension_parts(self._document)]
        )

    def _methods(self, path: str, node: Node) -> list[Method]:
        path_item = node.resolved()
        found = []
        for name, operation in path_item.members():
            verb = "ANY" if name == ANY_METHOD else name.upper() if name in METHODS else ""
            if verb and isinstance(operation.value, dict):
                found.append(self._method(path, verb, path_item, operation))
            elif verb:
                operation.fault("an operation must be an object")
            elif name == "trace":
                operation.warn("REST APIs have no method TRACE: it is left out")
        return found

    def _method(self, path: str, verb: str, path_item: Node, operation: Node) -> Method:
        document, version = self._document, self._version
        parameters = parameters_of(path_item, operation)
        asked = self._schemes.asked(document, operation)
        members: Members = {
            "operationName": operation.text("operationId"),
            "requestParameters": request_parameters(parameters),
            "requestModels": request_models(
                document, operation, parameters, self._schemas, version
            ),
        }
        integration = None
        if operation.has(INTEGRATION):
            integration = read_integration(operation.member(INTEGRATION))
        note_unknown(operation, OF_OPERATIONS)
        self._texts.extend(documentation.method_parts(path, verb, operation, parameters))
        return Method(
            path=path,
            verb=verb,
            members={**asked.members, **{k: v for k, v in members.items() if v}},
            authorizer=asked.authorizer,
            validator=operation.text(VALIDATOR) or self._validator,
            responses=method_responses(document, operation, self._schemas, version),
            integration=integration[0] if integration else None,
            integration_responses=integration[1] if integration else {},
            where=operation.path,
        )
