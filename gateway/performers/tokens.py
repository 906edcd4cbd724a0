"""Verifies tokens, and takes from token buckets."""

from __future__ import annotations

import time
from collections.abc import Callable

from gateway.effects import TakeToken, VerifyToken
from kernel.shared_state.interface import SharedState
from kernel.tokens.errors import InvalidToken
from kernel.tokens.verification import Claims, Verifier


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
