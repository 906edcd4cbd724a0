"""What execution logs may show of requests and replies: no credentials, and not too much. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

import orjson

from kernel.telemetry.redaction import clean, clean_text

BODY_BYTES = 64 * 1024
"""A larger body is not read at all: only its size is told."""
SHOWN_CHARACTERS = 1024
"""Of one value. Execution logs of API Gateway are cut off at 1,024 bytes an event."""
MORE_NAMES = frozenset({"proxy-authorization", "set-cookie", "x-amz-security-token", "x-api-key"})


def shown_headers(headers: Iterable[tuple[str, str]]) -> str:
    """Headers as execution logs write them: `{Accept=*/*, Authorization=[redacted]}`."""
    return _listed((name, _value(name, value)) for name, value in headers)


def shown_pairs(pairs: Mapping[str, str]) -> str:
    """Path variables and the like."""
    return _listed((name, _value(name, value)) for name, value in pairs.items())


def shown_query(query: str) -> str:
    """The parameters of a query."""
    pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1")
    return _listed((name, _value(name, value)) for name, value in pairs)


def shown_target(target: str) -> str:
    """A request target or URL, with the values of telling parameters left out."""
    path, mark, query = target.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1")
    shown = "&".join(f"{name}={_value(name, value)}" for name, value in pairs)
    return shortened(clean_text(path) + mark + shown)


def shown_body(body: object) -> str:
    """A body or a JSON value. The values of members that look like passwords are left out."""
    if isinstance(body, bytes):
        return _shown_bytes(body)
    if isinstance(body, str):
        return shortened(clean_text(body[:BODY_BYTES]))
    return shortened(_dumped(clean("", body)))


def shortened(text: str) -> str:
    """Text on one line, and not longer than a log's event."""
    line = text.replace("\r", "\\r").replace("\n", "\\n").replace("\x00", "\\0")
    cut = len(line) > SHOWN_CHARACTERS
    return f"{line[:SHOWN_CHARACTERS]} [TRUNCATED]" if cut else line


def _shown_bytes(body: bytes) -> str:
    if len(body) > BODY_BYTES:
        return f"[{len(body)} bytes]"
    try:
        return shortened(_dumped(clean("", orjson.loads(body))))
    except orjson.JSONDecodeError:
        pass
    try:
        return shortened(clean_text(body.decode()))
    except UnicodeDecodeError:
        return f"[{len(body)} bytes of binary]"


def _dumped(value: object) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return "[not JSON]"


def _value(name: str, value: str) -> str:
    telling = "authorization" if name.lower() in MORE_NAMES else name
    return str(clean(telling, value))


def _listed(pairs: Iterable[tuple[str, str]]) -> str:
    return "{" + shortened(", ".join(f"{name}={value}" for name, value in pairs)) + "}"
