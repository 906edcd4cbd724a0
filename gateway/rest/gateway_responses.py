"""How REST APIs tell a refusal ("Gateway responses for REST APIs", API Gateway developer guide).

Whoever refuses chooses a `kind`; here it becomes the status, headers and body that the API set for
that type, or for DEFAULT_4XX or DEFAULT_5XX, which show through on every type that is not set
itself. "Processed without the Velocity engine", templates know simple variables only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from gateway import replies
from gateway.context import Located, Received, Reply
from gateway.mapping import media_types
from gateway.mapping.gateway_response_values import filled, parameter_headers
from gateway.snapshot import GatewayResponse

ERROR_TYPE = "x-amzn-ErrorType"
DEFAULT_TEMPLATES = {"application/json": '{"message":$context.error.messageString}'}


class Kind(NamedTuple):
    """What AWS does for one type. `status` is None where it depends on the refusal, and for the
    two defaults, which keep that of the type they stand for."""

    status: int | None
    error_type: str


KINDS = {
    "ACCESS_DENIED": Kind(403, "AccessDeniedException"),
    "API_CONFIGURATION_ERROR": Kind(500, "InternalServerErrorException"),
    "AUTHORIZER_CONFIGURATION_ERROR": Kind(500, "AuthorizerConfigurationException"),
    "AUTHORIZER_FAILURE": Kind(500, "AuthorizerConfigurationException"),
    "BAD_REQUEST_BODY": Kind(400, "BadRequestException"),
    "BAD_REQUEST_PARAMETERS": Kind(400, "BadRequestException"),
    "DEFAULT_4XX": Kind(None, "BadRequestException"),
    "DEFAULT_5XX": Kind(None, "InternalServerErrorException"),
    "EXPIRED_TOKEN": Kind(403, "ExpiredTokenException"),
    "INTEGRATION_FAILURE": Kind(None, "InternalServerErrorException"),
    "INTEGRATION_TIMEOUT": Kind(504, "IntegrationTimeoutException"),
    "INVALID_API_KEY": Kind(403, "ForbiddenException"),
    "INVALID_SIGNATURE": Kind(403, "InvalidSignatureException"),
    "MISSING_AUTHENTICATION_TOKEN": Kind(403, "MissingAuthenticationTokenException"),
    "QUOTA_EXCEEDED": Kind(429, "LimitExceededException"),
    "REQUEST_TOO_LARGE": Kind(413, "RequestTooLargeException"),
    "RESOURCE_NOT_FOUND": Kind(404, "NotFoundException"),
    "THROTTLED": Kind(429, "TooManyRequestsException"),
    "UNAUTHORIZED": Kind(401, "UnauthorizedException"),
    "UNSUPPORTED_MEDIA_TYPE": Kind(415, "BadRequestException"),
    "WAF_FILTERED": Kind(403, "ForbiddenException"),
}
"""The 21 types, with AWS's default statuses."""

LEAST_STATUS = 200
"""An interim status is no reply: one that an API sets is taken for none."""
INTEGRATION_FAILURE_STATUS = 504
"""Of the type's default in the developer guide; a refusal that has another keeps that."""

# What the shared replies say for HTTP APIs, and REST APIs say otherwise.
_REWORDED = {
    (404, "Not Found"): (403, "Missing Authentication Token"),
    (413, "Request Entity Too Large"): (413, "Request Too Long"),
    (500, "Internal Server Error"): (500, "Internal server error"),
    (502, "Bad Gateway"): (502, "Internal server error"),
    (503, "Service Unavailable"): (504, "Network error communicating with endpoint"),
    (504, "Gateway Timeout"): (504, "Endpoint request timed out"),
}


def told(context: Received, reply: Reply) -> Reply:
    """A reply as the client gets it: a refusal by a REST API in that API's own words.

    Replies without a kind, and those of HTTP APIs, are passed on as they are.
    """
    if not reply.kind or protocol_of(context) != "REST":
        return reply
    return _told(context, reply)


def protocol_of(context: Received) -> str:
    """HTTP or REST; of an unknown API, HTTP."""
    api = context.snapshot.apis.get(context.address.api_id)
    return api.protocol if api else "HTTP"


def default_status(kind: str) -> int | None:
    """The status that a type has on a new API; None for the two defaults."""
    return INTEGRATION_FAILURE_STATUS if kind == "INTEGRATION_FAILURE" else KINDS[kind].status


def _told(context: Received, reply: Reply) -> Reply:
    status, text = _reworded(reply.status, _text(reply))
    kind = KINDS.get(reply.kind, KINDS[f"DEFAULT_{status // 100}XX"])
    status = kind.status or status
    response = _response_for(context, reply.kind, status)
    if response is not None and response.status and int(response.status) >= LEAST_STATUS:
        status = int(response.status)
    templates = (response.templates if response else None) or DEFAULT_TEMPLATES
    content_type = _accepted(context.request.headers.get("accept", ""), templates)
    variables: dict[str, Any] = {
        **reply.variables,
        "error.message": text,
        "error.messageString": _quoted(text),
        "error.responseType": reply.kind,
        "status": str(status),
    }
    headers = _kept(reply) | {
        "content-type": content_type,
        ERROR_TYPE: reply.variables.get("error.type") or kind.error_type,
    }
    for name, value in parameter_headers(
        context, response.parameters if response else {}, variables
    ).items():
        headers = {key: each for key, each in headers.items() if key.lower() != name.lower()}
        headers[name] = value
    body = filled(context, templates[content_type], variables).encode("utf-8", "replace")
    told_variables = {**reply.variables, "error.message": text or ""}
    return Reply(status, tuple(headers.items()), body, reply.error, reply.kind, told_variables)


def _response_for(context: Received, kind: str, status: int) -> GatewayResponse | None:
    """What the API set: for the type itself, else for its class."""
    rest = context.stage.rest if isinstance(context, Located) else None
    if rest is None:
        return None
    own = rest.gateway_responses.get(kind)
    fallback = rest.gateway_responses.get(f"DEFAULT_{status // 100}XX")
    return own or fallback


def _reworded(status: int, text: str | None) -> tuple[int, str | None]:
    return (status, None) if text is None else _REWORDED.get((status, text), (status, text))


def _text(reply: Reply) -> str | None:
    """The message of a refusal; AWS has refusals whose message is `null`."""
    if "error.message" in reply.variables:
        return reply.variables["error.message"]
    try:
        message = orjson.loads(reply.body if isinstance(reply.body, bytes) else b"")["message"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return reply.error or None
    return message if isinstance(message, str) else None


def _quoted(text: str | None) -> str:
    return orjson.dumps(text).decode()


def _kept(reply: Reply) -> dict[str, str]:
    """What a refusal says besides its body, such as a challenge."""
    return {name: value for name, value in reply.headers if (name, value) != replies.JSON}


def _accepted(accept: str, templates: Mapping[str, str]) -> str:
    """The template's content type: the client's choice, else JSON, else the first."""
    offered = sorted(templates, key=lambda each: each != media_types.JSON)
    return media_types.accepted(offered, accept) or offered[0]
