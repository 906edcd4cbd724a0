"""What a backend is told of the client, and which of the client's headers it gets."""

from __future__ import annotations

from gateway.context import Request
from gateway.header_rules import for_upstream

VIA = "HTTP/1.1 Poolgate"


def forwarded(request: Request) -> tuple[tuple[str, str], ...]:
    """Who asked, in the standard form (RFC 7239) and in the customary one, and through whom."""
    client, host, scheme = request.client_address, request.host, request.scheme
    via = request.headers.get("via")
    node = f'"[{client}]"' if ":" in client else client or "unknown"
    quoted = host
    if '"' in host or "\\" in host:
        quoted = host.replace("\\", "\\\\").replace('"', '\\"')
    return (
        ("forwarded", f'for={node};host="{quoted}";proto={scheme}'),
        ("x-forwarded-for", client),
        ("x-forwarded-host", host),
        ("x-forwarded-proto", scheme),
        ("via", f"{via}, {VIA}" if via else VIA),
    )


def client_headers(request: Request) -> list[tuple[str, str]]:
    """The client's end-to-end headers. `locate` has taken our own cookies out."""
    return for_upstream(request.headers)
