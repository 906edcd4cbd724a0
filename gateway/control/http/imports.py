"""ImportApi, ReimportApi and ExportApi: an HTTP API as an OpenAPI 3.0 document."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.changes import publishing_change
from gateway.control.endpoints import api_endpoint
from gateway.control.errors import ERRORS, Invalid
from gateway.control.http.apis import add_api, present
from gateway.control.http.deploying import definition_of, deploy_automatically
from gateway.control.http.exporting import exported
from gateway.control.http.importing import take
from gateway.control.models import Api, Deployment, Stage
from gateway.control.websocket.protocol import require_http
from gateway.openapi.faults import Faults, InvalidDocument
from gateway.openapi.http.reading import import_info, read_http_api
from gateway.openapi.http.values import HttpApi
from gateway.openapi.http.writing import write_http_api
from gateway.openapi.reading import read_document
from gateway.openapi.versions import BASE_PATHS
from gateway.openapi.writing import write_json, write_yaml
from gateway.snapshot import DEFAULT_STAGE
from kernel import threads
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigatewayv2", errors={**ERRORS, InvalidDocument: "BadRequestException"})


class Imported(NamedTuple):
    """A document that was read, and what was found on the way."""

    wanted: HttpApi
    faults: Faults
    info: list[str]


@family.operation("ImportApi")
def import_api(call: Call, request: Input) -> Output:
    imported = _read(request)

    def add(session: Session) -> Output:
        return add_imported(session, call, imported, fails=bool(request.get("FailOnWarnings")))

    return call.kernel.database.write(add)


@family.operation("ReimportApi")
def reimport_api(call: Call, request: Input) -> Output:
    imported = _read(request)

    def put(session: Session) -> Output:
        api = repository.find_api(session, call, request["ApiId"], lock=True)
        require_http(api, "Import")
        return put_imported(session, call, api, imported, fails=bool(request.get("FailOnWarnings")))

    return publishing_change(call, put)


@family.reads("ExportApi")
def export_api(session: Session, call: Call, request: Input) -> Output:
    if request["Specification"] != "OAS30":
        raise Invalid("Specification must be OAS30")
    if request["OutputType"] not in ("JSON", "YAML"):
        raise Invalid("OutputType must be JSON or YAML")
    if request.get("ExportVersion") not in (None, "", "1.0"):
        raise Invalid("The only ExportVersion is 1.0")
    api = repository.find_api(session, call, request["ApiId"])
    require_http(api, "Export")
    name = request.get("StageName") or ""
    document = write_http_api(
        current_api(session, api, name),
        api_endpoint(call.kernel.settings, api.id),
        "" if name == DEFAULT_STAGE else name,
        with_extensions=request.get("IncludeExtensions") is not False,
        unnamed_version=f"{api.created:%Y-%m-%d %H:%M:%SUTC}",  # as AWS writes it
    )
    write = write_json if request["OutputType"] == "JSON" else write_yaml
    return {"body": write(document)}


def current_api(session: Session, api: Api, stage_name: str) -> HttpApi:
    """What a stage serves, or the API as it is now. Raises `Missing` and `Invalid`."""
    if not stage_name:
        return exported(api.document, definition_of(session, api))
    stage = repository.find(session, Stage, api, stage_name)
    if stage.deployment_id is None:
        raise Invalid(f"The stage {stage_name} serves no deployment")
    deployment = repository.find(session, Deployment, api, stage.deployment_id)
    return exported(api.document, deployment.definition)


def add_imported(session: Session, call: Call, imported: Imported, *, fails: bool) -> Output:
    """A new API that is what a document says. Raises `InvalidDocument` and `Conflicting`."""
    name = imported.wanted.api.get("name") or "unnamed"
    api = add_api(session, call, {"Tags": {}}, {"Name": name[:128]})
    return put_imported(session, call, api, imported, fails=fails)


def put_imported(
    session: Session, call: Call, api: Api, imported: Imported, *, fails: bool
) -> Output:
    """Let an API be what a document says, or say all that is wrong. Raises `InvalidDocument`."""
    take(session, call, api, imported.wanted, imported.faults)
    imported.faults.require_none(fail_on_warnings=fails)
    deploy_automatically(session, call, api)
    found = {"Warnings": imported.faults.told_warnings(), "ImportInfo": imported.info}
    said = {name: lines for name, lines in found.items() if lines}
    return {**present(call.kernel.settings, api), **said}


def read_import(body: bytes, base_path: str) -> Imported:
    """A body, read under the parameters of its request. Raises `InvalidDocument`, `Invalid`."""
    if base_path not in BASE_PATHS:
        raise Invalid(f"Invalid Basepath: it must be one of {', '.join(BASE_PATHS)}")
    faults = Faults()
    values = read_document(body)
    wanted = read_http_api(values, faults, base_path=base_path)
    if not wanted.api:
        faults.require_none()  # it is no document of a version that is taken
    return Imported(wanted, faults, import_info(values))


def _read(request: Input) -> Imported:
    body = request["Body"].encode("utf-8", "replace")
    return threads.compute(read_import, body, request.get("Basepath") or "ignore")
