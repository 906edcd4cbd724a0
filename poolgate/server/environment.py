"""A request's head as a WSGI environment (PEP 3333)."""

from __future__ import annotations

import urllib.parse
from functools import lru_cache
from typing import Any

from kernel.wsgi_extensions import FIELD_LINES
from poolgate.server.request_head import RequestHead

# Names are a client's words: those that are kept must not fill the memory.
MOST_KEPT_CHARACTERS = 64


def describe(environ: dict[str, Any], head: RequestHead, client: tuple[Any, ...]) -> None:
    """Write what the head says into the environment; `client` is its address and port."""
    path, _, query = head.target.partition("?")
    environ.update(
        REQUEST_METHOD=head.method,
        # Undecoded: signatures and %2F in paths need what the client sent.
        REQUEST_URI=head.target,
        RAW_URI=head.target,
        SCRIPT_NAME="",
        PATH_INFO=urllib.parse.unquote(path, "latin-1") if "%" in path else path,
        QUERY_STRING=query,
        SERVER_PROTOCOL=head.version,
        REMOTE_ADDR=str(client[0]),
        REMOTE_PORT=str(client[1]),
    )
    environ[FIELD_LINES] = head.lines
    for name, value in head.fields:
        key = variable(name)
        if key in environ and key.startswith("HTTP_"):
            separator = "; " if key == "HTTP_COOKIE" else ","
            value = f"{environ[key]}{separator}{value}"
        if key:
            environ[key] = value


def variable(name: str) -> str:
    """What the environment calls a header field, given in lower case; nothing for X_Forwarded_For,
    which would be taken for X-Forwarded-For."""
    return _short(name) if len(name) <= MOST_KEPT_CHARACTERS else _variable(name)


def _variable(name: str) -> str:
    if "_" in name:
        return ""
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


_short = lru_cache(1024)(_variable)


def opens_websocket(environ: dict[str, Any], head: RequestHead) -> bool:
    """RFC 6455 §4.1: a GET, which here has no body: its bytes could not be told from messages."""
    has_body = head.is_chunked or bool(head.content_length)
    is_asked_for = environ.get("HTTP_UPGRADE", "").lower() == "websocket"
    return is_asked_for and head.method == "GET" and not has_body
