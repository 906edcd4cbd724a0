"""Functions of a server that speaks the Lambda Invoke API."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from kernel.functions.errors import (
    FunctionMalformed,
    FunctionNotFound,
    FunctionTimedOut,
    FunctionUnavailable,
    failure,
)
from kernel.functions.frames import MAX_PAYLOAD
from kernel.functions.names import FunctionName
from kernel.outbound import Outbound, OutboundError, OutboundTimedOut, Reply


@dataclass(frozen=True)
class LambdaEndpoint:
    """Invokes by `POST {url}/2015-03-31/functions/{name}/invocations`."""

    url: str = field(repr=False)
    outbound: Outbound = field(repr=False)

    def invoke(
        self,
        name: FunctionName,
        event: bytes,
        timeout: float,
        client_context: dict[str, Any] | None,
    ) -> Any:
        """The function's JSON result; `event` is JSON. Raises a `FunctionError`."""
        path = f"{self.url}/2015-03-31/functions/{quote(name.text, safe='')}/invocations"
        query = "" if name.qualifier == "$LATEST" else f"?Qualifier={quote(name.qualifier)}"
        headers = {
            "Content-Type": "application/json",
            "X-Amz-Invocation-Type": "RequestResponse",
        }
        if client_context is not None:
            encoded = base64.b64encode(orjson.dumps(client_context)).decode()
            headers["X-Amz-Client-Context"] = encoded
        try:
            reply = self.outbound.request(
                "POST",
                path + query,
                headers=headers,
                body=event,
                timeout=timeout,
                max_bytes=MAX_PAYLOAD,
                trusted=True,
            )
        except OutboundTimedOut:
            raise FunctionTimedOut(f"{name.text} gave no result in {timeout:g} seconds") from None
        except OutboundError as error:
            raise FunctionUnavailable(str(error)) from None
        return _result(name, reply)


def _result(name: FunctionName, reply: Reply) -> Any:
    if reply.status == 404:
        raise FunctionNotFound(f"function {name.text} does not exist")
    if reply.status != 200:
        raise FunctionUnavailable(f"the endpoint answered {reply.status}")
    try:
        result = orjson.loads(reply.body or b"null")
    except orjson.JSONDecodeError:
        raise FunctionMalformed(f"{name.text} answered what is not JSON") from None
    # Lambda API reference, Invoke: "If present, indicates that an error occurred during function
    # execution. Details about the error are included in the response payload."
    if "x-amz-function-error" in reply.headers:
        raise failure(result if isinstance(result, dict) else {})
    return result
