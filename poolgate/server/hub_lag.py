"""How late the event loop runs: the measure of everything that blocks it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import gevent

PERIOD_SECONDS = 0.05
WINDOW_SECONDS = 10.0


def watch(report: Callable[[float], None]) -> None:
    """Report the window's longest lag, in seconds, once a second. Never returns."""
    lags: deque[float] = deque(maxlen=int(WINDOW_SECONDS / PERIOD_SECONDS))
    reports_at = time.perf_counter() + 1
    while True:
        due = time.perf_counter() + PERIOD_SECONDS
        gevent.sleep(PERIOD_SECONDS)
        now = time.perf_counter()
        lags.append(max(0.0, now - due))
        if now >= reports_at:
            report(max(lags))
            reports_at = now + 1
