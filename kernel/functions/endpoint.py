"""Functions of a server that speaks the Lambda Invoke API."""

from __future__ import annotations

import base64
from collections.abc import Iterator
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
from kernel.functions.event_stream import BrokenStream, Event, EventReader
from kernel.functions.frames import MAX_PAYLOAD, MAX_STREAMED
from kernel.functions.names import FunctionName
from kernel.outbound import Opened, Outbound, OutboundError, OutboundTimedOut, Reply


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
    ) -> tuple[Any, str]:
        """The function's JSON result and the id of the call; `event` is JSON. Raises a
        `FunctionError`."""
        url = self._url(name, "2015-03-31", "invocations")
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
                url,
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
        return _result(name, reply), reply.headers.get("x-amzn-requestid", "")

    def stream(
        self, name: FunctionName, event: bytes, timeout: float, idle: float
    ) -> Iterator[bytes]:
        """The pieces of the answer, by InvokeWithResponseStream. Raises a `FunctionError`."""
        try:
            with self.outbound.opened(
                "POST",
                self._url(name, "2021-11-15", "response-streaming-invocations"),
                headers={
                    "Content-Type": "application/json",
                    "X-Amz-Invocation-Type": "RequestResponse",
                },
                body=event,
                timeout=timeout,
                idle=idle,
                max_bytes=2 * MAX_STREAMED,
                trusted=True,
            ) as reply:
                yield from _pieces(name, reply)
        except OutboundTimedOut:
            raise FunctionTimedOut(f"{name.text} gave no result in time") from None
        except OutboundError as error:
            raise FunctionUnavailable(str(error)) from None

    def _url(self, name: FunctionName, version: str, action: str) -> str:
        query = "" if name.qualifier == "$LATEST" else f"?Qualifier={quote(name.qualifier)}"
        return f"{self.url}/{version}/functions/{quote(name.text, safe='')}/{action}{query}"


def _pieces(name: FunctionName, reply: Opened) -> Iterator[bytes]:
    _require_found(name, reply.status)
    reader, left = EventReader(), MAX_STREAMED
    try:
        for block in reply.blocks:
            for each in reader.feed(block):
                if each.headers.get(":event-type") == "InvokeComplete":
                    _require_success(each)
                    return
                if each.headers.get(":event-type") != "PayloadChunk":
                    kind = each.headers.get(":exception-type", "an unknown event")
                    raise FunctionUnavailable(f"the endpoint streams {kind}")
                left -= len(each.payload)
                if left < 0:
                    raise FunctionMalformed(f"{name.text} streams more than {MAX_STREAMED} bytes")
                yield each.payload
    except BrokenStream as error:
        raise FunctionMalformed(f"{name.text} streams {error}") from None
    raise FunctionUnavailable("the endpoint's stream broke off")


def _require_success(complete: Event) -> None:
    try:
        details = orjson.loads(complete.payload or b"{}")
    except orjson.JSONDecodeError:
        details = {}
    code = details.get("ErrorCode") if isinstance(details, dict) else None
    if code:
        told = str(details.get("ErrorDetails", ""))
        raise failure({"errorType": str(code), "errorMessage": told})


def _require_found(name: FunctionName, status: int) -> None:
    if status == 404:
        raise FunctionNotFound(f"function {name.text} does not exist")
    if status != 200:
        raise FunctionUnavailable(f"the endpoint answered {status}")


def _result(name: FunctionName, reply: Reply) -> Any:
    _require_found(name, reply.status)
    try:
        result = orjson.loads(reply.body or b"null")
    except orjson.JSONDecodeError:
        raise FunctionMalformed(f"{name.text} answered what is not JSON") from None
    # Lambda API reference, Invoke: "If present, indicates that an error occurred during function
    # execution. Details about the error are included in the response payload."
    if "x-amz-function-error" in reply.headers:
        raise failure(result if isinstance(result, dict) else {})
    return result
