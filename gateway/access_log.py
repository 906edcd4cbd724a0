"""A stage's access log: its format with `$context` variables, one line for each request.

The variables are `gateway.mapping.context_variables`'s, and those that are known only when a
request was answered. One without a value is written `-`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway import quotas
from gateway.context import Identified, Prepared, Received, Routed
from gateway.endpoint_ids import EndpointIds
from gateway.log_formats import Variable, compile_format, in_json
from gateway.mapping.context_variables import variable
from gateway.mapping.sources import written
from kernel.telemetry.redaction import REDACTED

Log = Callable[[str, str], None]
"""Takes the destination of a stage's log, and a line."""
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Finished:
    """A request that was answered. Times are seconds; latencies are None where there is none."""

    context: Received
    status: int
    response_length: int
    error: str
    latency: float
    integration_status: int | None = None
    integration_latency: float | None = None
    kind: str = ""
    """Of a refusal, its gateway response type."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What a refusal says besides, such as `error.validationErrorString`."""
    endpoint_ids: EndpointIds = EndpointIds()  # noqa: RUF009 - immutable
    """How the backend names the request."""


def render(template: str, finished: Finished) -> str:
    """A log line, of a megabyte at most. Values are escaped as the format needs it."""
    line = "".join(
        _value(piece, finished) if isinstance(piece, Variable) else piece
        for piece in compile_format(template).pieces
    )
    # At most four bytes a character: a line that is surely short enough is not measured.
    if len(line) * 4 <= quotas.ACCESS_LOG_ENTRY_BYTES:
        return line
    return line.encode()[: quotas.ACCESS_LOG_ENTRY_BYTES].decode("utf-8", "ignore")


def _value(piece: Variable, finished: Finished) -> str:
    if piece.name == "error.messageString":
        # "The quoted value of $context.error.message": quotes belong to it, whatever the format.
        message = _error(finished) or NOTHING
        return f'"{in_json(message)}"' if piece.escape is in_json else piece.escape(f'"{message}"')
    reader = _READERS.get(piece.name)
    known = _known(finished, piece.name) if reader is None else reader(finished)
    return NOTHING if known in (None, "") else piece.escape(written(known))


def _known(finished: Finished, name: str) -> Any:
    own = finished.variables.get(name)
    return variable(finished.context, name) if own is None else own


def _api_key(finished: Finished) -> str | None:
    """No log holds what opens a door: `$context.identity.apiKeyId` says which key it was."""
    return REDACTED if variable(finished.context, "identity.apiKey") else None


def _error(finished: Finished) -> str:
    """What the client was told. A REST API keeps the cause to its execution log, and that of a
    backend's failure to `$context.integrationErrorMessage`."""
    return finished.variables.get("error.message", finished.error)


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _integration_error(finished: Finished) -> str | None:
    return finished.error if finished.integration_latency is not None else None


def _authorizer_error(finished: Finished) -> str | None:
    return finished.error if _is_unauthorized(finished.context) else None


def _authorizer_status(finished: Finished) -> int | None:
    """ "The status code returned from an authorizer": 200, or that of the refusal."""
    context = finished.context
    if _is_unauthorized(context):
        return finished.status
    is_let_in = isinstance(context, Identified) and context.route.authorizer is not None
    return 200 if is_let_in else None


def _is_unauthorized(context: Received) -> bool:
    """Whether the route's authorizer has let nobody in."""
    if not isinstance(context, Routed) or isinstance(context, Identified):
        return False
    return context.route.authorizer is not None


def _processed(finished: Finished) -> int | None:
    """ "The amount of data processed in bytes": both bodies. Unknown where the client's came
    without a length and streamed through."""
    request = finished.context.request
    sent = request.content_length
    if sent is None and request.is_chunked:
        if not isinstance(finished.context, Prepared):
            return None
        sent = len(finished.context.body)
    return (sent or 0) + finished.response_length


_READERS: dict[str, Callable[[Finished], Any]] = {
    "authorizer.error": _authorizer_error,
    "authorizer.latency": lambda f: variable(f.context, "authorizer.integrationLatency"),
    "authorizer.status": _authorizer_status,
    "awsEndpointRequestId": lambda f: f.endpoint_ids.first,
    "awsEndpointRequestId2": lambda f: f.endpoint_ids.second,
    "dataProcessed": _processed,
    "error.message": _error,
    "error.responseType": lambda f: f.kind,
    "identity.apiKey": _api_key,
    "integration.error": _integration_error,
    "integration.integrationStatus": lambda f: f.integration_status,
    "integration.latency": lambda f: _milliseconds(f.integration_latency),
    "integration.requestId": lambda f: f.endpoint_ids.first,
    "integration.status": lambda f: f.integration_status,
    "integrationErrorMessage": _integration_error,
    "integrationLatency": lambda f: _milliseconds(f.integration_latency),
    "integrationStatus": lambda f: f.integration_status,
    "responseLatency": lambda f: _milliseconds(f.latency),
    "responseLength": lambda f: f.response_length,
    "status": lambda f: f.status,
}
"""What is known only at the end."""
