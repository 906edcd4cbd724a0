"""What HTTP APIs answer by themselves: `{"message": ...}` with AWS's words.

Those of 401, 403, 404, 413, 429 and 503 are AWS's as recorded by its users; 431, 502 and 504,
which AWS documents by number alone, carry the standard's reason phrase.
"""

from __future__ import annotations

from dataclasses import replace

import orjson

from gateway.context import Reply

JSON = ("content-type", "application/json")


def message(
    status: int,
    text: str,
    *headers: tuple[str, str],
    error: str = "",
    kind: str = "",
    told: str = "",
    error_type: str = "",
) -> Reply:
    """A refusal with AWS's JSON body.

    `kind` is the gateway response of REST APIs. There `told` is the message, where it is not that
    of the kind, and `error_type` what `x-amzn-ErrorType` says. `error` is for the access log.
    """
    variables = (("error.message", told), ("error.type", error_type))
    return Reply(
        status,
        (JSON, *headers),
        orjson.dumps({"message": text}),
        error=error or text,
        kind=kind or f"DEFAULT_{status // 100}XX",
        variables={name: text for name, text in variables if text},
    )


def with_error(reply: Reply, error: str) -> Reply:
    """A refusal that says more in the access log."""
    return replace(reply, error=error or reply.error)


def access_denied(why: str) -> Reply:
    """403; a REST API says why, an HTTP API keeps it to the log."""
    return message(403, "Forbidden", error=why, kind="ACCESS_DENIED", told=why)


def unauthorized(challenge: str, error: str) -> Reply:
    """401 with its challenge (RFC 6750 §3)."""
    header = ("www-authenticate", challenge)
    return message(401, "Unauthorized", header, error=error, kind="UNAUTHORIZED")


def forbidden(challenge: str, error: str) -> Reply:
    """403: the token is good, but not for this."""
    header = ("www-authenticate", challenge)
    return message(403, "Forbidden", header, error=error, kind="ACCESS_DENIED")


BAD_REQUEST = message(400, "Bad Request")
UNAUTHORIZED = message(401, "Unauthorized", kind="UNAUTHORIZED")
FORBIDDEN = message(403, "Forbidden", kind="ACCESS_DENIED", error_type="ForbiddenException")
NOT_FOUND = message(404, "Not Found", kind="MISSING_AUTHENTICATION_TOKEN")
INVALID_API_KEY = message(403, "Forbidden", kind="INVALID_API_KEY")
LENGTH_REQUIRED = message(411, "Length Required")
PAYLOAD_TOO_LARGE = message(413, "Request Entity Too Large", kind="REQUEST_TOO_LARGE")
EXPECTATION_FAILED = message(417, "Expectation Failed")
TOO_MANY_REQUESTS = message(429, "Too Many Requests", kind="THROTTLED")
BAD_PARAMETERS = message(400, "Bad Request", kind="BAD_REQUEST_PARAMETERS")
NOT_JSON = message(400, "Could not parse request body into json.", kind="BAD_REQUEST_BODY")
NOT_BASE64 = message(400, "Unable to base64 decode the body.", kind="BAD_REQUEST_BODY")
UNSUPPORTED_MEDIA_TYPE = message(415, "Unsupported Media Type", kind="UNSUPPORTED_MEDIA_TYPE")
QUOTA_EXCEEDED = message(429, "Limit Exceeded", kind="QUOTA_EXCEEDED")
HEADERS_TOO_LARGE = message(431, "Request Header Fields Too Large")
INTERNAL_SERVER_ERROR = message(500, "Internal Server Error", kind="API_CONFIGURATION_ERROR")
AUTHORIZER_CONFIGURATION_ERROR = message(
    500, "Internal Server Error", kind="AUTHORIZER_CONFIGURATION_ERROR"
)
BAD_GATEWAY = message(502, "Bad Gateway", kind="INTEGRATION_FAILURE")
SERVICE_UNAVAILABLE = message(503, "Service Unavailable", kind="INTEGRATION_FAILURE")
OVERLOADED = message(503, "The gateway is busy", kind="DEFAULT_5XX")
QUOTA_UNKNOWN = message(503, "The quota cannot be counted now", kind="DEFAULT_5XX")
GATEWAY_TIMEOUT = message(504, "Gateway Timeout", kind="INTEGRATION_TIMEOUT")
