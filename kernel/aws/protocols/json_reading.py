"""From parsed JSON to Python values, by the service model: bodies of JSON 1.1 and rest-json.

A shape is compiled once into a function that reads its values: members by their model's name,
timestamps as aware datetimes, blobs as bytes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from kernel.aws.contract import Member, Shape
from kernel.aws.protocols.timestamps import parse_timestamp

Reader = Callable[[Any], Any]

DEEPEST_DOCUMENT = 100


class Malformed(ValueError):
    """A request that cannot be read as its shape; AWS's SerializationException."""


def reader(shape: Shape) -> Reader:
    """Compile the function that reads a value of `shape`. It raises `Malformed`."""
    if shape.is_document:
        return _read_document
    match shape.type:
        case "structure":
            return structure_reader(shape.members.values())
        case "list":
            return _list_reader(reader(shape.element))
        case "map":
            return _map_reader(reader(shape.value))
    return _SCALAR_READERS[shape.type]


def structure_reader(members: Iterable[Member]) -> Reader:
    """Read an object's members; unknown ones are ignored, null is absent."""
    known = {member.wire_name: (member.name, reader(member.shape)) for member in members}

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise _unexpected(value, "a structure")
        result = {}
        for wire_name, item in value.items():
            if item is not None and (found := known.get(wire_name)):
                result[found[0]] = found[1](item)
        return result

    return read


def _list_reader(read_element: Reader) -> Reader:
    def read(value: Any) -> list[Any]:
        if type(value) is not list:
            raise Malformed("Expected list or null")
        return [None if item is None else read_element(item) for item in value]

    return read


def _map_reader(read_value: Reader) -> Reader:
    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise Malformed("Expected map or null")
        return {
            read_string(key): read_value(item) for key, item in value.items() if item is not None
        }

    return read


def read_string(value: Any) -> str:
    if type(value) is not str:
        raise _unexpected(value, "a String")
    # No database stores NUL in text, and no member's documentation allows it.
    if "\0" in value:
        raise Malformed("A string holds a NUL character.")
    return value


def _read_boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise _unexpected(value, "a Boolean")
    return value


def _integer_reader(bits: int, name: str) -> Reader:
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1

    def read(value: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int:
            raise _unexpected(value, name)
        if not least <= value <= most:
            raise Malformed(f"A number is out of the range of {name}.")
        return value

    return read


def _read_float(value: Any) -> float:
    if type(value) not in (int, float):
        raise _unexpected(value, "a Double")
    return float(value)


def _read_blob(value: Any) -> bytes:
    try:
        return base64.b64decode(read_string(value), validate=True)
    except (binascii.Error, ValueError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed("A blob is not base64.") from None


def _read_timestamp(value: Any) -> datetime:
    if type(value) not in (int, float, str):
        raise _unexpected(value, "a Timestamp")
    try:
        return parse_timestamp(value)
    except (ValueError, OverflowError, OSError):
        raise Malformed("A timestamp cannot be read.") from None


def _read_document(value: Any, depth: int = 0) -> Any:
    if depth > DEEPEST_DOCUMENT:
        raise Malformed("A document is nested too deeply.")
    if type(value) is str:
        return read_string(value)
    if type(value) is list:
        return [_read_document(item, depth + 1) for item in value]
    if type(value) is dict:
        return {read_string(key): _read_document(value[key], depth + 1) for key in value}
    return value


_SCALAR_READERS: dict[str, Reader] = {
    "string": read_string,
    "boolean": _read_boolean,
    "integer": _integer_reader(32, "an Integer"),
    "long": _integer_reader(64, "a Long"),
    "float": _read_float,
    "double": _read_float,
    "blob": _read_blob,
    "timestamp": _read_timestamp,
}

_TOKENS = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE", bool: "BOOLEAN_VALUE"}


def _unexpected(value: Any, wanted: str) -> Malformed:
    """AWS's wording, which names the kind of the value and never the value."""
    if isinstance(value, dict):
        return Malformed("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return Malformed("Start of list found where not expected.")
    return Malformed(f"{_TOKENS.get(type(value), 'NULL')} can not be converted to {wanted}")
