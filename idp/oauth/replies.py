"""What an OAuth endpoint answers, before it belongs to a framework."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response


@dataclass(frozen=True)
class OAuthReply:
    """Status, body and headers of one answer."""

    status: int
    body: bytes
    headers: list[tuple[str, str]]

    def response(self) -> Response:
        """The same for Flask."""
        return Response(self.body, self.status, self.headers)
