"""Database rows into the snapshot that the data plane serves from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway import quotas, snapshot
from gateway.control.models import Api, Deployment, Stage
from gateway.snapshot import Snapshot

Definition = Mapping[str, Any]


def load_snapshot(session: Session) -> Snapshot:
    """What every API of every account serves at this moment."""
    return Compiler().load(session)


class Compiler:
    """Compiles snapshots one after another; a stage that did not change is not compiled again."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], tuple[str, dict[str, Any], snapshot.Stage]] = {}

    def load(self, session: Session) -> Snapshot:
        """Compile what the database holds now."""
        fresh = {
            (row.api_id, row.id): self._stage(session, row, row.deployment_id)
            for row in session.scalars(select(Stage))
            if row.deployment_id
        }
        stages: dict[str, dict[str, snapshot.Stage]] = {}
        for (api_id, name), (_, _, stage) in fresh.items():
            stages.setdefault(api_id, {})[name] = stage
        self._compiled = fresh
        apis = session.scalars(select(Api))
        return Snapshot.of([compile_api(api, stages.get(api.id, {})) for api in apis])

    def _stage(
        self, session: Session, row: Stage, deployment_id: str
    ) -> tuple[str, dict[str, Any], snapshot.Stage]:
        known = self._compiled.get((row.api_id, row.id))
        if known and known[:2] == (deployment_id, row.document):
            return known
        query = select(Deployment.definition).where(
            Deployment.api_id == row.api_id, Deployment.id == deployment_id
        )
        stage = compile_stage(row.id, row.document, session.scalars(query).one())
        return deployment_id, row.document, stage


def compile_api(api: Api, stages: Mapping[str, snapshot.Stage]) -> snapshot.Api:
    """An API with the stages that serve a deployment."""
    document = api.document
    return snapshot.Api(
        api_id=api.id,
        name=document["Name"],
        stages=stages,
        protocol=api.protocol,
        cors=_cors(document.get("CorsConfiguration")),
        execute_api_endpoint=not document.get("DisableExecuteApiEndpoint", False),
    )


def compile_stage(name: str, document: Mapping[str, Any], definition: Definition) -> snapshot.Stage:
    """A stage that serves a deployment's definition under its own settings."""
    throttles = {
        key: throttle
        for key, settings in document.get("RouteSettings", {}).items()
        if (throttle := _throttle(settings))
    }
    return snapshot.Stage(
        name=name,
        routes=compile_routes(definition),
        variables=document.get("StageVariables", {}),
        default_throttle=_throttle(document.get("DefaultRouteSettings", {})),
        route_throttles=throttles,
        access_log=_access_log(document.get("AccessLogSettings")),
    )


def compile_routes(definition: Definition) -> Sequence[snapshot.Route]:
    """The routes of a definition, each with its integration and authorizer."""
    integrations = {
        key: _integration(document) for key, document in definition["Integrations"].items()
    }
    authorizers = {
        key: _authorizer(document) for key, document in definition["Authorizers"].items()
    }
    return tuple(
        snapshot.Route(
            key=route["RouteKey"],
            target=integrations[route["IntegrationId"]],
            authorizer=authorizers[route["AuthorizerId"]] if route["AuthorizerId"] else None,
            scopes=frozenset(route["AuthorizationScopes"]),
        )
        for route in definition["Routes"]
    )


def _integration(document: Mapping[str, Any]) -> snapshot.Integration:
    return snapshot.HttpProxyIntegration(
        uri=document["IntegrationUri"],
        method=document["IntegrationMethod"],
        timeout_ms=document["TimeoutInMillis"],
        server_name_to_verify=document.get("TlsConfig", {}).get("ServerNameToVerify"),
    )


def _authorizer(document: Mapping[str, Any]) -> snapshot.JwtAuthorizer:
    configuration = document["JwtConfiguration"]
    return snapshot.JwtAuthorizer(
        name=document["Name"],
        issuer=configuration["Issuer"],
        audiences=frozenset(configuration["Audience"]),
        identity_source=document["IdentitySource"][0],
    )


def _cors(document: Mapping[str, Any] | None) -> snapshot.Cors | None:
    if not document:
        return None
    return snapshot.Cors(
        allow_origins=tuple(document.get("AllowOrigins", ())),
        allow_methods=tuple(document.get("AllowMethods", ())),
        allow_headers=tuple(document.get("AllowHeaders", ())),
        expose_headers=tuple(document.get("ExposeHeaders", ())),
        allow_credentials=document.get("AllowCredentials", False),
        max_age=document.get("MaxAge"),
    )


def _throttle(settings: Mapping[str, Any]) -> snapshot.Throttle | None:
    """A bucket; where one of its two numbers is not set, the account's holds."""
    rate, burst = settings.get("ThrottlingRateLimit"), settings.get("ThrottlingBurstLimit")
    if rate is None and burst is None:
        return None
    return snapshot.Throttle(
        rate=quotas.ACCOUNT_REQUESTS_PER_SECOND if rate is None else rate,
        burst=quotas.ACCOUNT_BURST if burst is None else burst,
    )


def _access_log(settings: Mapping[str, Any] | None) -> snapshot.AccessLog | None:
    if not settings:
        return None
    return snapshot.AccessLog(destination=settings["DestinationArn"], format=settings["Format"])
