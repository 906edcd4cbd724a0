"""rest-json: the operation in method and path; members in path, query, headers and a JSON body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import orjson

from kernel.aws.contract import Member, Operation, Service, Shape
from kernel.aws.errors import unsupported_media_type
from kernel.aws.operations import Input, Output
from kernel.aws.protocols.interface import InputReader, OutputWriter, WireError
from kernel.aws.protocols.json import parse_object
from kernel.aws.protocols.json_reading import read_string, reader, structure_reader
from kernel.aws.protocols.json_writing import structure_writer
from kernel.aws.protocols.text import text_reader, text_writer
from kernel.aws.wire import Reply, Request

CONTENT_TYPE = "application/json"
# Clients that know JSON 1.1 only send its type here too.
ACCEPTED = frozenset({"", CONTENT_TYPE, "application/x-amz-json-1.1"})

Query = Mapping[str, list[str]]
PartReader = Callable[[Request, Mapping[str, str], Query], Any]
"""One member's value from a request, the labels of its path and its query; none if absent."""


class RestJsonProtocol:
    """Fills `WireProtocol`."""

    def input_reader(self, operation: Operation) -> InputReader:
        shape = operation.input
        if shape is None:
            return lambda _request, _labels: {}
        read_body = _body_reader(shape)
        parts = [
            (member.name, _part_reader(member, operation))
            for member in shape.members.values()
            if member.location != "body"
        ]

        def read(request: Request, labels: Mapping[str, str]) -> Input:
            query = parse_query(request.query)
            parsed = read_body(request)
            for name, read_part in parts:
                value = read_part(request, labels, query)
                if value is not None:
                    parsed[name] = value
            return parsed

        return read

    def output_writer(self, operation: Operation) -> OutputWriter:
        status, shape = operation.success_status, operation.output
        if shape is None:
            return lambda _output, _request_id: Reply(status)
        write_body = _body_writer(shape)
        headers = [
            (member.name, member.wire_name, text_writer(member.shape, "rfc822"))
            for member in shape.members.values()
            if member.location == "header"
        ]

        def write(output: Output, _request_id: str) -> Reply:
            reply = Reply(status, write_body(output), {"Content-Type": CONTENT_TYPE})
            for name, wire_name, write_header in headers:
                if output.get(name) is not None:
                    reply.headers[wire_name] = write_header(output[name])
            return reply

        return write

    def write_error(self, error: WireError, service: Service) -> Reply:  # noqa: ARG002 - WireProtocol's
        headers = {"Content-Type": CONTENT_TYPE, "x-amzn-ErrorType": error.code, **error.headers}
        return Reply(error.status, orjson.dumps(dict(error.members)), headers)


def parse_query(query: str) -> dict[str, list[str]]:
    """Parameters by name. `+` is itself, as in the signature that covers it."""
    parameters: dict[str, list[str]] = {}
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            parameters.setdefault(unquote(name), []).append(unquote(value))
    return parameters


def _body_reader(shape: Shape) -> Callable[[Request], Input]:
    payload = shape.payload
    if payload is not None:
        return _payload_reader(shape.members[payload])
    members = [member for member in shape.members.values() if member.location == "body"]
    if not members:
        return lambda _request: {}
    read_members = structure_reader(members)

    def read(request: Request) -> Input:
        if request.body and request.media_type not in ACCEPTED:
            raise unsupported_media_type(CONTENT_TYPE)
        parsed: Input = read_members(parse_object(request.body))
        return parsed

    return read


def _payload_reader(member: Member) -> Callable[[Request], Input]:
    """The whole body is one member: bytes as they are, a structure from JSON."""
    if member.shape.type == "blob":
        return lambda request: {member.name: request.body} if request.body else {}
    read_value = reader(member.shape)
    return lambda request: {member.name: read_value(parse_object(request.body))}


def _part_reader(member: Member, operation: Operation) -> PartReader:
    name = member.wire_name
    match member.location:
        case "uri":
            read_label = text_reader(member.shape)
            return lambda _request, labels, _query: read_label(labels[name])
        case "header":
            return _header_reader(name.lower(), member.shape)
    if member.shape.type == "map":
        return _remaining_reader(operation)
    return _query_reader(member)


def _header_reader(name: str, shape: Shape) -> PartReader:
    read_header = text_reader(shape)

    def read(request: Request, _labels: Mapping[str, str], _query: Query) -> Any:
        text = request.headers.get(name)
        return None if text is None else read_header(text)

    return read


def _query_reader(member: Member) -> PartReader:
    name = member.wire_name
    is_list = member.shape.type == "list"
    read_text = text_reader(member.shape.element if is_list else member.shape)

    def read(_request: Request, _labels: Mapping[str, str], query: Query) -> Any:
        values = query.get(name)
        if values is None:
            return None
        return [read_text(value) for value in values] if is_list else read_text(values[0])

    return read


def _remaining_reader(operation: Operation) -> PartReader:
    """A map in the query takes every parameter that no other member names."""
    members = operation.input.members.values() if operation.input else ()
    named = {m.wire_name for m in members if m.location == "querystring"} | {*operation.query}

    def read(_request: Request, _labels: Mapping[str, str], query: Query) -> Any:
        remaining = {
            read_string(name): read_string(values[0])
            for name, values in query.items()
            if name not in named and not name.startswith("X-Amz-")
        }
        return remaining or None

    return read


def _body_writer(shape: Shape) -> Callable[[Output], bytes]:
    if shape.payload is not None:
        return _payload_writer(shape.members[shape.payload])
    write_members = structure_writer(
        shape.name, [m for m in shape.members.values() if m.location == "body"]
    )
    in_headers = {m.name for m in shape.members.values() if m.location != "body"}

    def write(output: Output) -> bytes:
        body = {name: item for name, item in output.items() if name not in in_headers}
        return orjson.dumps(write_members(body))

    return write


def _payload_writer(member: Member) -> Callable[[Output], bytes]:
    if member.shape.type == "blob":
        return lambda output: output.get(member.name) or b""
    write_value = structure_writer(member.shape.name, member.shape.members.values())
    return lambda output: orjson.dumps(write_value(output.get(member.name) or {}))
