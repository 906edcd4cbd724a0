"""Verifies tokens and proofs, and takes from token buckets."""

from __future__ import annotations

import time
from collections.abc import Callable

from gateway.effects import TakeToken, VerifyProof, VerifyToken
from kernel.clock import Clock
from kernel.shared_state.interface import SharedState
from kernel.tokens import dpop
from kernel.tokens.dpop import InvalidProof
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


def proving(
    shared_state: SharedState, clock: Clock, is_own_host: Callable[[str], bool]
) -> Callable[[VerifyProof], str | InvalidToken]:
    """Verifies DPoP proofs. `is_own_host` says of a Host header whether this server is meant."""

    def prove(effect: VerifyProof) -> str | InvalidToken:
        if not effect.is_own_host and not is_own_host(effect.host):
            return InvalidProof("the DPoP proof is for another server")
        try:
            proof = dpop.read(effect.proof, effect.method, effect.uri, clock.time(), effect.token)
            if proof.thumbprint != effect.thumbprint:
                return InvalidProof("the DPoP proof is of another key")
            dpop.spend(shared_state, proof)
        except InvalidProof as error:
            return error
        return proof.thumbprint

    return prove


def taking(
    shared_state: SharedState, monotonic: Callable[[], float] = time.monotonic
) -> Callable[[TakeToken], bool]:
    """Takes from token buckets, which all workers share."""

    def take(effect: TakeToken) -> bool:
        return shared_state.take(effect.bucket, effect.rate, effect.burst, monotonic())

    return take
