"""What HTTP APIs answer by themselves: `{"message": ...}` with AWS's words.

Those of 401, 403, 404, 413, 429 and 503 are AWS's as recorded by its users; 431, 502 and 504,
which AWS documents by number alone, carry the standard's reason phrase.
"""

from __future__ import annotations

import orjson

from gateway.context import Reply

JSON = ("content-type", "application/json")


def message(status: int, text: str, *headers: tuple[str, str], error: str = "") -> Reply:
    """A reply with AWS's JSON body."""
    return Reply(status, (JSON, *headers), orjson.dumps({"message": text}), error or text)


def unauthorized(challenge: str, error: str) -> Reply:
    """401 with its challenge (RFC 6750 §3)."""
    return message(401, "Unauthorized", ("www-authenticate", challenge), error=error)


def forbidden(challenge: str, error: str) -> Reply:
    """403: the token is good, but not for this."""
    return message(403, "Forbidden", ("www-authenticate", challenge), error=error)


BAD_REQUEST = message(400, "Bad Request")
NOT_FOUND = message(404, "Not Found")
LENGTH_REQUIRED = message(411, "Length Required")
PAYLOAD_TOO_LARGE = message(413, "Request Entity Too Large")
EXPECTATION_FAILED = message(417, "Expectation Failed")
TOO_MANY_REQUESTS = message(429, "Too Many Requests")
HEADERS_TOO_LARGE = message(431, "Request Header Fields Too Large")
INTERNAL_SERVER_ERROR = message(500, "Internal Server Error")
BAD_GATEWAY = message(502, "Bad Gateway")
SERVICE_UNAVAILABLE = message(503, "Service Unavailable")
GATEWAY_TIMEOUT = message(504, "Gateway Timeout")
