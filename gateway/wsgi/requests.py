"""A WSGI environment as the request value that the chain takes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from gateway.context import Request
from kernel.wsgi_extensions import FIELD_LINES, TLS

Environ = dict[str, Any]

# Names are a client's words: those that are kept must not fill the memory.
MOST_KEPT_CHARACTERS = 64
_SAFE_IN_PATH = "/!$&'()*+,;=:@~"


class BadFraming(ValueError):
    """A request whose body could be read as two, or as none."""


def read_request(environ: Environ, request_id: str, received_at: float = 0.0) -> Request:
    """The request of an environment, without its body. Raises `BadFraming`.

    Client address and scheme are the environment's: where a proxy is trusted, the server's
    middleware has put the proxy's word there already.
    """
    headers = _headers(environ)
    coding = headers.get("transfer-encoding")
    length = environ.get("CONTENT_LENGTH") or None
    if coding is not None and coding.strip().lower() != "chunked":
        raise BadFraming("an unknown transfer coding")
    if length is not None and not (length.isascii() and length.isdigit()):
        raise BadFraming("a malformed length")
    raw_target = _raw_target(environ)
    connection = environ.get(TLS)
    return Request(
        id=request_id,
        method=environ["REQUEST_METHOD"],
        scheme=environ["wsgi.url_scheme"],
        host=headers.get("host") or _server(environ),
        target_bytes=len(raw_target or environ["PATH_INFO"]),
        query=_query(environ.get("QUERY_STRING", "")),
        headers=headers,
        client_address=environ.get("REMOTE_ADDR", ""),
        protocol=environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
        content_length=int(length) if length is not None else None,
        is_chunked=coding is not None,
        raw_target=raw_target,
        field_lines=environ.get(FIELD_LINES, ()),
        received_at=received_at,
        client_certificate=connection.client_certificate if connection is not None else None,
    )


def raw_path(environ: Environ) -> str:
    """The path below SCRIPT_NAME as it was sent, so that `%2F` is not `/`.

    It is taken from RAW_URI or REQUEST_URI, which servers pass on beside PEP 3333, as long as
    that agrees with PATH_INFO; where it does not, or there is none, PATH_INFO decides. There an
    encoded slash has become a slash, for the route, the authorizer and the backend alike.
    """
    mount, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "") or "/"
    raw = _raw_target(environ).partition("?")[0]
    if raw.startswith(mount) and _decoded(raw) == mount + path:
        return raw[len(mount) :]
    return quote(path.encode("latin-1"), safe=_SAFE_IN_PATH)


def _raw_target(environ: Environ) -> str:
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    return raw if isinstance(raw, str) else ""


def _decoded(path: str) -> str:
    return unquote_to_bytes(path).decode("latin-1") if "%" in path else path


def _spelled(variable: str) -> str:
    """HTTP_USER_AGENT as `user-agent`."""
    return variable[5:].replace("_", "-").lower()


_known = lru_cache(1024)(_spelled)


def _headers(environ: Environ) -> dict[str, str]:
    headers = {
        (_known if len(name) <= MOST_KEPT_CHARACTERS else _spelled)(name): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    if content_type := environ.get("CONTENT_TYPE"):
        headers["content-type"] = content_type
    # The body's length is the environment's CONTENT_LENGTH alone.
    headers.pop("content-length", None)
    return headers


def _server(environ: Environ) -> str:
    return f"{environ.get('SERVER_NAME', '')}:{environ.get('SERVER_PORT', '')}"


def _query(query: str) -> str:
    """The query with whatever a request line cannot hold escaped."""
    if query.isascii() and query.isprintable() and " " not in query and "#" not in query:
        return query
    return quote(query.encode("latin-1"), safe="".join(map(chr, range(33, 127))).replace("#", ""))
