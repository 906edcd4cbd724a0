"""The methods of a REST API as the operations of a document's paths."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.openapi.extensions import ANY_METHOD, INTEGRATION, VALIDATOR
from gateway.openapi.rest.documentation import KINDS, OF_METHODS
from gateway.openapi.rest.integrations import DEFAULT
from gateway.openapi.rest.requests import PLACES
from gateway.openapi.rest.scheme_writing import written_security
from gateway.openapi.rest.values import Members, Method, RestApi
from gateway.openapi.versions import Version

LOWER_CASE = ("type", "passthroughBehavior")
_PLACES = {place: name for name, place in PLACES.items()}


class Operations:
    """Writes the paths of one API."""

    def __init__(self, api: RestApi, version: Version, *, with_integrations: bool) -> None:
        self._api = api
        self._version = version
        self._with_integrations = with_integrations
        self._texts = {
            tuple(sorted(text.location.items())): text.properties for text in api.documentation
        }

    def paths(self) -> Members:
        paths: Members = {path: {} for path in self._api.paths}
        for method in self._api.methods:
            name = ANY_METHOD if method.verb == "ANY" else method.verb.lower()
            paths[method.path][name] = self._operation(method)
        return paths

    def _operation(self, method: Method) -> Members:
        operation: Members = {}
        said = self._said(type="METHOD", path=method.path, method=method.verb)
        operation.update({name: said[name] for name in OF_METHODS if name in said})
        if method.members.get("operationName"):
            operation["operationId"] = method.members["operationName"]
        if self._version.is_swagger:
            operation.update(self._media_types(method))
        parameters = list(self._parameters(method))
        if parameters:
            operation["parameters"] = parameters
        operation.update(self._body(method))
        operation["responses"] = {
            status: self._response(method, status, each)
            for status, each in method.responses.items()
        }
        operation.update(written_security(self._api, method))
        if self._with_integrations:
            operation.update(_extensions(method))
        return operation

    def _parameters(self, method: Method) -> Iterator[Members]:
        for name, is_required in method.members.get("requestParameters", {}).items():
            place, plain = name.removeprefix("method.request.").split(".", 1)
            parameter: Members = {"name": plain, "in": _PLACES[place], "required": is_required}
            kind = KINDS[_PLACES[place]]
            said = self._said(type=kind, path=method.path, method=method.verb, name=plain)
            parameter.update(_description(said))
            text = {"type": "string"}
            parameter.update(text if self._version.is_swagger else {"schema": text})
            yield parameter
        models = method.members.get("requestModels", {})
        if self._version.is_swagger and models:
            model = next(iter(models.values()))
            yield {
                "in": "body",
                "name": model,
                "required": True,
                "schema": self._reference(model),
            }

    def _media_types(self, method: Method) -> Members:
        consumes = list(method.members.get("requestModels", {}))
        produces = dict.fromkeys(
            media_type
            for response in method.responses.values()
            for media_type in response.get("responseModels", {})
        )
        written = {"consumes": consumes, "produces": list(produces)}
        return {name: types for name, types in written.items() if types}

    def _body(self, method: Method) -> Members:
        models = method.members.get("requestModels", {})
        if self._version.is_swagger or not models:
            return {}
        return {"requestBody": {"content": self._content(models), "required": True}}

    def _response(self, method: Method, status: str, members: Members) -> Members:
        said = self._said(type="RESPONSE", path=method.path, method=method.verb, statusCode=status)
        response: Members = {"description": said.get("description") or f"{status} response"}
        headers = members.get("responseParameters", {})
        if headers:
            response["headers"] = {
                name.removeprefix("method.response.header."): self._header(is_required)
                for name, is_required in headers.items()
            }
        models = members.get("responseModels", {})
        if models and self._version.is_swagger:
            response["schema"] = self._reference(next(iter(models.values())))
        elif models:
            response["content"] = self._content(models)
        return response

    def _header(self, is_required: bool) -> Members:
        if self._version.is_swagger:
            return {"type": "string"}
        return {**({"required": True} if is_required else {}), "schema": {"type": "string"}}

    def _content(self, models: Members) -> Members:
        return {
            media_type: {"schema": self._reference(model)} for media_type, model in models.items()
        }

    def _reference(self, model: str) -> Members:
        return {"$ref": f"#/{'/'.join(self._version.schemas)}/{model}"}

    def _said(self, **location: str) -> Members:
        return self._texts.get(tuple(sorted(location.items())), {})


def _description(said: Members) -> Members:
    return {"description": said["description"]} if said.get("description") else {}


def _extensions(method: Method) -> Members:
    found: Members = {VALIDATOR: method.validator} if method.validator else {}
    if method.integration is None:
        return found
    integration = {
        name: value.lower() if name in LOWER_CASE else value
        for name, value in method.integration.items()
    }
    responses = dict(_responses(method))
    if responses:
        integration["responses"] = responses
    return {**found, INTEGRATION: integration}


def _responses(method: Method) -> Iterator[tuple[str, Members]]:
    for status, members in method.integration_responses.items():
        rest = {name: value for name, value in members.items() if name != "selectionPattern"}
        yield members.get("selectionPattern", DEFAULT), {"statusCode": status, **rest}
