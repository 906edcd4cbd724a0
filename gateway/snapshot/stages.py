"""APIs, their stages and routes, and the snapshot that holds them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeGuard

from gateway.integrations.endpoint import Endpoint, InvalidEndpoint
from gateway.route_tree import RouteKey, RouteTree
from gateway.snapshot.authorizers import Authorizer
from gateway.snapshot.keys import ApiKey
from gateway.snapshot.rest import RestMethod, RestSettings
from gateway.snapshot.routing import Routing
from gateway.snapshot.settings import NO_SETTINGS, AccessLog, Canary, MethodSettings, Throttle
from gateway.snapshot.targets import (
    HttpProxyIntegration,
    Integration,
    RestIntegration,
    UpstreamGroup,
)
from gateway.snapshot.tls import DomainTls

DEFAULT_STAGE = "$default"
LISTENER = "http://listener.invalid"
"""Stands for a listener's ARN: the link's targets are the addresses."""


@dataclass(frozen=True)
class Cors:
    """A CORS configuration, as CreateApi takes it. Names of headers compare without case."""

    allow_origins: tuple[str, ...] = ()
    """Origins; `*`, `https://*` and `http://*` are wildcards."""
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    max_age: int | None = None
    """Seconds; `None` sends no Access-Control-Max-Age."""


@dataclass(frozen=True)
class Route:
    """One route: `GET /pets/{id}`, `ANY /{proxy+}` or `$default`."""

    key: str
    target: Integration
    authorizer: Authorizer | None = None
    """`None` lets anyone in (authorization type NONE)."""
    scopes: frozenset[str] = frozenset()
    """The token must hold at least one; empty asks for none."""
    api_key_required: bool = False
    rest: RestMethod | None = None
    """What only methods of REST APIs have."""


@dataclass(frozen=True)
class Stage:
    """A stage and the routes of its deployment."""

    name: str
    routes: Sequence[Route]
    variables: Mapping[str, str] = field(default_factory=dict)
    default_throttle: Throttle | None = None
    route_throttles: Mapping[str, Throttle] = field(default_factory=dict)
    """By route key; where a key has none, `default_throttle` applies, shared by those routes."""
    access_log: AccessLog | None = None
    settings: Mapping[str, MethodSettings] = field(default_factory=dict)
    """By route key; that of `""` holds where a key has none."""
    deployment_id: str = ""
    rest: RestSettings | None = None
    """What only stages of REST APIs have."""
    canary: Canary | None = None
    canary_stage: Stage | None = None
    """What `canary` serves."""
    is_canary: bool = False
    """Whether this is the canary of the stage of this name."""
    logs_execution: bool = field(init=False, repr=False, compare=False)
    """Whether some route has an execution log."""
    tree: RouteTree[Route] = field(init=False, repr=False, compare=False)
    endpoints: Mapping[str, Endpoint] = field(init=False, repr=False, compare=False)
    """By route key. A route whose URI is unusable with these variables has none: it fails alone,
    and the rest of the API is served."""

    def settings_of(self, route_key: str) -> MethodSettings:
        """What holds for a route."""
        return self.settings.get(route_key) or self.settings.get("", NO_SETTINGS)

    def __post_init__(self) -> None:
        """Compile the routes. Raises `InvalidRouteKey`, also where two routes are the same."""
        compiled = RouteTree((RouteKey.parse(route.key), route) for route in self.routes)
        object.__setattr__(self, "tree", compiled)
        levels = {settings.logging_level for settings in self.settings.values()}
        object.__setattr__(self, "logs_execution", bool(levels - {"OFF"}))
        object.__setattr__(self, "endpoints", _compile_endpoints(self))


def _has_endpoint(target: Integration) -> TypeGuard[HttpProxyIntegration | RestIntegration]:
    """Whether a route leads to an HTTP endpoint that its URI names."""
    if isinstance(target, RestIntegration):
        return target.type in {"HTTP", "HTTP_PROXY"}
    return isinstance(target, HttpProxyIntegration)


def _compile_endpoints(stage: Stage) -> Mapping[str, Endpoint]:
    endpoints = {}
    for route in stage.routes:
        target = route.target
        if not _has_endpoint(target):
            continue
        with suppress(InvalidEndpoint):
            endpoints[route.key] = _endpoint(target, stage.variables)
    return endpoints


@dataclass(frozen=True)
class Api:
    """An API. `stages` are by name, `$default` being the one without a path segment."""

    api_id: str
    name: str
    stages: Mapping[str, Stage]
    protocol: str = "HTTP"
    cors: Cors | None = None
    execute_api_endpoint: bool = True
    """False where DisableExecuteApiEndpoint leaves only custom domains."""
    account: str = ""
    region: str = ""
    account_throttle: Throttle | None = None
    """Shared by all APIs of the account and region; None throttles nothing."""


@dataclass(frozen=True)
class ApiMapping:
    """A custom domain's path prefix (`""`, `v1`, `orders/v2`) and the stage it leads to."""

    prefix: str
    api_id: str
    stage: str
    """Empty where the next segment of the path names it."""


@dataclass(frozen=True)
class Snapshot:
    """Everything served: APIs by id, and the mappings of custom domains by lower-case name, which
    may be a wildcard such as `*.example.com`."""

    apis: Mapping[str, Api] = field(default_factory=dict)
    domains: Mapping[str, Sequence[ApiMapping]] = field(default_factory=dict)
    routing: Mapping[str, Routing] = field(default_factory=dict)
    """Of custom domains that have routing rules, by name."""
    keys: Mapping[str, ApiKey] = field(default_factory=dict)
    """API keys by `fingerprint_of` their value."""
    vpc_links: Mapping[str, UpstreamGroup] = field(default_factory=dict)
    tls: Mapping[str, DomainTls] = field(default_factory=dict)
    """Of custom domains, and of other hosts that have a certificate of their own, by name."""
    demands_certificates: bool = field(init=False, repr=False, compare=False)
    """Whether any domain asks its clients for certificates."""
    issuers: frozenset[str] = field(init=False, repr=False, compare=False)
    """Whose tokens some authorizer takes: the only issuers whose keys are ever fetched."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "issuers", _issuers(self.apis.values()))
        demands = any(each.trust_store for each in self.tls.values())
        object.__setattr__(self, "demands_certificates", demands)
        object.__setattr__(self, "apis", MappingProxyType(dict(self.apis)))
        object.__setattr__(self, "domains", MappingProxyType(dict(self.domains)))

    @classmethod
    def of(
        cls, apis: Sequence[Api], domains: Mapping[str, Sequence[ApiMapping]] | None = None
    ) -> Snapshot:
        """A snapshot of some APIs."""
        return cls({api.api_id: api for api in apis}, domains or {})


def _endpoint(
    target: HttpProxyIntegration | RestIntegration, variables: Mapping[str, str]
) -> Endpoint:
    """Raises `InvalidEndpoint`."""
    if isinstance(target, RestIntegration):
        any_issuer = target.insecure_skip_verification
        return Endpoint.compile(target.uri, variables, any_issuer=any_issuer)
    uri = LISTENER if target.leads_to_listener else target.uri
    return Endpoint.compile(uri, variables, target.server_name_to_verify)


def _issuers(apis: Iterable[Api]) -> frozenset[str]:
    stages = (stage for api in apis for stage in api.stages.values())
    served = (each for stage in stages for each in (stage, stage.canary_stage) if each)
    authorizers = {route.authorizer for stage in served for route in stage.routes}
    return frozenset(issuer for each in authorizers if each for issuer in each.issuers)


class SnapshotHolder:
    """The current snapshot. Replacing it is one assignment, which is atomic."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self.current = snapshot or Snapshot()

    def swap(self, snapshot: Snapshot) -> None:
        """Serve `snapshot` from the next request on."""
        self.current = snapshot
