"""A backend's headers as a REST API passes them on: those that the gateway owns come back renamed.

"x-amzn-Remapped-" and the backend's name ("Amazon API Gateway important notes", developer guide).
"""

from __future__ import annotations

from gateway.header_rules import HeaderPairs, for_client
from gateway.rest.request_ids import EXTENDED_ID, REQUEST_ID
from gateway.tracing import TRACE_ID

PREFIX = "x-amzn-Remapped-"
OWNED = frozenset(
    {"authorization", "connection", "content-length", "content-md5", "date", "expect", "host"}
    | {"max-forwards", "proxy-authenticate", "server", "te", "trailer", "transfer-encoding"}
    | {"upgrade", "user-agent", "via", "warn", "www-authenticate"}
)
_OURS = frozenset({REQUEST_ID.lower(), EXTENDED_ID, TRACE_ID, "apigw-requestid"})


def remapped(headers: HeaderPairs, *, framed: bool = False) -> list[tuple[str, str]]:
    """The headers of a backend's reply as the client may see them.

    `framed` keeps the length of a body that streams through besides.
    """
    pairs = list(headers)
    passed = [pair for pair in for_client(pairs) if pair[0] not in OWNED and pair[0] not in _OURS]
    renamed = [(f"{PREFIX}{_title(name)}", value) for name, value in pairs if name.lower() in OWNED]
    length = [pair for pair in for_client(pairs) if framed and pair[0] == "content-length"]
    return [*passed, *renamed, *length]


def _title(name: str) -> str:
    special = {"www-authenticate": "WWW-Authenticate", "content-md5": "Content-MD5", "te": "TE"}
    return special.get(name.lower(), name.title())
