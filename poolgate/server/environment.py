"""A request's head as a WSGI environment (PEP 3333)."""

from __future__ import annotations

import urllib.parse
from typing import Any

from poolgate.server.request_head import RequestHead


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
    for name, value in head.fields:
        # X_Forwarded_For and X-Forwarded-For are one name in WSGI: only the latter counts.
        if "_" not in name:
            _add(environ, name.upper().replace("-", "_"), value)


def _add(environ: dict[str, Any], name: str, value: str) -> None:
    key = name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
    if key in environ and key.startswith("HTTP_"):
        separator = "; " if key == "HTTP_COOKIE" else ","
        value = f"{environ[key]}{separator}{value}"
    environ[key] = value


def opens_websocket(environ: dict[str, Any], head: RequestHead) -> bool:
    """RFC 6455 §4.1: a GET, which here has no body: its bytes could not be told from messages."""
    has_body = head.is_chunked or bool(head.content_length)
    is_asked_for = environ.get("HTTP_UPGRADE", "").lower() == "websocket"
    return is_asked_for and head.method == "GET" and not has_body
