"""Answers that take the same time whether the user exists or not.

The work done for a missing user is the same in kind, but not to the microsecond: a row more or less
is read, a message is handed over or not. Where a client hides who exists, an answer about one is
therefore given at a whole multiple of a step that is longer than the work. `make timing` compares.

Do not put one of these into another: the outer one would wait for a further step. A password and
its proof are not answered so: there the work itself is made alike, and nobody waits.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel

P = ParamSpec("P")
T = TypeVar("T")

STEP_SECONDS = 0.025
"""Longer than a commit on a slow disk takes; only what people do rarely waits so."""
TIMER_SECONDS = 0.002


@contextmanager
def answered(context: ClientContext, since: float | None = None) -> Iterator[None]:
    """Do not end before a whole number of steps, errors included. They are counted from `since`
    (of `time.monotonic`), where the work began before: with looking for the user."""
    began = time.monotonic() if since is None else since
    try:
        yield
    finally:
        _wait(context, began)


@contextmanager
def refused(context: ClientContext, since: float) -> Iterator[None]:
    """The same for errors alone, where an answer that is none tells by itself that somebody
    exists: so whoever proves himself does not wait."""
    try:
        yield
    except Exception:  # whatever refuses him: it is raised again, at the end of a step
        _wait(context, since)
        raise


def _wait(context: ClientContext, began: float) -> None:
    if context.hides_missing_users:
        steps = math.ceil((time.monotonic() - began) / STEP_SECONDS)
        _wait_until(began + steps * STEP_SECONDS)


def _wait_until(moment: float) -> None:
    """Timers of the event loop are good to a millisecond or two: the rest is waited for in turns
    with everybody else's work."""
    while (left := moment - time.monotonic()) > 0:
        time.sleep(max(0.0, left - TIMER_SECONDS))


def equally_long(
    work: Callable[Concatenate[Kernel, ClientContext, P], T],
) -> Callable[Concatenate[Kernel, ClientContext, P], T]:
    """`answered`, as a decorator of what is done for a person whom nobody knows yet."""

    @wraps(work)
    def padded(kernel: Kernel, context: ClientContext, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with answered(context):
            return work(kernel, context, *args, **kwargs)

    return padded
