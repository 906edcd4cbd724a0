"""Identifiers of messages and assertions that are made here."""

from __future__ import annotations

from kernel.clock import Randomness

BYTES = 20
"""Two of them shall not be the same with more than a probability of 2^-160 (Core §1.3.4)."""


def new(randomness: Randomness) -> str:
    """An xs:ID, which begins with no digit."""
    return f"_{randomness.bytes(BYTES).hex()}"
