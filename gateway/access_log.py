"""A stage's access log: its format with `$context` variables, one line for each request.

The variables are `gateway.mapping.context_variables`'s, and those that are known only when a
request was answered. One without a value is written `-`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway import quotas
from gateway.context import Received
from gateway.mapping.context_variables import variable
from gateway.mapping.sources import written

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_:-]+)*)")
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


def render(template: str, finished: Finished) -> str:
    """A log line. Values are escaped as inside JSON strings, so that none can end its field."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name == "error.messageString":
            return f'"{_escaped(finished.error or NOTHING)}"'
        reader = _READERS.get(name)
        known = _known(finished, name) if reader is None else reader(finished)
        return NOTHING if known in (None, "") else _escaped(written(known))

    line = _VARIABLE.sub(value, template)
    # At most four bytes a character: a line that is surely short enough is not measured.
    if len(line) * 4 <= quotas.ACCESS_LOG_ENTRY_BYTES:
        return line
    return line.encode()[: quotas.ACCESS_LOG_ENTRY_BYTES].decode("utf-8", "ignore")


def _known(finished: Finished, name: str) -> Any:
    own = finished.variables.get(name)
    return variable(finished.context, name) if own is None else own


def _escaped(text: str) -> str:
    return orjson.dumps(text.encode("utf-8", "replace").decode())[1:-1].decode()


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


_READERS: dict[str, Callable[[Finished], Any]] = {
    "error.message": lambda f: f.error,
    "error.responseType": lambda f: f.kind,
    "integration.latency": lambda f: _milliseconds(f.integration_latency),
    "integration.status": lambda f: f.integration_status,
    "integrationErrorMessage": lambda f: f.error if f.integration_latency is not None else None,
    "integrationLatency": lambda f: _milliseconds(f.integration_latency),
    "integrationStatus": lambda f: f.integration_status,
    "responseLatency": lambda f: _milliseconds(f.latency),
    "responseLength": lambda f: f.response_length,
    "status": lambda f: f.status,
}
"""What is known only at the end."""
