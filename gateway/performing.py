"""Does what handlers ask for, on any driver: one performer for each kind of effect.

A gateway has the performers that its APIs can need. A blueprint verifies tokens, throttles and
proxies; Poolgate's own server calls functions, checks signatures and counts quotas besides.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from gateway.effects import Effect, FingerprintKey, TakeToken, VerifyToken
from kernel.shared_state.interface import SharedState
from kernel.tokens.errors import InvalidToken
from kernel.tokens.verification import Claims, Verifier

Performer = Callable[[Any], Any]


class Performers:
    """Answers effects by their class. Raises `TypeError` for one that nobody performs."""

    def __init__(self, performers: Mapping[type[Any], Performer]) -> None:
        self._performers = dict(performers)

    def __call__(self, effect: Effect) -> Any:
        performer = self._performers.get(type(effect))
        if performer is None:
            raise TypeError(f"nothing here performs {type(effect).__name__}")
        return performer(effect)


def verifying(verifier: Verifier) -> Callable[[VerifyToken], Claims | InvalidToken]:
    """Verifies tokens."""

    def verify(effect: VerifyToken) -> Claims | InvalidToken:
        try:
            return verifier.verify(effect.token, effect.issuer)
        except InvalidToken as error:
            return error

    return verify


def taking(
    shared_state: SharedState, monotonic: Callable[[], float] = time.monotonic
) -> Callable[[TakeToken], bool]:
    """Takes from token buckets, which all workers share."""

    def take(effect: TakeToken) -> bool:
        return shared_state.take(effect.bucket, effect.rate, effect.burst, monotonic())

    return take


def fingerprinting(fingerprint_of: Callable[[str], str]) -> Callable[[FingerprintKey], str]:
    """Finds API keys by a keyed digest of their values."""

    def fingerprint(effect: FingerprintKey) -> str:
        return fingerprint_of(effect.value)

    return fingerprint
