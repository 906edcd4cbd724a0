"""How the execution log tells of a refusal, by the gateway response that it was. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.context import Received, Reply, Routed
from gateway.execution_logs.calls import Details
from gateway.rest.request_ids import request_id_of

_WORDS = {
    "ACCESS_DENIED": "The client is not authorized to perform this operation.",
    "INTEGRATION_FAILURE": "Execution failed due to a network error communicating with endpoint",
    "INTEGRATION_TIMEOUT": "Execution failed due to a timeout error",
    "QUOTA_EXCEEDED": "Usage Plan check failed: the quota of the API key is used up",
    "THROTTLED": "Execution failed due to throttling: too many requests",
}


def failure(context: Received, reply: Reply, show: Details) -> Iterator[str]:
    """Why a request was refused, and what its client was told."""
    yield _why(context, reply, show)
    yield f"Gateway response type: {reply.kind} with status code: {reply.status}"
    if show.data_trace:
        body = show.body(reply.body)
        yield f"Gateway response body: {body}"
        yield f"Gateway response headers: {show.headers(reply.headers)}"


def _why(context: Received, reply: Reply, show: Details) -> str:
    kind = reply.kind
    if kind == "UNAUTHORIZED":
        told = f"Unauthorized request: {request_id_of(context.request.id)}"
        return told if reply.error == "Unauthorized" else f"{told}: {show.text(reply.error)}"
    if kind == "INVALID_API_KEY" and isinstance(context, Routed):
        return (
            f"API Key not authorized because method '{context.route.key}' requires API Key and API "
            "Key is not associated with a Usage Plan for API Stage "
            f"{context.api.api_id}/{context.stage.name}: No associated Usage Plan"
        )
    error = show.text(reply.error)
    if kind == "BAD_REQUEST_BODY" and "error.validationErrorString" in reply.variables:
        content_type = show.text(context.request.headers.get("content-type", "application/json"))
        told = f": [{error}]" if show.data_trace else ""
        return f"Request body does not match model schema for content type {content_type}{told}"
    if kind in _WORDS:
        return f"{_WORDS[kind]}: {error}" if kind.startswith("INTEGRATION") else _WORDS[kind]
    if kind.endswith("CONFIGURATION_ERROR") or kind == "AUTHORIZER_FAILURE":
        return f"Execution failed due to configuration error: {error}"
    if reply.status >= 500:
        return f"Execution failed due to an internal error: {error}"
    return f"Execution failed: {error}"
