"""ImportRestApi and PutRestApi: an OpenAPI document as an API.

The document is read before the unit of work begins, and everything that it says is taken in one
unit: a document with a fault changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from gateway.control.changes import publishing_change
from gateway.control.errors import ERRORS, Invalid
from gateway.control.models import Api
from gateway.control.repository import find_rest_api
from gateway.control.rest.apis import add_rest_api, present
from gateway.control.rest.importing import take
from gateway.openapi.faults import Faults, InvalidDocument
from gateway.openapi.reading import read_document
from gateway.openapi.rest.reading import read_rest_api
from gateway.openapi.rest.values import RestApi
from gateway.openapi.versions import BASE_PATHS
from kernel import threads
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors={**ERRORS, InvalidDocument: "BadRequestException"})

ENDPOINT_TYPES = "endpointConfigurationTypes"
PARAMETERS = ("basepath", "ignore", ENDPOINT_TYPES)


class Imported(NamedTuple):
    """A document that was read, and what was found on the way."""

    wanted: RestApi
    faults: Faults


@family.operation("ImportRestApi")
def import_rest_api(call: Call, request: Input) -> Output:
    imported = _read(request)

    def add(session: Session) -> Output:
        return add_imported(session, call, imported, _fails(request))

    return call.kernel.database.write(add)


@family.operation("PutRestApi")
def put_rest_api(call: Call, request: Input) -> Output:
    imported = _read(request)
    overwrites = request.get("mode") == "overwrite"

    def put(session: Session) -> Output:
        api = find_rest_api(session, call, request["restApiId"], lock=True)
        return put_imported(
            session, call, api, imported, overwrites=overwrites, fails=_fails(request)
        )

    # `disableExecuteApiEndpoint` holds at once, without a deployment.
    return publishing_change(call, put)


def add_imported(session: Session, call: Call, imported: Imported, fails: bool) -> Output:
    """A new API that is what a document says. Raises `InvalidDocument` and `Exceeded`."""
    name = imported.wanted.api.get("name") or "unnamed"
    api = add_rest_api(session, call, {"name": name[:128]})
    return put_imported(session, call, api, imported, overwrites=True, fails=fails)


def put_imported(
    session: Session, call: Call, api: Api, imported: Imported, *, overwrites: bool, fails: bool
) -> Output:
    """Let an API be what a document says, or say all that is wrong. Raises `InvalidDocument`."""
    take(session, call, api, imported.wanted, imported.faults, overwrites=overwrites)
    imported.faults.require_none(fail_on_warnings=fails)
    warnings = imported.faults.told_warnings()
    tags = {"tags": api.document["tags"]} if api.document.get("tags") else {}
    return {**present(api), **tags, **({"warnings": warnings} if warnings else {})}


def read_import(body: bytes, parameters: Mapping[str, str]) -> Imported:
    """A body, read under the parameters of its request. Raises `InvalidDocument`, `Invalid`."""
    _require_parameters(parameters)
    faults = Faults()
    wanted = read_rest_api(
        read_document(body),
        faults,
        base_path=parameters.get("basepath", "ignore"),
        documented=parameters.get("ignore") != "documentation",
    )
    if not wanted.api:
        faults.require_none()  # it is no document of a version that is taken
    types = parameters.get(ENDPOINT_TYPES)
    if types:
        endpoint = wanted.api.setdefault("endpointConfiguration", {})
        endpoint["types"] = types.split(",")
    return Imported(wanted, faults)


def _read(request: Input) -> Imported:
    return threads.compute(read_import, _bytes(request["body"]), request.get("parameters") or {})


def _bytes(body: Any) -> bytes:
    content: bytes = body if isinstance(body, bytes) else body.read()
    return content


def _fails(request: Input) -> bool:
    return bool(request.get("failOnWarnings"))


def _require_parameters(parameters: Mapping[str, str]) -> None:
    for name in parameters:
        if name not in PARAMETERS:
            raise Invalid(
                f"Invalid parameter {name[:64]}: the parameters are {', '.join(PARAMETERS)}"
            )
    if parameters.get("basepath", "ignore") not in BASE_PATHS:
        raise Invalid(f"Invalid basepath: it must be one of {', '.join(BASE_PATHS)}")
    if parameters.get("ignore", "documentation") != "documentation":
        raise Invalid("Invalid ignore: it must be documentation")
