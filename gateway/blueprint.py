"""The gateway for any Flask application: `from poolgate import Gateway`.

    gateway = Gateway(
        issuer="https://id.example.com/us-east-1_AbCdEfGhI",
        client_ids=["1example23456789"],
        prefix="/api",
        routes={
            "GET /pets/{id}": "http://127.0.0.1:9000/pets/{id}",
            "POST /pets": Upstream("http://127.0.0.1:9000/pets", scopes=["pets/write"]),
            "GET /status": Upstream("http://127.0.0.1:9000/status", public=True),
        },
    )
    gateway.init_app(app)

Nothing here needs a database, gevent or the rest of Poolgate; docs/gateway-blueprint.md explains.
"""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import orjson
from flask import Blueprint, Flask, request
from werkzeug.wrappers import Response

from gateway import quotas
from gateway.addresses import UnderPrefix
from gateway.context import Received, Reply
from gateway.effects import TakeToken, VerifyProof, VerifyToken
from gateway.failure_log import EVENT, described
from gateway.integrations.endpoint import Endpoint
from gateway.integrations.pool import UpstreamPool
from gateway.paths import canonical
from gateway.performers import Performers
from gateway.performers.tokens import proving, taking, verifying
from gateway.route_tree import METHODS, REQUEST_METHODS, RouteKey
from gateway.snapshot import (
    DEFAULT_STAGE,
    AccessLog,
    Api,
    Cors,
    HttpProxyIntegration,
    JwtAuthorizer,
    Route,
    Snapshot,
    SnapshotHolder,
    Stage,
    Throttle,
)
from gateway.wsgi import DataPlane
from kernel.clock import Clock
from kernel.outbound import Outbound
from kernel.shared_state.in_process import InProcess
from kernel.shared_state.interface import SharedState
from kernel.tokens.issuers import Issuers
from kernel.tokens.remote_issuers import RemoteIssuers
from kernel.tokens.revocations import RevocationSet
from kernel.tokens.verification import Verifier

__all__ = ["Cors", "Gateway", "Throttle", "Upstream"]

API_ID = "blueprint"
ACCESS_LOGGER = "poolgate.gateway.access"
FAILURE_LOGGER = "poolgate.gateway.failures"


@dataclass(frozen=True)
class Upstream:
    """Where a route leads, and who may go there.

    `uri` may hold the route's path variables, greedy ones as `{proxy}`. `scopes` asks for a token
    with at least one of them; `public` asks for no token at all. `timeout` is seconds, 900 at most.
    """

    uri: str
    scopes: Collection[str] = ()
    public: bool = False
    method: str = "ANY"
    timeout: float = quotas.HTTP_INTEGRATION_TIMEOUT_MILLISECONDS / 1000
    throttle: Throttle | None = None

    def __post_init__(self) -> None:
        if isinstance(self.scopes, str):
            raise ValueError("scopes must be a list")
        if self.public and self.scopes:
            raise ValueError("a public route cannot ask for scopes")
        if not 0 < self.timeout <= quotas.STREAMING_TIMEOUT_MILLISECONDS_MOST / 1000:
            raise ValueError("timeout must be more than 0 and at most 900 seconds")
        if self.method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(sorted(METHODS))}")
        Endpoint.compile(self.uri, {})


class Gateway:
    """Protects and proxies APIs inside a Flask application.

    `issuer` signs the tokens; its keys are found by OpenID Connect Discovery, or through `issuers`.
    `client_ids` are the app clients (or audiences) whose tokens are taken; without them
    `allow_any_client=True` must be said. ID tokens are refused unless `accept_id_tokens=True`.

    `routes` maps route keys (`GET /pets/{id}`, `ANY /{proxy+}`, `$default`) to URIs or `Upstream`s,
    served under `prefix`. `throttle` is shared by the routes that have none of their own.
    `access_log` is a format with `$context` variables; lines go to the logger
    `poolgate.gateway.access`, and why a request failed to `poolgate.gateway.failures`.
    `shared_state` holds the throttles: this process's own by default. `tls` verifies upstreams.
    Raises `ValueError` for anything that could not be served.
    """

    def __init__(
        self,
        *,
        issuer: str,
        routes: Mapping[str, str | Upstream],
        client_ids: Collection[str] = (),
        allow_any_client: bool = False,
        accept_id_tokens: bool = False,
        prefix: str = "",
        cors: Cors | None = None,
        throttle: Throttle | None = None,
        access_log: str | None = None,
        issuers: Issuers | None = None,
        shared_state: SharedState | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        _check_clients(client_ids, allow_any_client)
        _check_issuer(issuer, issuers)
        authorizer = JwtAuthorizer(
            name="token",
            issuer=issuer,
            audiences=frozenset(client_ids),
            any_audience=allow_any_client,
            access_tokens_only=not accept_id_tokens,
        )
        upstreams = {key: _upstream(key, target) for key, target in routes.items()}
        stage = _stage(upstreams, authorizer, throttle, access_log)
        api = Api(API_ID, API_ID, {DEFAULT_STAGE: stage}, cors=cors)
        # The operator wrote issuer and upstreams into the program: private addresses are meant.
        outbound = Outbound(tls=tls)
        remote = RemoteIssuers(outbound, {issuer}.__contains__, trusted=True)
        self.prefix = _checked_prefix(prefix)
        self._pool = UpstreamPool(outbound.guard, trusted=True, tls=tls)
        self.data_plane = DataPlane(
            SnapshotHolder(Snapshot.of([api])),
            UnderPrefix(self.prefix, API_ID),
            _performers(issuers or remote, shared_state or InProcess()),
            self._pool,
            _log_access,
            fail=_log_failure,
        )
        self.blueprint = self._make_blueprint()

    def init_app(self, app: Flask) -> None:
        """Serve in front of the application: the fast path, which Flask does not see."""
        fast = self.data_plane.in_front_of(app.wsgi_app)
        app.wsgi_app = fast  # type: ignore[method-assign, assignment]  # Flask's documented way

    def close(self) -> None:
        """Close the kept-alive connections to upstreams."""
        self._pool.close()

    def _make_blueprint(self) -> Blueprint:
        """Serve inside the application, with its `before_request` and `after_request` functions."""
        blueprint = Blueprint("poolgate_gateway", __name__, url_prefix=self.prefix or None)
        for rule in ("/", "/<path:rest>"):
            blueprint.add_url_rule(
                rule,
                endpoint="serve",
                view_func=self._view,
                methods=sorted(REQUEST_METHODS),
                provide_automatic_options=False,
            )
        return blueprint

    def _view(self, rest: str = "") -> Response:  # noqa: ARG002 - the path is read as it was sent
        return Response.from_app(self.data_plane, request.environ)


def _check_clients(client_ids: Collection[str], allow_any_client: bool) -> None:
    if isinstance(client_ids, str) or not all(client_ids):
        raise ValueError("client_ids must be a list of client ids")
    if bool(client_ids) == allow_any_client:
        raise ValueError("give client_ids, or say allow_any_client=True")


def _check_issuer(issuer: str, issuers: Issuers | None) -> None:
    """Its keys are fetched from below it, unless the application has them."""
    if issuers is None and not re.fullmatch(r"https?://[^/?#\s]+(/[^?#\s]*)?", issuer):
        raise ValueError("issuer must be an http or https address without query and fragment")


def _checked_prefix(prefix: str) -> str:
    if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
        raise ValueError("prefix must start with a slash and not end with one")
    return canonical(prefix) if prefix else ""


def _performers(issuers: Issuers, shared_state: SharedState) -> Performers:
    clock = Clock()
    verifier = Verifier(issuers, RevocationSet(clock.time), clock)
    return Performers(
        {
            VerifyToken: verifying(verifier),
            # Which hosts are served is the application's own affair.
            VerifyProof: proving(shared_state, clock, lambda _host: True),
            TakeToken: taking(shared_state),
        }
    )


def _stage(
    upstreams: Mapping[str, Upstream],
    authorizer: JwtAuthorizer,
    throttle: Throttle | None,
    access_log: str | None,
) -> Stage:
    return Stage(
        name=DEFAULT_STAGE,
        routes=tuple(_route(key, upstream, authorizer) for key, upstream in upstreams.items()),
        default_throttle=throttle,
        route_throttles={
            key: upstream.throttle for key, upstream in upstreams.items() if upstream.throttle
        },
        access_log=AccessLog(ACCESS_LOGGER, access_log) if access_log else None,
    )


def _upstream(key: str, target: str | Upstream) -> Upstream:
    """Where a route leads. Raises `ValueError` for a URI that it cannot fill in."""
    try:
        upstream = Upstream(target) if isinstance(target, str) else target
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None
    unknown = Endpoint.compile(upstream.uri, {}).variables - RouteKey.parse(key).variables
    if unknown:
        raise ValueError(f"{key}: the path has no variable {', '.join(sorted(unknown))}")
    return upstream


def _route(key: str, upstream: Upstream, authorizer: JwtAuthorizer) -> Route:
    return Route(
        key=key,
        target=HttpProxyIntegration(
            upstream.uri, upstream.method, timeout_ms=round(upstream.timeout * 1000)
        ),
        authorizer=None if upstream.public else authorizer,
        scopes=frozenset(upstream.scopes),
    )


def _log_access(destination: str, line: str) -> None:
    logging.getLogger(destination).info("%s", line)


def _log_failure(context: Received, reply: Reply) -> None:
    told = orjson.dumps(described(context, reply)).decode()
    logging.getLogger(FAILURE_LOGGER).warning("%s %s", EVENT, told)
