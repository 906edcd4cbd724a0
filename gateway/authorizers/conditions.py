"""The condition keys of a request to an API (IAM user guide, "Global condition context keys")."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.context import Located


def conditions_of(context: Located) -> dict[str, str]:
    """By key; one that is not known is absent."""
    request = context.request
    received = datetime.fromtimestamp(request.received_at, UTC)
    keys = {
        "aws:SourceIp": request.client_address,
        "aws:SecureTransport": "true" if request.scheme == "https" else "false",
        "aws:RequestedRegion": context.api.region,
        "aws:CurrentTime": received.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(request.received_at)),
    }
    for key, header in (("aws:UserAgent", "user-agent"), ("aws:Referer", "referer")):
        if header in request.headers:
            keys[key] = request.headers[header]
    return keys
