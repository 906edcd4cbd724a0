"""What the two kinds of APIs do in ways of their own when a file is applied or written."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy.orm import Session

from gateway.control.api_files.naming import EXTENSION, HTTP, REST
from gateway.control.http import imports as http_imports
from gateway.control.http import stages as http_stages
from gateway.control.http.deploying import definition_of as http_definition
from gateway.control.http.deploying import deploy as http_deploy
from gateway.control.http.deploying import move
from gateway.control.models import Api, Deployment, Stage
from gateway.control.rest import imports as rest_imports
from gateway.control.rest import parts
from gateway.control.rest.definition import definition_of as rest_definition
from gateway.control.rest.deployments import create_deployment
from gateway.control.rest.exporting import exported
from gateway.control.rest.models import DOCUMENTATION_PART
from gateway.openapi.http.writing import write_http_api
from gateway.openapi.rest.writing import Address, write_rest_api
from gateway.openapi.versions import Version
from kernel.aws.operations import Call, Output

Members = dict[str, Any]
DESCRIPTION = "poolgate apis apply"
NOT_OF_FILES = ("servers", "basePath", "schemes")
"""Where an API is reached is not the file's to say."""


class Kind(Protocol):
    """REST or HTTP. `read` raises `InvalidDocument`; `add`, `put` and `release` `Refused` too."""

    def read(self, body: bytes, base_path: str) -> Any: ...

    def add(self, session: Session, call: Call, imported: Any, fails: bool) -> Output: ...

    def put(self, session: Session, call: Call, api: Api, imported: Any, fails: bool) -> Output: ...

    def state(self, session: Session, api: Api) -> Members:
        """Everything that a file decides."""

    def document(self, session: Session, api: Api, *, is_swagger: bool) -> Members:
        """The API as it is now, as a file has it."""

    def release(self, session: Session, call: Call, api: Api, stage: str) -> str:
        """Let a stage serve the API as it is now; what was done, or "" where it did already."""


class RestKind:
    """REST APIs, by the import and export of apigateway."""

    def read(self, body: bytes, base_path: str) -> Any:
        return rest_imports.read_import(body, {"basepath": base_path})

    def add(self, session: Session, call: Call, imported: Any, fails: bool) -> Output:
        return rest_imports.add_imported(session, call, imported, fails)

    def put(self, session: Session, call: Call, api: Api, imported: Any, fails: bool) -> Output:
        return rest_imports.put_imported(session, call, api, imported, overwrites=True, fails=fails)

    def state(self, session: Session, api: Api) -> Members:
        return {
            "api": api.document,
            "definition": rest_definition(session, api),
            "texts": self._texts(session, api),
        }

    def document(self, session: Session, api: Api, *, is_swagger: bool) -> Members:
        values = exported(
            api, api.document, rest_definition(session, api), self._texts(session, api)
        )
        version = Version(is_swagger=is_swagger)
        return _for_files(write_rest_api(values, version, Address(), unnamed_version=""), REST)

    def release(self, session: Session, call: Call, api: Api, stage: str) -> str:
        row = session.get(Stage, (api.id, stage))
        if row is not None and row.deployment_id is not None:
            served = session.get_one(Deployment, (api.id, row.deployment_id)).definition
            if served == rest_definition(session, api):
                return ""
        request = {"stageName": stage, "description": DESCRIPTION}
        create_deployment(session, call, api, request)
        return f"+ stage {stage}" if row is None else f"~ stage {stage} has a new deployment"

    def _texts(self, session: Session, api: Api) -> list[Members]:
        return [part.document for part in parts.all_parts(session, api, DOCUMENTATION_PART)]


class HttpKind:
    """HTTP APIs, by the import and export of apigatewayv2."""

    def read(self, body: bytes, base_path: str) -> Any:
        return http_imports.read_import(body, base_path)

    def add(self, session: Session, call: Call, imported: Any, fails: bool) -> Output:
        return http_imports.add_imported(session, call, imported, fails=fails)

    def put(self, session: Session, call: Call, api: Api, imported: Any, fails: bool) -> Output:
        return http_imports.put_imported(session, call, api, imported, fails=fails)

    def state(self, session: Session, api: Api) -> Members:
        return {"api": api.document, "definition": http_definition(session, api)}

    def document(self, session: Session, api: Api, *, is_swagger: bool) -> Members:
        del is_swagger  # HTTP APIs are OpenAPI 3.0 alone
        values = http_imports.current_api(session, api, "")
        return _for_files(write_http_api(values, "", "", unnamed_version=""), HTTP)

    def release(self, session: Session, call: Call, api: Api, stage: str) -> str:
        row = session.get(Stage, (api.id, stage))
        if row is None:
            request = {"StageName": stage, "AutoDeploy": True, "Description": DESCRIPTION}
            http_stages.create_stage(session, call, api, request)
            return f"+ stage {stage}"
        if row.auto_deploy:
            return ""  # it follows by itself
        if row.deployment_id is not None:
            served = session.get_one(Deployment, (api.id, row.deployment_id)).definition
            if served == http_definition(session, api):
                return ""
        move(call, row, http_deploy(session, call, api, DESCRIPTION).id)
        return f"~ stage {stage} has a new deployment"


KINDS: dict[str, Kind] = {REST: RestKind(), HTTP: HttpKind()}


def _for_files(document: Members, protocol: str) -> Members:
    said = {name: value for name, value in document.items() if name not in NOT_OF_FILES}
    return {**said, EXTENSION: {"protocol": protocol}}
