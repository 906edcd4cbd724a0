"""The query protocol: `Action` and members in a form (`Tags.member.1.Key`), XML in the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from kernel.aws.contract import Operation, Service, Shape
from kernel.aws.operations import Input, Output
from kernel.aws.protocols.interface import InputReader, OutputWriter, WireError
from kernel.aws.protocols.json_reading import Malformed, read_string
from kernel.aws.protocols.text import text_reader
from kernel.aws.protocols.xml import element, structure_writer
from kernel.aws.wire import Reply, Request

CONTENT_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 1000
DEEPEST_NAME = 16

# The query protocol's names of what other protocols call ...Exception (IAM, "Common errors").
CODES = {
    "AccessDeniedException": "AccessDenied",
    "IncompleteSignatureException": "IncompleteSignature",
    "InternalErrorException": "InternalFailure",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "SerializationException": "MalformedInput",
    "UnknownOperationException": "InvalidAction",
    "UnrecognizedClientException": "InvalidClientTokenId",
}

Tree = dict[str, Any]
"""A form by the parts of its names: text at the leaves."""


class QueryProtocol:
    """Fills `WireProtocol`."""

    def input_reader(self, operation: Operation) -> InputReader:
        if operation.input is None:
            return lambda _request, _labels: {}
        read_structure = _reader(operation.input)

        def read(request: Request, _labels: Mapping[str, str]) -> Input:
            parsed: Input = read_structure(_tree(form_fields(request)))
            return parsed

        return read

    def output_writer(self, operation: Operation) -> OutputWriter:
        namespace, name = operation.service.xml_namespace, operation.name
        write_result = structure_writer(operation.output) if operation.output else None
        wrapper = operation.result_wrapper

        def write(output: Output, request_id: str) -> Reply:
            result = write_result(output) if write_result else ""
            if wrapper:
                result = element(wrapper, result)
            metadata = element("ResponseMetadata", element("RequestId", request_id))
            body = f'<{name}Response xmlns="{namespace}">{result}{metadata}</{name}Response>'
            return Reply(200, body.encode(), {"Content-Type": "text/xml"})

        return write

    def write_error(self, error: WireError, service: Service) -> Reply:
        code = CODES.get(error.code, error.code)
        kind = "Receiver" if error.status >= 500 else "Sender"
        members = {"Type": kind, "Code": code, "Message": str(error.members["message"])}
        inner = "".join(element(name, text, escape=True) for name, text in members.items())
        content = element("Error", inner) + element("RequestId", error.request_id)
        body = f'<ErrorResponse xmlns="{service.xml_namespace}">{content}</ErrorResponse>'
        return Reply(error.status, body.encode(), {"Content-Type": "text/xml", **error.headers})


def form_fields(request: Request) -> list[tuple[str, str]]:
    """The fields of a request: its query's (presigned requests) and its form's. Raises `Malformed`.

    `+` in a query is itself, as in the signature that covers it; in a form it is a space.
    """
    pairs = [pair.partition("=") for pair in request.query.split("&") if pair]
    fields = [(unquote(name), unquote(value)) for name, _, value in pairs]
    if request.media_type != CONTENT_TYPE:
        return fields
    try:
        form = request.body.decode()
        return fields + parse_qsl(form, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:  # not UTF-8, or too many fields
        raise Malformed("The form cannot be read.") from None


def _tree(fields: list[tuple[str, str]]) -> Tree:
    tree: Tree = {}
    for name, text in fields:
        *branches, leaf = name.split(".", DEEPEST_NAME)
        node = tree
        for branch in branches:
            below = node.setdefault(branch, {})
            if not isinstance(below, dict):
                raise Malformed("A field is both a value and a structure.")
            node = below
        node[leaf] = text
    return tree


def _reader(shape: Shape) -> Callable[[Any], Any]:
    match shape.type:
        case "structure":
            return _structure_reader(shape)
        case "list":
            return _list_reader(shape)
        case "map":
            return _map_reader(shape)
    read_text = text_reader(shape)

    def read(node: Any) -> Any:
        if not isinstance(node, str):
            raise Malformed("Start of structure or map found where not expected.")
        return read_text(node)

    return read


def _structure_reader(shape: Shape) -> Callable[[Any], Any]:
    known = {m.wire_name: (m.name, _reader(m.shape)) for m in shape.members.values()}

    def read(node: Any) -> dict[str, Any]:
        fields = _branches(node)
        return {
            name: read_member(fields[wire_name])
            for wire_name, (name, read_member) in known.items()
            if wire_name in fields
        }

    return read


def _list_reader(shape: Shape) -> Callable[[Any], Any]:
    """`Name.member.1`, `Name.member.2`; flattened ones without `member`; `Name=` is empty."""
    read_element = _reader(shape.element)
    wire_name = None if shape.is_flattened else shape.element_wire_name

    def read(node: Any) -> list[Any]:
        return [read_element(item) for item in _numbered(node, wire_name)]

    return read


def _map_reader(shape: Shape) -> Callable[[Any], Any]:
    """`Name.entry.1.key` and `Name.entry.1.value`."""
    read_value = _reader(shape.value)
    wire_name = None if shape.is_flattened else "entry"

    def read(node: Any) -> dict[str, Any]:
        entries = [_branches(entry) for entry in _numbered(node, wire_name)]
        if not all("key" in entry and "value" in entry for entry in entries):
            raise Malformed("A map entry has no key or no value.")
        return {read_string(_text(e["key"])): read_value(e["value"]) for e in entries}

    return read


def _numbered(node: Any, wire_name: str | None) -> list[Any]:
    if node == "":
        return []
    fields = _branches(node)
    if wire_name is not None:
        fields = _branches(fields.get(wire_name, {}))
    if not all(number.isascii() and number.isdecimal() and len(number) < 10 for number in fields):
        raise Malformed("The elements of a list must be numbered.")
    return [fields[number] for number in sorted(fields, key=int)]


def _branches(node: Any) -> Tree:
    if not isinstance(node, dict):
        raise Malformed("A value was found where a structure was expected.")
    return node


def _text(node: Any) -> str:
    if not isinstance(node, str):
        raise Malformed("A structure was found where a value was expected.")
    return node
