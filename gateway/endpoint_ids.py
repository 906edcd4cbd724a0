"""How a backend itself names the request that it got, for `$context.awsEndpointRequestId`.

"The AWS endpoint's request ID from the x-amz-request-id or x-amzn-requestId header" (API Gateway
developer guide, "Customize HTTP API access logs"); a function's is that of its call. Pure.
"""

from __future__ import annotations

from typing import NamedTuple

from gateway.effects import FunctionReply, Sent
from gateway.execution_logs.watching import Asked
from gateway.header_rules import HeaderPairs

REQUEST_IDS = ("x-amz-request-id", "x-amzn-requestid")
SECOND_ID = "x-amz-id-2"


class EndpointIds(NamedTuple):
    """Empty where the backend gave none; `second` is Amazon S3's."""

    first: str = ""
    second: str = ""


def ids_in(headers: HeaderPairs) -> EndpointIds:
    """The ids in the headers of a backend's reply."""
    known = {name.lower(): value for name, value in headers}
    first = next((known[name] for name in REQUEST_IDS if name in known), "")
    return EndpointIds(first, known.get(SECOND_ID, ""))


def ids_of(call: Asked | None) -> EndpointIds:
    """The ids in what a backend answered to a call of it."""
    answer = None if call is None else call.answer
    if isinstance(answer, Sent):
        return ids_in(answer.headers)
    return EndpointIds(answer.request_id) if isinstance(answer, FunctionReply) else EndpointIds()
