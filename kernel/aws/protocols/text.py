"""Values as text: in paths, queries, headers, forms and XML."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC
from typing import Any

from kernel.aws.contract import Shape
from kernel.aws.protocols.json_reading import Malformed, read_string, reader
from kernel.aws.protocols.timestamps import format_timestamp, parse_timestamp

TextReader = Callable[[str], Any]
TextWriter = Callable[[Any], str]


def text_reader(shape: Shape) -> TextReader:
    """Compile the function that reads a simple `shape` from text. It raises `Malformed`."""
    if shape.type in ("integer", "long"):
        read_number = reader(shape)
        return lambda text: read_number(_integer(text))
    return _READERS[shape.type]


def text_writer(shape: Shape, timestamp_format: str) -> TextWriter:
    """Compile the function that writes a simple `shape` as text."""
    match shape.type:
        case "boolean":
            return lambda value: "true" if value else "false"
        case "timestamp":
            form = shape.timestamp_format or timestamp_format
            return lambda value: str(format_timestamp(value.astimezone(UTC), form))
        case "blob":
            return lambda value: base64.b64encode(value).decode()
    return str


def _integer(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 19):
        raise Malformed("STRING_VALUE can not be converted to an Integer")
    return int(text)


def _read_boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise Malformed("STRING_VALUE can not be converted to a Boolean")
    return text == "true"


def _read_float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Malformed("STRING_VALUE can not be converted to a Double") from None


def _read_timestamp(text: str) -> Any:
    try:
        return parse_timestamp(text)
    except (ValueError, OverflowError, OSError):
        raise Malformed("STRING_VALUE can not be converted to a Timestamp") from None


def _read_blob(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("A blob is not base64.") from None


_READERS: dict[str, TextReader] = {
    "string": read_string,
    "boolean": _read_boolean,
    "float": _read_float,
    "double": _read_float,
    "timestamp": _read_timestamp,
    "blob": _read_blob,
}
