"""What pages and OAuth endpoints answer while the database is locked for too long."""

from __future__ import annotations

from flask import Response


def busy() -> Response:
    """503; AWS operations have a form of their own."""
    text = "Poolgate is busy. Try again in a moment.\n"
    return Response(text, 503, {"Retry-After": "5"}, content_type="text/plain; charset=utf-8")
