"""Reading a submitted form. What no account can have counts as not typed."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST = 2048
LONGEST_OF = {
    "username": 128,
    "password": 256,
    "previous_password": 256,
    "code": 64,
    # RFC 5321 §4.5.3.1: 64 octets, the sign, and 255.
    "work_email": 320,
    "credential": 16_384,
}
SECRETS = frozenset({"password", "previous_password"})
"""Taken as they were typed."""


def read(given: Mapping[str, str]) -> dict[str, str]:
    """The values that can mean something, by field name; the others are left out."""
    values = {name: value if name in SECRETS else value.strip() for name, value in given.items()}
    return {name: value for name, value in values.items() if _can_be(name, value)}


def _can_be(name: str, value: str) -> bool:
    if not 0 < len(value) <= LONGEST_OF.get(name, LONGEST):
        return False
    if name == "username":
        # The service model's UsernameType: letters, marks, symbols, numbers and punctuation.
        return value.isprintable() and " " not in value
    # Control characters are in no address or name, and a database may not store them.
    return name in SECRETS or not any(c < " " or "\x7f" <= c < "\xa0" for c in value)
