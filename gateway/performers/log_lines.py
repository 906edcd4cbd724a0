"""Takes the lines of access and execution logs to where they go, off the requests they tell of."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from gateway.log_destinations import destination_of
from kernel.log_delivery.delivery import LogDelivery
from kernel.log_delivery.sink import Destination

Log = Callable[[str, str], None]


def delivering(logs: LogDelivery, own_log: Log) -> Log:
    """Deliver lines by the destination that they come with; `poolgate:stdout` is `own_log`'s."""

    def write(arn: str, line: str) -> None:
        destination = destination_of(arn)
        if destination is None:
            own_log(arn, line)
        else:
            logs.offer(destination, entry_of(destination, line))

    return write


def entry_of(destination: Destination, line: str) -> bytes:
    """What is delivered: files have one JSON object a line, streams the line as it is."""
    written = line.encode("utf-8", "replace")
    if destination.kind == "stream" or _is_object(written):
        return written
    return orjson.dumps({"message": written.decode()})


def _is_object(line: bytes) -> bool:
    try:
        return line.startswith(b"{") and isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False
