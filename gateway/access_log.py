"""A stage's access log: its format with `$context` variables, one line for each request.

The variables are those of the API Gateway developer guide, "Customize HTTP API access logs". A
variable without a value is written `-`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from gateway.context import Identified, Located, Received, Routed

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_:-]+)*)")
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Finished:
    """A request that was answered. Times are seconds; latencies are None where there is none."""

    context: Received
    received_at: float
    status: int
    response_length: int
    error: str
    latency: float
    integration_status: int | None = None
    integration_latency: float | None = None


def render(template: str, finished: Finished) -> str:
    """A log line. Values are escaped as inside JSON strings, so that none can end its field."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name == "error.messageString":
            return f'"{_escaped(finished.error or NOTHING)}"'
        reader = _READERS.get(name)
        written = _claim(finished, name) if reader is None else reader(finished)
        return NOTHING if written in (None, "") else _escaped(str(written))

    return _VARIABLE.sub(value, template)


def _claim(finished: Finished, name: str) -> Any:
    prefix = "authorizer.claims."
    if not name.startswith(prefix) or not isinstance(finished.context, Identified):
        return None
    return finished.context.claims.get(name.removeprefix(prefix))


def _escaped(text: str) -> str:
    return orjson.dumps(text.encode("utf-8", "replace").decode())[1:-1].decode()


def _stamp(finished: Finished) -> str:
    moment = datetime.fromtimestamp(finished.received_at, UTC)
    return moment.strftime("%d/%b/%Y:%H:%M:%S +0000")


def _route_key(finished: Finished) -> str | None:
    return finished.context.route.key if isinstance(finished.context, Routed) else None


def _stage(finished: Finished) -> str | None:
    return finished.context.stage.name if isinstance(finished.context, Located) else None


def _is_canary(finished: Finished) -> str | None:
    chosen = finished.context.is_canary_request if isinstance(finished.context, Located) else None
    return None if chosen is None else str(chosen).lower()


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _header(name: str) -> Callable[[Finished], Any]:
    return lambda finished: finished.context.request.headers.get(name)


_READERS: dict[str, Callable[[Finished], Any]] = {
    "apiId": lambda f: f.context.address.api_id,
    "domainName": lambda f: f.context.request.host,
    "error.message": lambda f: f.error,
    "extendedRequestId": lambda f: f.context.request.id,
    "httpMethod": lambda f: f.context.request.method,
    "identity.sourceIp": lambda f: f.context.request.client_address,
    "identity.userAgent": _header("user-agent"),
    "integration.latency": lambda f: _milliseconds(f.integration_latency),
    "integration.status": lambda f: f.integration_status,
    "integrationErrorMessage": lambda f: f.error if f.integration_latency is not None else None,
    "integrationLatency": lambda f: _milliseconds(f.integration_latency),
    "integrationStatus": lambda f: f.integration_status,
    "isCanaryRequest": _is_canary,
    "path": lambda f: f.context.address.path,
    "protocol": lambda f: f.context.request.protocol,
    "requestId": lambda f: f.context.request.id,
    "requestTime": _stamp,
    "requestTimeEpoch": lambda f: _milliseconds(f.received_at),
    "responseLatency": lambda f: _milliseconds(f.latency),
    "responseLength": lambda f: f.response_length,
    "routeKey": _route_key,
    "stage": _stage,
    "status": lambda f: f.status,
}
