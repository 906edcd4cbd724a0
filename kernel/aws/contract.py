"""The contract is data: AWS's own service models, as botocore ships them.

A service model is a JSON document of operations and shapes. It is read from botocore's package
data when the service is first asked for, and a shape is built when an operation that needs it is
first called; botocore's own code is not imported, which keeps the start short.
"""

from __future__ import annotations

import gzip
import importlib.util
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import orjson

VERSIONS = {
    "cognito-idp": "2016-04-18",
    "cognito-identity": "2014-06-30",
    "cognito-sync": "2014-06-30",
    "apigateway": "2015-07-09",
    "apigatewayv2": "2018-11-29",
    "apigatewaymanagementapi": "2018-11-29",
    "sts": "2011-06-15",
    "iam": "2010-05-08",
}

# Operations whose authentication the model does not tell (their documentation does).
NEVER_SIGNED = {("cognito-idp", "GetClientToken")}
OPTIONALLY_SIGNED = {("cognito-idp", "GetDerivedToken")}

# Values that an enum leaves out although operations' documentation asks for them (GetClientToken).
MISSING_VALUES = {("cognito-idp", "ExplicitAuthFlowsType"): ["ALLOW_CLIENT_TOKEN_AUTH"]}


@dataclass(frozen=True)
class Member:
    """A member of a structure. `location` is header, uri, querystring, statusCode, or body."""

    name: str
    shape: Shape
    wire_name: str
    location: str = "body"
    is_required: bool = False
    timestamp_format: str | None = None


@dataclass(frozen=True)
class Shape:
    """A type of the model: structure, list, map, string, integer, long, double, boolean, ..."""

    name: str
    type: str
    model: Mapping[str, Any] = field(repr=False, compare=False)
    service: Service = field(repr=False, compare=False)

    @cached_property
    def members(self) -> dict[str, Member]:
        """A structure's members, in the model's order."""
        required = set(self.model.get("required", ()))
        return {
            name: self._member(name, member, is_required=name in required)
            for name, member in self.model.get("members", {}).items()
        }

    def _member(self, name: str, model: Mapping[str, Any], *, is_required: bool) -> Member:
        return Member(
            name,
            self.service.shape(model["shape"]),
            model.get("locationName", name),
            model.get("location", "body"),
            is_required,
            model.get("timestampFormat"),
        )

    @property
    def element(self) -> Shape:
        """What a list holds."""
        return self.service.shape(self.model["member"]["shape"])

    @property
    def element_wire_name(self) -> str:
        """How the query protocol and XML name a list's elements."""
        return str(self.model["member"].get("locationName", "member"))

    @property
    def key(self) -> Shape:
        """What a map's keys are."""
        return self.service.shape(self.model["key"]["shape"])

    @property
    def value(self) -> Shape:
        """What a map's values are."""
        return self.service.shape(self.model["value"]["shape"])

    @property
    def is_sensitive(self) -> bool:
        """Whether values must neither be echoed nor logged."""
        return bool(self.model.get("sensitive"))

    @property
    def is_document(self) -> bool:
        """Whether values are any JSON."""
        return bool(self.model.get("document"))

    @property
    def is_flattened(self) -> bool:
        """Whether a list or map repeats its own name instead of wrapping its elements."""
        return bool(self.model.get("flattened"))

    @property
    def payload(self) -> str | None:
        """The name of the member that is the whole body."""
        return self.model.get("payload")

    @property
    def timestamp_format(self) -> str | None:
        return self.model.get("timestampFormat")

    @property
    def error_code(self) -> str:
        """An error's code on the wire."""
        return str(self.model.get("error", {}).get("code", self.name))

    @property
    def http_status(self) -> int | None:
        """An error's HTTP status, where the model gives one."""
        status: int | None = self.model.get("error", {}).get("httpStatusCode")
        if status is None and self.model.get("fault"):
            return 500
        return status


@dataclass(frozen=True)
class Operation:
    """One operation of a service. `path` is its URI template, `query` what the URI must carry."""

    service: Service = field(repr=False)
    name: str
    method: str
    path: str
    query: Mapping[str, str]
    success_status: int
    input: Shape | None
    output: Shape | None
    result_wrapper: str | None
    is_unsigned: bool
    is_optionally_signed: bool


@dataclass(frozen=True, eq=False)
class Service:
    """A service model. `name` is botocore's name; `signing_name` is the credential scope's."""

    name: str
    model: Mapping[str, Any] = field(repr=False)
    _shapes: dict[str, Shape] = field(default_factory=dict, repr=False)
    _operations: dict[str, Operation] = field(default_factory=dict, repr=False)

    @property
    def metadata(self) -> Mapping[str, Any]:
        metadata: Mapping[str, Any] = self.model["metadata"]
        return metadata

    @property
    def protocol(self) -> str:
        """`json`, `rest-json` or `query`."""
        return str(self.metadata["protocol"])

    @property
    def signing_name(self) -> str:
        return str(self.metadata.get("signingName", self.metadata["endpointPrefix"]))

    @property
    def target_prefix(self) -> str:
        """What stands before the operation's name in X-Amz-Target; JSON services only."""
        return str(self.metadata["targetPrefix"])

    @property
    def api_version(self) -> str:
        return str(self.metadata["apiVersion"])

    @property
    def xml_namespace(self) -> str:
        return str(self.metadata["xmlNamespace"])

    @property
    def operation_names(self) -> Collection[str]:
        names: Collection[str] = self.model["operations"].keys()
        return names

    def shape(self, name: str) -> Shape:
        """The shape of that name. Raises `KeyError`."""
        found = self._shapes.get(name)
        if found is None:
            model = self.model["shapes"][name]
            if missing := MISSING_VALUES.get((self.name, name)):
                model = {**model, "enum": [*model["enum"], *missing]}
            found = self._shapes[name] = Shape(name, model["type"], model, self)
        return found

    def error(self, code: str) -> Shape | None:
        """The error shape with this code, or none."""
        model = self.model["shapes"].get(code)
        if model is not None and model.get("exception"):
            return self.shape(code)
        name = self._error_names.get(code)
        return self.shape(name) if name else None

    @cached_property
    def _error_names(self) -> dict[str, str]:
        return {
            model["error"]["code"]: name
            for name, model in self.model["shapes"].items()
            if "code" in model.get("error", {})
        }

    def operation(self, name: str) -> Operation | None:
        """The operation of that name, or none."""
        found = self._operations.get(name)
        if found is None and name in self.model["operations"]:
            found = self._operations[name] = self._build(name, self.model["operations"][name])
        return found

    def operations(self) -> Iterator[Operation]:
        """Every operation, in the model's order."""
        for name in self.model["operations"]:
            operation = self.operation(name)
            if operation is not None:
                yield operation

    def _build(self, name: str, model: Mapping[str, Any]) -> Operation:
        path, _, query = model["http"]["requestUri"].partition("?")
        return Operation(
            service=self,
            name=name,
            method=model["http"]["method"],
            path=path,
            query=dict(pair.split("=") for pair in query.split("&") if pair),
            success_status=model["http"].get("responseCode", 200),
            input=self._shape_of(model.get("input")),
            output=self._shape_of(model.get("output")),
            result_wrapper=model.get("output", {}).get("resultWrapper"),
            is_unsigned=model.get("authtype") == "none" or (self.name, name) in NEVER_SIGNED,
            is_optionally_signed=(self.name, name) in OPTIONALLY_SIGNED,
        )

    def _shape_of(self, reference: Mapping[str, Any] | None) -> Shape | None:
        return self.shape(reference["shape"]) if reference else None


@cache
def service(name: str) -> Service:
    """The service of that name, loaded once. Raises `KeyError` for one that is not served."""
    folder = _data_folder() / name / VERSIONS[name]
    return Service(name, _without_documentation(orjson.loads(_read(folder))))


def services() -> Iterator[Service]:
    """Every service, loaded as it is reached."""
    return map(service, VERSIONS)


def _data_folder() -> Path:
    package = importlib.util.find_spec("botocore")
    if package is None or package.origin is None:
        raise RuntimeError("botocore, which holds the service models, is not installed")
    return Path(package.origin).parent / "data"


def _read(folder: Path) -> bytes:
    compressed = folder / "service-2.json.gz"
    if compressed.exists():
        return gzip.decompress(compressed.read_bytes())
    return (folder / "service-2.json").read_bytes()


def _without_documentation(model: Any) -> Any:
    """Documentation is most of a model's memory and no part of the wire."""
    for group in ("operations", "shapes"):
        for entry in model[group].values():
            entry.pop("documentation", None)
            for member in entry.get("members", {}).values():
                member.pop("documentation", None)
    return model
