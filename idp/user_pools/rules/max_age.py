"""`max_age` (OIDC Core §3.1.2.1) and MAX_AGE of USER_AUTH: how long ago a person may have proved
who he is."""

from __future__ import annotations

MOST_DIGITS = 9


def parse(text: str) -> int | None:
    """Seconds; None for a text that is no number of them."""
    is_number = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if is_number else None
