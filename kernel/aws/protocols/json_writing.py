"""From Python values to JSON, by the service model: answers of JSON 1.1 and rest-json."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from datetime import UTC
from typing import Any

from kernel.aws.contract import Member, Shape
from kernel.aws.protocols.timestamps import format_timestamp

Writer = Callable[[Any], Any]


def writer(shape: Shape, timestamp_format: str | None = None) -> Writer:
    """Compile the function that turns a Python value of `shape` into a JSON value."""
    if shape.is_document:
        return _same
    match shape.type:
        case "structure":
            return structure_writer(shape.name, shape.members.values())
        case "list":
            return _list_writer(writer(shape.element))
        case "map":
            return _map_writer(writer(shape.value))
        case "timestamp":
            return _timestamp_writer(timestamp_format or shape.timestamp_format)
        case "blob":
            return _write_blob
    return _same


def structure_writer(name: str, members: Iterable[Member]) -> Writer:
    """Write an object's members; `None` is absent, an unknown member is an error of ours."""
    known = {
        member.name: (member.wire_name, writer(member.shape, member.timestamp_format))
        for member in members
    }

    def write(value: Any) -> dict[str, Any]:
        result = {}
        for member, item in value.items():
            if item is not None:
                if member not in known:
                    raise KeyError(f"{name} has no member {member}")
                wire_name, write_member = known[member]
                result[wire_name] = write_member(item)
        return result

    return write


def _list_writer(write_element: Writer) -> Writer:
    if write_element is _same:
        return list
    return lambda value: [write_element(item) for item in value]


def _map_writer(write_value: Writer) -> Writer:
    return lambda value: {key: write_value(item) for key, item in value.items() if item is not None}


def _timestamp_writer(timestamp_format: str | None) -> Writer:
    form = timestamp_format or "unixTimestamp"
    return lambda value: format_timestamp(value.astimezone(UTC), form)


def _write_blob(value: Any) -> str:
    return base64.b64encode(value).decode()


def _same(value: Any) -> Any:
    return value
