"""Where a request comes from: the caller himself, or the person whom a server speaks of."""

from __future__ import annotations

from idp.user_pools.services.circumstances import Circumstances
from kernel.aws.operations import Call, Input


def of_person(call: Call, request: Input) -> Circumstances:
    """Of an unsigned operation: the caller's own, with UserContextData."""
    return Circumstances(call.source_ip, call.user_agent, request.get("UserContextData", {}))


def of_server(request: Input) -> Circumstances:
    """Of an Admin operation the caller is a server, which says in ContextData what it knows."""
    data = request.get("ContextData", {})
    headers = {
        each.get("headerName", "").lower(): each.get("headerValue", "")
        for each in data.get("HttpHeaders", [])
    }
    return Circumstances(data.get("IpAddress", ""), headers.get("user-agent", ""), data)
