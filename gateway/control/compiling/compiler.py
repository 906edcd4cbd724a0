"""Everything that is served, out of the database; what did not change is not compiled again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import snapshot
from gateway.control.account.models import DomainMapping
from gateway.control.compiling import http, rest
from gateway.control.models import Api, Deployment, Stage
from gateway.snapshot import Snapshot

Definition = Mapping[str, Any]
Key = tuple[str, str, str]
"""API, stage and deployment."""


IssuerOf = Callable[[str], str]
"""Of a user pool's id: whose tokens an authorizer with that pool takes."""


def load_snapshot(session: Session, issuer_of: IssuerOf = str) -> Snapshot:
    """What every API of every account serves at this moment."""
    return Compiler(issuer_of).load(session)


class Compiler:
    """Compiles snapshots one after another."""

    def __init__(self, issuer_of: IssuerOf = str) -> None:
        self._issuer_of = issuer_of
        self._compiled: dict[Key, tuple[dict[str, Any], snapshot.Stage]] = {}

    def load(self, session: Session) -> Snapshot:
        """Compile what the database holds now."""
        apis = session.scalars(select(Api)).all()
        protocols = {api.id: api.protocol for api in apis}
        known, self._compiled = self._compiled, {}
        stages: dict[str, dict[str, snapshot.Stage]] = {api.id: {} for api in apis}
        for row in session.scalars(select(Stage)):
            if row.deployment_id:
                key = (row.api_id, row.id, row.deployment_id)
                unchanged = key in known and known[key][0] == row.document
                self._compiled[key] = (
                    known[key]
                    if unchanged
                    else (
                        row.document,
                        _stage(session, row, protocols[row.api_id], self._issuer_of),
                    )
                )
                stages[row.api_id][row.id] = self._compiled[key][1]
        return Snapshot.of([_api(api, stages[api.id]) for api in apis], _domains(session))


def _api(api: Api, stages: Mapping[str, snapshot.Stage]) -> snapshot.Api:
    if api.protocol == "REST":
        return rest.compile_api(api, stages)
    return http.compile_api(api, stages)


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


def _domains(session: Session) -> dict[str, list[snapshot.ApiMapping]]:
    domains: dict[str, list[snapshot.ApiMapping]] = {}
    for row in session.scalars(select(DomainMapping)):
        mapping = snapshot.ApiMapping(row.prefix, row.api_id, row.stage)
        domains.setdefault(row.domain, []).append(mapping)
    return domains
