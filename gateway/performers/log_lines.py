"""Takes the lines of access and execution logs to where they go, off the requests they tell of, and
tells the operator's own log of failures."""

from __future__ import annotations

import orjson
import structlog

from gateway import quotas
from gateway.access_log import Log
from gateway.context import Received, Reply
from gateway.failure_log import EVENT, described
from gateway.log_destinations import destination_of
from kernel.log_delivery.delivery import LogDelivery
from kernel.log_delivery.sink import Destination

log = structlog.get_logger(__name__)


def log_failure(context: Received, reply: Reply) -> None:
    """Say why a request failed: the client is told next to nothing, and few stages have logs."""
    log.warning(EVENT, **described(context, reply))


def delivering(logs: LogDelivery, own_log: Log) -> Log:
    """Deliver lines by the destination that they come with; `poolgate:stdout` is `own_log`'s.

    Text may hold several lines, which stay together.
    """

    def write(arn: str, text: str) -> None:
        destination = destination_of(arn)
        if destination is None:
            own_log(arn, text)
        else:
            logs.offer(destination, entry_of(destination, text))

    return write


def entry_of(destination: Destination, text: str) -> bytes:
    """What is delivered: files have one JSON object a line, streams the text as it is."""
    if destination.kind == "stream":
        return text.encode("utf-8", "replace")
    # Not `splitlines`, which breaks at more than line feeds.
    return b"\n".join(_as_object(line) for line in text.split("\n") if line)


def _as_object(line: str) -> bytes:
    written = line.encode("utf-8", "replace")
    if _is_object(written):
        return written
    wrapped = orjson.dumps({"message": written.decode()})
    if len(wrapped) <= quotas.ACCESS_LOG_ENTRY_BYTES:
        return wrapped
    # Escaping doubles a line at most, since it holds no control characters.
    half = written[: quotas.ACCESS_LOG_ENTRY_BYTES // 2 - 32]
    return orjson.dumps({"message": half.decode("utf-8", "ignore")})


def _is_object(line: bytes) -> bool:
    try:
        return line.startswith(b"{") and isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False
