"""How stages are made, changed and shown, by the operations on stages and on deployments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from gateway import raised_quotas
from gateway.control import repository
from gateway.control.access_logs import STREAM_PREFIX, require_destination
from gateway.control.account import client_certificates
from gateway.control.documents import Document
from gateway.control.errors import Conflicting, Missing
from gateway.control.models import Api, Stage
from gateway.control.rest import method_settings, parts
from gateway.control.rest.deploying import find_deployment
from gateway.control.rest.models import DOCUMENTATION_VERSION
from gateway.control.rest.stage_rules import (
    DEFAULT_CACHE_SIZE,
    STAGE_MISSING,
    require_name,
    require_stage,
)
from kernel.aws.operations import Call, Output

MEMBERS = (
    "accessLogSettings",
    "cacheClusterSize",
    "canarySettings",
    "clientCertificateId",
    "description",
    "documentationVersion",
    "tags",
    "variables",
)
"""What a stage shows only where it says something."""


def find_stage(session: Session, api: Api, name: str) -> Stage:
    """A stage of an API. Raises `Missing`."""
    try:
        return repository.find(session, Stage, api, name)
    except Missing:
        raise Missing(STAGE_MISSING) from None


def add_stage(session: Session, call: Call, api: Api, name: str, given: Document) -> Stage:
    """A new stage of a document with its `deploymentId`.

    Raises `Conflicting`, `Exceeded`, and what `store` raises.
    """
    require_name(name)
    if session.get(Stage, (api.id, name)) is not None:
        raise Conflicting("Stage already exists")
    most = raised_quotas.most("stages_per_api", call.kernel.settings)
    repository.require_room_in_api(session, Stage, api, most)
    now = call.kernel.clock.now()
    stage = Stage(api_id=api.id, id=name, auto_deploy=False, created=now, updated=now)
    stage.document = {}
    store(session, call, api, stage, given)
    session.add(stage)
    session.flush()
    return stage


def with_deployment(stage: Stage) -> Document:
    """A stage's document with its `deploymentId`, as patches and `store` take it."""
    return {**stage.document, "deploymentId": stage.deployment_id}


def store(session: Session, call: Call, api: Api, stage: Stage, given: Document) -> None:
    """Let a stage be as a document says, whose `deploymentId` is among its members.

    Raises `Invalid`, and `Missing` for what it names and does not exist.
    """
    document = {name: value for name, value in given.items() if value not in (None, "", {})}
    if document.get("cacheClusterEnabled"):
        document.setdefault("cacheClusterSize", DEFAULT_CACHE_SIZE)
    require_stage(document)
    deployment_id = document.pop("deploymentId", "")
    _require_known(session, call, api, stage, document, deployment_id)
    stage.deployment_id = deployment_id
    stage.document = document
    stage.updated = call.kernel.clock.now()


def present(stage: Stage) -> Output:
    """A stage as AWS shows it."""
    document = stage.document
    return {
        **{name: document[name] for name in MEMBERS if name in document},
        "cacheClusterEnabled": document.get("cacheClusterEnabled", False),
        "cacheClusterStatus": (
            "AVAILABLE" if document.get("cacheClusterEnabled") else "NOT_AVAILABLE"
        ),
        "createdDate": stage.created,
        "deploymentId": stage.deployment_id,
        "lastUpdatedDate": stage.updated,
        "methodSettings": method_settings.shown(document.get("methodSettings", {})),
        "stageName": stage.id,
        "tracingEnabled": document.get("tracingEnabled", False),
    }


def _require_known(
    session: Session,
    call: Call,
    api: Api,
    stage: Stage,
    document: Mapping[str, Any],
    deployment_id: str,
) -> None:
    find_deployment(session, api, deployment_id)
    access_log = document.get("accessLogSettings")
    if access_log and access_log != stage.document.get("accessLogSettings"):
        require_destination(call, access_log["destinationArn"], STREAM_PREFIX)
    canary = document.get("canarySettings")
    if canary is not None:
        find_deployment(session, api, canary.get("deploymentId") or "")
    certificate = document.get("clientCertificateId")
    if certificate and certificate != stage.document.get("clientCertificateId"):
        client_certificates.require(session, call, certificate)
    version = document.get("documentationVersion")
    if version and parts.part_named(session, api, DOCUMENTATION_VERSION, version) is None:
        raise Missing("Invalid Documentation version specified")
