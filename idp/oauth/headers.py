"""Headers that every answer of an OAuth endpoint carries."""

from __future__ import annotations

OF_ENDPOINTS = (("Referrer-Policy", "no-referrer"), ("X-Content-Type-Options", "nosniff"))
"""No answer is guessed at, or named to the next site (RFC 9700 §4.2, code leakage)."""

NOT_KEPT = ("Cache-Control", "no-store")
