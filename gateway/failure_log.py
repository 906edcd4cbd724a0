"""What the operator's own logs say of a request to an API, and of one that the gateway failed.

Pure: performers and the blueprint write it where their logs are.
"""

from __future__ import annotations

from gateway.context import Located, Received, Reply, Routed
from gateway.rest.gateway_responses import protocol_of
from gateway.rest.request_ids import request_id_of

EVENT = "api_request_failed"

KINDS = frozenset(
    {
        "API_CONFIGURATION_ERROR",
        "AUTHORIZER_CONFIGURATION_ERROR",
        "AUTHORIZER_FAILURE",
        "DEFAULT_5XX",
        "INTEGRATION_FAILURE",
        "INTEGRATION_TIMEOUT",
    }
)
"""Refusals that are no client's fault, whatever status the API's owner gave them."""

BROKEN_OFF = "INTEGRATION_FAILURE"
"""The kind of a reply that broke off after its head was on its way."""


def is_failure(reply: Reply) -> bool:
    """Whether a reply tells of a failure on our side or the backend's that it made up itself."""
    return reply.kind in KINDS and bool(reply.error)


def named(context: Received) -> dict[str, str]:
    """The API of a request where it is known, and for a REST API the second of its names:
    `x-amzn-RequestId`."""
    names: dict[str, str] = {}
    protocol = ""
    if isinstance(context, Located):
        names["api"], protocol = context.api.api_id, context.api.protocol
    if (protocol or protocol_of(context)) == "REST":
        names["amzn_request_id"] = request_id_of(context.request.id)
    return names


def described(context: Received, reply: Reply) -> dict[str, str | int]:
    """Of a failure. `request_id` is what the client got as `x-amz-apigw-id` or `apigw-requestid`.

    Reasons are the gateway's own words: they name hosts, functions and settings, and nothing that
    a request or a reply held.
    """
    return {
        "request_id": context.request.id,
        **named(context),
        "stage": context.stage.name if isinstance(context, Located) else "",
        "route": context.route.key if isinstance(context, Routed) else "",
        "status": reply.status,
        "kind": reply.kind,
        "reason": reply.error,
    }
