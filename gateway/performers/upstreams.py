"""Sends requests upstream and takes the replies whole."""

from __future__ import annotations

import time
from collections.abc import Callable

from gateway.effects import Send, Sent
from gateway.integrations.exchange import exchange_whole
from gateway.integrations.failures import FAILURES
from gateway.integrations.pool import UpstreamPool
from gateway.room import Hold, uncounted


def sending(
    pool: UpstreamPool, monotonic: Callable[[], float] = time.monotonic
) -> Callable[..., Sent | Exception]:
    """The performer of `Send`. Its failures are those of `gateway.integrations.failures`."""

    def send(effect: Send, hold: Hold = uncounted) -> Sent | Exception:
        started = monotonic()
        try:
            reply = exchange_whole(pool, effect.request, effect.body, effect.most, hold)
        except FAILURES as failure:
            return failure
        body = b"".join(reply.body)
        return Sent(reply.status, tuple(reply.headers), body, monotonic() - started)

    return send
