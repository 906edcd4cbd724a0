"""Writes a small MaxMind database (MaxMind DB file format 2.0), for IPv4 networks alone."""

from __future__ import annotations

import ipaddress
import struct
from pathlib import Path
from typing import Any

MARKER = b"\xab\xcd\xefMaxMind.com"
RECORD_BITS = 32


def city(country: str, name: str, latitude: float, longitude: float) -> dict[str, Any]:
    """A record of a database of cities."""
    return {
        "country": {"iso_code": country, "names": {"en": f"Land of {country}"}},
        "city": {"names": {"en": name}},
        "location": {"latitude": latitude, "longitude": longitude},
    }


def write(path: Path, records: dict[str, dict[str, Any]]) -> Path:
    """A database of those networks."""
    nodes: list[list[int | None]] = [[None, None]]
    data, leaves = b"", []
    for text, record in records.items():
        network = ipaddress.ip_network(text)
        leaves.append((network, len(data)))
        data += _value(record)
    for network, offset in leaves:
        bits = f"{int(network.network_address):032b}"[: network.prefixlen]
        node = 0
        for bit in bits[:-1]:
            child = nodes[node][int(bit)]
            if child is None:
                nodes.append([None, None])
                child = nodes[node][int(bit)] = len(nodes) - 1
            node = child
        nodes[node][int(bits[-1])] = -1 - offset
    tree = b"".join(_pointer(each, len(nodes)) for node in nodes for each in node)
    described = {
        "node_count": len(nodes),
        "record_size": RECORD_BITS,
        "ip_version": 4,
        "database_type": "Test-City",
        "languages": ["en"],
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1,
        "description": {"en": "test"},
    }
    path.write_bytes(tree + bytes(16) + data + MARKER + _value(described))
    return path


def _pointer(child: int | None, count: int) -> bytes:
    """A node, an offset into the data (negative), or nothing."""
    if child is None:
        return count.to_bytes(4, "big")
    return (child if child >= 0 else count + 16 + (-1 - child)).to_bytes(4, "big")


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        encoded = value.encode()
        return _control(2, len(encoded)) + encoded
    if isinstance(value, float):
        return _control(3, 8) + struct.pack(">d", value)
    if isinstance(value, int):
        encoded = value.to_bytes((value.bit_length() + 7) // 8, "big")
        return _control(6, len(encoded)) + encoded
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(_value(each) for each in value)
    pairs = b"".join(_value(name) + _value(each) for name, each in value.items())
    return _control(7, len(value)) + pairs


def _control(kind: int, size: int) -> bytes:
    assert size < 285
    head = size if size < 29 else 29
    extended = kind > 7
    first = bytes([head | (0 if extended else kind << 5)])
    second = bytes([kind - 7]) if extended else b""
    return first + second + (bytes([size - 29]) if head == 29 else b"")
