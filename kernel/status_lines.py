"""Statuses as WSGI takes them (PEP 3333)."""

from __future__ import annotations

from http import HTTPStatus

_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
WITHOUT_CONTENT = frozenset({204, 304})
"""What follows the head of such an answer is taken for the next one (RFC 9112 §6.3)."""


def status_line(status: int) -> str:
    """`404 Not Found`; a status that nobody has named is `Unknown`."""
    return _LINES.get(status) or f"{status} Unknown"
