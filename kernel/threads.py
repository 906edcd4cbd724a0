"""Work off the gevent hub: what waits for a disk, and what keeps a CPU busy.

Unpatched there is no hub to spare, and work runs where it is called.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

T = TypeVar("T")

# A hub that has something to do comes before a computation, but a busy one leaves it a quarter of
# a CPU, about what sign-ins with SRP need: at +10 they would starve while new ones are let in.
NICENESS = 5

_lowered = threading.local()
_workers = 1


def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Run work that waits, for SQLite or a file, in the hub's own thread pool."""
    hub = _hub()
    return work(*args) if hub is None else _apply(hub.threadpool, _caught, work, args)


def compute(work: Callable[..., T], *args: Any) -> T:
    """Run heavy arithmetic in threads of its own: as many as this process's share of the CPUs
    (`share_cpus`), at least one, and at a lower priority. More of them would each take their turn
    of the CPU before the hub had its next one: under SRP sign-ins on one CPU the hub's 99th
    percentile was 18 ms late with six threads, and is 3 ms late with one."""
    hub = _hub()
    return work(*args) if hub is None else _apply(_computers(hub), _computed, work, args)


def share_cpus(workers: int) -> None:
    """Say how many processes like this one share the CPUs, before anything is computed."""
    global _workers
    _workers = workers


def _hub() -> Any:
    """The hub that must not be kept waiting, or None where there is none."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("threading"):
        return None
    from gevent import get_hub  # only where gevent serves

    hub = get_hub()
    # A hub with a loop of its own belongs to a thread of a pool, which may wait.
    return hub if hub.loop is None or hub.loop.default else None


@cache
def _computers(hub: Any) -> Any:
    from gevent.threadpool import ThreadPool  # only where gevent serves

    return ThreadPool(threads_to_compute(len(os.sched_getaffinity(0)), _workers), hub=hub)


def threads_to_compute(cpus: int, workers: int) -> int:
    """How many CPUs one of several workers may keep busy."""
    return max(1, cpus // workers)


def _apply(pool: Any, run: Callable[..., Any], work: Callable[..., T], args: tuple[Any, ...]) -> T:
    result, error = pool.apply(run, (work, args))
    if error is None:
        return cast(T, result)
    try:
        raise error
    finally:
        del error  # its traceback holds this frame, and this frame would hold it


def _caught(work: Callable[..., T], args: tuple[Any, ...]) -> tuple[T | None, BaseException | None]:
    """The result of `work`, or what it raised: gevent reports what leaves a thread of its pool as
    if nobody expected it, so that each wrong name would put a stack trace into the log."""
    try:
        return work(*args), None
    except BaseException as error:
        return None, error


def _computed(
    work: Callable[..., T], args: tuple[Any, ...]
) -> tuple[T | None, BaseException | None]:
    if not getattr(_lowered, "is_done", False):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        _lowered.is_done = True
    return _caught(work, args)
