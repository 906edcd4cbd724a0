"""An open loop: calls that begin when they are due, whether earlier ones are answered or not."""

from __future__ import annotations

import gc
import selectors
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.load import Connection, Conversation, Refused

MOST_CONNECTIONS = 256
OPENED_BEFORE = 64
"""Connections that are there when the first call is due: opening them is no call's business, and
a storm of them at the beginning would delay the calls of a whole second."""
SETTLING_SECONDS = 0.2
"""For the server to take them."""


def delays(
    port: int, conversations: Iterator[Conversation], *, rate: float, seconds: float
) -> list[float]:
    """Seconds from when each call was due to the end of its answer, in no order.

    Waiting for a free connection counts, so that a server which stalls is charged for every call
    that it kept from beginning. Raises `Refused` when the server does not play its part.
    """
    found, busy = list[float](), dict[Connection, float]()
    with _without_pauses(), selectors.DefaultSelector() as selector:
        idle = [Connection(port, selector) for _ in range(OPENED_BEFORE)]
        time.sleep(SETTLING_SECONDS)
        due = begin = time.perf_counter()
        while due < begin + seconds or busy:
            now = time.perf_counter()
            while due <= now and due < begin + seconds:
                if not idle and len(busy) >= MOST_CONNECTIONS:
                    raise Refused(f"{MOST_CONNECTIONS} calls wait: {rate:.0f}/s is too fast")
                connection = idle.pop() if idle else Connection(port, selector)
                connection.begin(next(conversations))
                busy[connection] = due
                due += 1 / rate
            for key, _ in selector.select(max(due - now, 0) if due < begin + seconds else 30):
                if key.data.receive():
                    found.append(time.perf_counter() - busy.pop(key.data))
                    idle.append(key.data)
        for connection in idle:
            connection.close()
    return found


@contextmanager
def _without_pauses() -> Iterator[None]:
    """A collection of all that a measurement holds takes long enough for a hundred calls to be due:
    whoever generates load must not be what stalls."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
