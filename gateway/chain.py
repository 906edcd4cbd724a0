"""The way of a request through the gateway, as a list that can be read aloud.

The chain decides and a driver acts: it verifies tokens, takes from buckets and sends upstream.
`run` drives it with two callables; any driver, on any server, gives the same answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gateway.context import (
    AskBucket,
    AskVerification,
    Forward,
    Handler,
    Outcome,
    Received,
    Reply,
    TakeToken,
    VerifyToken,
)
from gateway.handlers.authorize import authorize
from gateway.handlers.enforce_quotas import enforce_quotas
from gateway.handlers.integrate import integrate
from gateway.handlers.locate import locate
from gateway.handlers.match_route import match_route
from gateway.handlers.preflight import preflight
from gateway.handlers.throttle import throttle
from kernel.tokens.errors import InvalidToken
from kernel.tokens.parsing import Claims

CHAIN: tuple[Handler, ...] = (
    locate,
    enforce_quotas,
    preflight,
    match_route,
    authorize,
    throttle,
    integrate,
)
"""`finish` and the access log are finalisers: they run on errors too."""

Verify = Callable[[VerifyToken], Claims | InvalidToken]
Take = Callable[[TakeToken], bool]


class Decision(NamedTuple):
    """What to do with a request, and the furthest phase it reached."""

    context: Received
    answer: Reply | Forward


def run(context: Received, verify: Verify, take: Take) -> Decision:
    """Pass a request along the chain."""
    for handler in CHAIN:
        outcome: Outcome = handler(context)
        if isinstance(outcome, AskVerification):
            outcome = outcome.resume(verify(outcome.effect))
        elif isinstance(outcome, AskBucket):
            outcome = outcome.resume(take(outcome.effect))
        if isinstance(outcome, Received):
            context = outcome
        elif isinstance(outcome, (Reply, Forward)):
            return Decision(context, outcome)
        else:
            raise TypeError("a handler may ask once")
    raise TypeError("the last handler must answer")
