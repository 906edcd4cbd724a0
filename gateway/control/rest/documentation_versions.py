"""The operations on documentation versions: an API's texts at one moment, for its stages."""

from __future__ import annotations

import json
import re
from datetime import datetime

from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control import repository
from gateway.control.errors import ERRORS, Conflicting, Invalid, Missing
from gateway.control.models import Api, Stage
from gateway.control.repository import find_rest_api
from gateway.control.rest import parts
from gateway.control.rest.changes import changes_rest_api
from gateway.control.rest.models import DOCUMENTATION_PART, DOCUMENTATION_VERSION, Part
from gateway.control.rest.pages import page
from gateway.control.rest.patching import Patches, Text
from gateway.control.rest.stage_rules import STAGE_MISSING
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

DOCUMENTATION_SNAPSHOT = "documentation-snapshot"
"""The kind of the part that holds a version's texts, under `documentationParts`."""

MISSING = "Invalid Documentation version specified"
PATCHES = Patches(Text("/description"))
_VERSION = re.compile(r"[A-Za-z0-9._-]{1,64}")


@changes_rest_api(family, "CreateDocumentationVersion")
def create_documentation_version(session: Session, call: Call, api: Api, request: Input) -> Output:
    version, description = request["documentationVersion"], request.get("description") or ""
    if not _VERSION.fullmatch(version):
        raise Invalid("A documentation version has 1 to 64 letters, digits, dots, hyphens or _")
    if len(description) > 1024:
        raise Invalid("The description of a documentation version has at most 1024 characters")
    if parts.part_named(session, api, DOCUMENTATION_VERSION, version) is not None:
        raise Conflicting("Version already exists")
    most = quotas.DOCUMENTATION_VERSIONS_PER_API
    parts.require_room(session, api, DOCUMENTATION_VERSION, most, "Documentation versions")
    part = Part(api_id=api.id, kind=DOCUMENTATION_VERSION, id=version, name=version)
    part.document = {
        "createdDate": call.kernel.clock.now().isoformat(),
        **({"description": description} if description else {}),
    }
    session.add_all((part, _snapshot(session, api, version)))
    if request.get("stageName"):
        _show_on(session, call, api, request["stageName"], version)
    return _present(part)


@family.reads("GetDocumentationVersion")
def get_documentation_version(session: Session, call: Call, request: Input) -> Output:
    api = find_rest_api(session, call, request["restApiId"])
    return _present(_find(session, api, request["documentationVersion"]))


@family.reads("GetDocumentationVersions")
def get_documentation_versions(session: Session, call: Call, request: Input) -> Output:
    api = find_rest_api(session, call, request["restApiId"])
    query = parts.of_kind(api, DOCUMENTATION_VERSION)
    return page(session, call, request, query, Part.id, _present)


@changes_rest_api(family, "UpdateDocumentationVersion")
def update_documentation_version(session: Session, _call: Call, api: Api, request: Input) -> Output:
    part = _find(session, api, request["documentationVersion"])
    part.document = PATCHES.apply(part.document, request)
    return _present(part)


@changes_rest_api(family, "DeleteDocumentationVersion")
def delete_documentation_version(session: Session, _call: Call, api: Api, request: Input) -> None:
    part = _find(session, api, request["documentationVersion"])
    for stage in repository.all_of(session, Stage, api):
        if stage.document.get("documentationVersion") == part.name:
            raise Conflicting(
                f"Cannot delete documentation version '{part.name}', "
                f"is referenced in stage: {stage.id}"
            )
    session.delete(part)
    session.delete(session.get_one(Part, (api.id, DOCUMENTATION_SNAPSHOT, part.id)))


def _snapshot(session: Session, api: Api, version: str) -> Part:
    """The texts of a version, in a row of their own, which lists of versions need not read."""
    texts = [each.document for each in parts.all_parts(session, api, DOCUMENTATION_PART)]
    if len(json.dumps(texts)) > quotas.DEPLOYMENT_BYTES:
        raise Invalid("The documentation is too large to be published")
    snapshot = Part(api_id=api.id, kind=DOCUMENTATION_SNAPSHOT, id=version, name=version)
    snapshot.document = {"documentationParts": texts}
    return snapshot


def _find(session: Session, api: Api, version: str) -> Part:
    return parts.find_part(session, api, DOCUMENTATION_VERSION, version, MISSING)


def _show_on(session: Session, call: Call, api: Api, stage_name: str, version: str) -> None:
    try:
        stage = repository.find(session, Stage, api, stage_name)
    except Missing:
        raise Missing(STAGE_MISSING) from None
    stage.document = {**stage.document, "documentationVersion": version}
    stage.updated = call.kernel.clock.now()


def _present(part: Part) -> Output:
    described = {name: part.document[name] for name in ("description",) if part.document.get(name)}
    created = datetime.fromisoformat(part.document["createdDate"])
    return {"version": part.name, "createdDate": created, **described}
