"""What an OAuth endpoint answers, before it belongs to a framework."""

from __future__ import annotations

import orjson
from flask import Response

from kernel.values import value

NOT_KEPT = ("Cache-Control", "no-store")
GUARDS = (("Referrer-Policy", "no-referrer"), ("X-Content-Type-Options", "nosniff"))
"""Every answer has them: none is guessed at, or named to the next site (RFC 9700 §4.2)."""


@value
class OAuthReply:
    """Status, body and headers of one answer."""

    status: int
    body: bytes
    headers: list[tuple[str, str]]

    def response(self) -> Response:
        """The same for Flask."""
        return Response(self.body, self.status, self.headers)


def refusal(status: int, error: str, description: str, *headers: tuple[str, str]) -> OAuthReply:
    """An error that is no grant's or client's, in the form of RFC 6749 §5.2."""
    body = orjson.dumps({"error": error, "error_description": description})
    return OAuthReply(status, body, [("Content-Type", "application/json"), NOT_KEPT, *headers])
