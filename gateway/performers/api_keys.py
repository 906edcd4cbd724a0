"""Finds API keys by a keyed digest of their values."""

from __future__ import annotations

from collections.abc import Callable

from gateway.effects import FingerprintKey


def fingerprinting(fingerprint_of: Callable[[str], str]) -> Callable[[FingerprintKey], str]:
    """The performer of `FingerprintKey`."""

    def fingerprint(effect: FingerprintKey) -> str:
        return fingerprint_of(effect.value)

    return fingerprint
