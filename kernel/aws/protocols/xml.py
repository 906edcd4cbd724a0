"""Output of the query protocol as XML. Nothing here reads XML: no request carries any."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.sax import saxutils

from kernel.aws.contract import Member, Shape
from kernel.aws.protocols.text import text_writer

XmlWriter = Callable[[str, Any], str]
"""The elements of that name which hold a value."""

# XML 1.0 §2.2: what no document may hold, escaped or not.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(name: str, content: str, *, escape: bool = False) -> str:
    return f"<{name}>{_escaped(content) if escape else content}</{name}>"


def structure_writer(shape: Shape) -> Callable[[Any], str]:
    """Compile the function that writes a structure's members; `None` is absent."""
    known = {
        member.name: (member.wire_name, _writer(member.shape, member))
        for member in shape.members.values()
    }

    def write(value: Any) -> str:
        parts = []
        for name, item in value.items():
            if item is not None:
                if name not in known:
                    raise KeyError(f"{shape.name} has no member {name}")
                wire_name, write_member = known[name]
                parts.append(write_member(wire_name, item))
        return "".join(parts)

    return write


def _writer(shape: Shape, member: Member | None = None) -> XmlWriter:
    match shape.type:
        case "structure":
            write_members = structure_writer(shape)
            return lambda name, value: element(name, write_members(value))
        case "list":
            return _list_writer(shape)
        case "map":
            return _map_writer(shape)
    form = (member and member.timestamp_format) or "iso8601"
    write_text = text_writer(shape, form)
    return lambda name, value: element(name, write_text(value), escape=True)


def _list_writer(shape: Shape) -> XmlWriter:
    write_element = _writer(shape.element)
    if shape.is_flattened:
        return lambda name, value: "".join(write_element(name, item) for item in value)
    inner = shape.element_wire_name

    def write(name: str, value: Any) -> str:
        return element(name, "".join(write_element(inner, item) for item in value))

    return write


def _map_writer(shape: Shape) -> XmlWriter:
    write_value = _writer(shape.value)

    def entry(key: str, item: Any) -> str:
        return element("key", key, escape=True) + write_value("value", item)

    def write(name: str, value: Any) -> str:
        entry_name = name if shape.is_flattened else "entry"
        entries = "".join(element(entry_name, entry(key, item)) for key, item in value.items())
        return entries if shape.is_flattened else element(name, entries)

    return write


def _escaped(text: str) -> str:
    return saxutils.escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text))
