"""Everything that is served, out of the database; what did not change is not compiled again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import snapshot
from gateway.control.compiling import http, rest
from gateway.control.compiling.account import (
    AccountThrottles,
    default_throttle,
    load_throttles,
    load_vpc_links,
)
from gateway.control.compiling.domains import load_domains, load_routing
from gateway.control.compiling.keys import CompiledKeys
from gateway.control.compiling.rest import IssuerOf
from gateway.control.compiling.tls import load_tls
from gateway.control.models import Api, Deployment, Stage
from gateway.control.websocket.protocol import WEBSOCKET
from gateway.snapshot import Snapshot

log = structlog.get_logger(__name__)

Definition = Mapping[str, Any]
Key = tuple[str, str, str]
"""API, stage and deployment."""


class Compiler:
    """Compiles snapshots one after another."""

    def __init__(self, issuer_of: IssuerOf = str) -> None:
        self._issuer_of = issuer_of
        self._compiled: dict[Key, tuple[dict[str, Any], snapshot.Stage | None]] = {}
        self._keys = CompiledKeys()

    def load(self, session: Session) -> Snapshot:
        """What every API of every account serves at this moment."""
        apis = session.scalars(select(Api)).all()
        stages = self._load_stages(session, {api.id: api.protocol for api in apis})
        throttles = load_throttles(session)
        return Snapshot(
            apis={api.id: _api(api, stages[api.id], throttles) for api in apis},
            domains=load_domains(session),
            routing=load_routing(session),
            keys=self._keys.load(session),
            vpc_links=load_vpc_links(session),
            tls=load_tls(session),
        )

    def _load_stages(
        self, session: Session, protocols: Mapping[str, str]
    ) -> dict[str, dict[str, snapshot.Stage]]:
        """The stages that are served, by API and name. Those that are as before are kept."""
        known, self._compiled = self._compiled, {}
        stages: dict[str, dict[str, snapshot.Stage]] = {api_id: {} for api_id in protocols}
        for row in session.scalars(select(Stage)):
            if not row.deployment_id:
                continue
            key = (row.api_id, row.id, row.deployment_id)
            kept = known.get(key)
            if kept is None or kept[0] != row.document:
                stage = _served(session, row, protocols[row.api_id], self._issuer_of)
                kept = (row.document, stage)
            self._compiled[key] = kept
            if kept[1] is not None:
                stages[row.api_id][row.id] = kept[1]
        return stages


def _api(
    api: Api, stages: Mapping[str, snapshot.Stage], throttles: AccountThrottles
) -> snapshot.Api:
    compile_api = rest.compile_api if api.protocol == "REST" else http.compile_api
    throttle = throttles.get((api.account, api.region)) or default_throttle()
    return replace(compile_api(api, stages), account_throttle=throttle)


def _served(
    session: Session, row: Stage, protocol: str, issuer_of: IssuerOf
) -> snapshot.Stage | None:
    """A stage as it is served; None where its rows are not what this version can compile.

    Such a stage is not served, and keeps no other from it: all are loaded together. Nothing
    serves WebSocket APIs.
    """
    if protocol == WEBSOCKET:
        return None
    try:
        return _stage(session, row, protocol, issuer_of)
    except (AttributeError, KeyError, TypeError, ValueError):
        log.exception("gateway stage not compiled", api=row.api_id, stage=row.id)
        return None


def _stage(session: Session, row: Stage, protocol: str, issuer_of: IssuerOf) -> snapshot.Stage:
    definition = _definition(session, row.api_id, row.deployment_id)
    if protocol != "REST":
        return http.compile_stage(row.id, row.document, definition)
    canary = row.document.get("canarySettings") or {}
    other = canary.get("deploymentId")
    return rest.compile_stage(
        row.id,
        row.document,
        definition,
        issuer_of,
        deployment_id=row.deployment_id or "",
        canary_definition=_definition(session, row.api_id, other) if other else None,
    )


def _definition(session: Session, api_id: str, deployment_id: str | None) -> Definition:
    query = select(Deployment.definition).where(
        Deployment.api_id == api_id, Deployment.id == deployment_id
    )
    definition: Definition = session.scalars(query).one()
    return definition
