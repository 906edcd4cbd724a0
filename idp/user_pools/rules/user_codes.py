"""User codes of the device grant (RFC 8628 §6.1): easy to read out and to type, hard to guess."""

from __future__ import annotations

import re

from kernel.clock import Randomness

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Without vowels, so that no words come about, and without what looks alike."""
LENGTH = 8
"""34.5 bits. With ten wrong guesses an hour from one address, a thousand in a pool, and a thousand
devices that wait, somebody guesses one in about three years."""

_BETWEEN = re.compile(r"[\s\-\u2010-\u2015._]+")


def new(randomness: Randomness) -> str:
    return randomness.text(LENGTH, ALPHABET)


def shown(code: str) -> str:
    """As devices show it: `WDJB-MJHT`."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def typed(text: str) -> str | None:
    """The code that somebody typed, whatever case, dashes and blanks; None for what is no code."""
    code = _BETWEEN.sub("", text[:64]).upper()
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None
