"""The ids of sessions: `tkn` or `sso`, and 25 characters in base 36 (SessionIdType).

A token session's id is the id of its refresh family in another form, so nothing of it is stored; a
browser session's is random and opens nothing.
"""

from __future__ import annotations

import string
from uuid import UUID

from kernel.clock import Randomness

ALPHABET = string.digits + string.ascii_lowercase
LENGTH = 25
TOKEN, BROWSER = "tkn", "sso"


def of_family(family_id: str) -> str:
    """The id of the token session whose refresh family has this UUID. It keeps their order."""
    number, characters = UUID(family_id).int, []
    for _ in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[digit])
    return TOKEN + "".join(reversed(characters))


def family_of(session_id: str) -> str | None:
    """The refresh family that a token session's id stands for; None for any other id."""
    if not session_id.startswith(TOKEN) or len(session_id) != len(TOKEN) + LENGTH:
        return None
    try:
        return str(UUID(int=int(session_id.removeprefix(TOKEN), len(ALPHABET))))
    except ValueError:  # 25 characters hold a little more than 128 bits
        return None


def is_browser_session(session_id: str | None) -> bool:
    return session_id is not None and session_id.startswith(BROWSER)


def new_browser_session(randomness: Randomness) -> str:
    return BROWSER + randomness.text(LENGTH, ALPHABET)
