"""AWS JSON 1.1: `POST /`, the operation in X-Amz-Target, one JSON object each way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel.aws.contract import Operation, Service
from kernel.aws.operations import Input, Output
from kernel.aws.protocols.interface import InputReader, OutputWriter, WireError
from kernel.aws.protocols.json_reading import Malformed, reader
from kernel.aws.protocols.json_writing import writer
from kernel.aws.wire import Reply, Request

CONTENT_TYPE = "application/x-amz-json-1.1"


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; an empty body is an empty object. Raises `Malformed`."""
    try:
        value = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        raise Malformed("The request body is not valid JSON.") from None
    if type(value) is not dict:
        raise Malformed("The request body must be a JSON object.")
    return value


class JsonProtocol:
    """Fills `WireProtocol`."""

    def input_reader(self, operation: Operation) -> InputReader:
        if operation.input is None:
            return lambda _request, _labels: {}
        read = reader(operation.input)

        def read_input(request: Request, _labels: Mapping[str, str]) -> Input:
            parsed: Input = read(parse_object(request.body))
            return parsed

        return read_input

    def output_writer(self, operation: Operation) -> OutputWriter:
        headers = {"Content-Type": CONTENT_TYPE}
        if operation.output is None:
            return lambda _output, _request_id: Reply(200, b"", dict(headers))
        write = writer(operation.output)

        def write_output(output: Output, _request_id: str) -> Reply:
            return Reply(200, orjson.dumps(write(output)), dict(headers))

        return write_output

    def write_error(self, error: WireError, service: Service) -> Reply:  # noqa: ARG002 - WireProtocol's
        body = orjson.dumps({"__type": error.code, **error.members})
        headers = {"Content-Type": CONTENT_TYPE, "x-amzn-ErrorType": error.code, **error.headers}
        return Reply(error.status, body, headers)
