"""Warm runners: started when needed, kept for the next call, bounded in number."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Literal, get_args

from kernel.functions.confinement import Confinement
from kernel.functions.errors import FunctionsBusy
from kernel.functions.process import RunnerProcess
from kernel.functions.sources import Code

Use = Literal["trigger", "api", "authorizer", "stream"]
"""What a call is for. Each use has places of its own: an API's callers, and readers of streams, who
take as long as they like, must not keep a sign-in from its functions, and whoever an authorizer has
yet to let in must not keep the functions from those who are in."""
MAX_RUNNERS = 16
"""Of one use."""
MAX_RUNNERS_OF_A_FUNCTION = 8
"""Of one use."""
PATIENCE: dict[Use, float] = {"authorizer": 3.0, "stream": 10.0}
"""Seconds. Other streams may last for minutes, and whoever is not let in yet may be one of a flood:
they are told soon that there is no room. Others wait as long as their calls may take."""
MAX_CALLS = 1_000
"""Calls after which a runner is replaced, so that what leaks is bounded."""


class RunnerPool:
    """The runners of one worker process."""

    def __init__(self, confinement: Confinement) -> None:
        self._confinement = confinement
        self._idle: list[RunnerProcess] = []
        self._under_way: dict[Use, Counter[tuple[str, str]]] = {
            use: Counter() for use in get_args(Use)
        }
        self._changed = threading.Condition()
        self._is_closed = False

    @contextlib.contextmanager
    def runner(self, code: Code, ends: float, use: Use = "trigger") -> Iterator[RunnerProcess]:
        """A runner of `code` for one call; one that is no longer usable is killed afterwards.

        Raises `FunctionsBusy` where none becomes free until `ends` (monotonic), or sooner by
        `PATIENCE`.
        """
        if use in PATIENCE:
            ends = min(ends, time.monotonic() + PATIENCE[use])
        under_way = self._under_way[use]
        runner = self._take(code, ends, under_way)
        try:
            runner = runner or RunnerProcess(code, self._confinement)
            yield runner
        finally:
            self._give_back(code, runner, under_way)

    def close(self) -> None:
        """End the idle runners; those at work end with their calls."""
        with self._changed:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for runner in idle:
            runner.kill()

    def _take(
        self, code: Code, ends: float, under_way: Counter[tuple[str, str]]
    ) -> RunnerProcess | None:
        """Reserve a place and take a warm runner for it; none is a place for a new one."""
        with self._changed:
            while not _has_room(code, under_way):
                if not self._changed.wait(max(0.0, ends - time.monotonic())):
                    raise FunctionsBusy(f"{code.name} has no runner free in time")
            under_way[code.key] += 1
            warm, unfit = self._choose(code, under_way)
        for runner in unfit:
            runner.kill()
        return warm

    def _choose(
        self, code: Code, under_way: Counter[tuple[str, str]]
    ) -> tuple[RunnerProcess | None, list[RunnerProcess]]:
        """The warm runner to use, and idle ones that have to go: outdated, dead or too many."""
        unfit = [r for r in self._idle if r.code.key == code.key and not _is_fit(r, code)]
        kept = [r for r in self._idle if r not in unfit]
        warm = next((r for r in reversed(kept) if r.code.key == code.key), None)
        if warm is not None:
            kept.remove(warm)
        elif kept and under_way.total() + len(kept) > MAX_RUNNERS:
            unfit.append(kept.pop(0))
        self._idle = kept
        return warm, unfit

    def _give_back(
        self, code: Code, runner: RunnerProcess | None, under_way: Counter[tuple[str, str]]
    ) -> None:
        reusable = runner is not None and runner.is_alive and runner.calls < MAX_CALLS
        with self._changed:
            keeps = reusable and not self._is_closed and len(self._idle) < MAX_RUNNERS
            if runner is not None and keeps:
                self._idle.append(runner)
        if runner is not None and not keeps:
            runner.kill()
        with self._changed:
            under_way[code.key] -= 1
            # Who waits for the other kind of place would let this one pass unused.
            self._changed.notify_all()


def _has_room(code: Code, under_way: Counter[tuple[str, str]]) -> bool:
    return under_way[code.key] < MAX_RUNNERS_OF_A_FUNCTION and under_way.total() < MAX_RUNNERS


def _is_fit(runner: RunnerProcess, code: Code) -> bool:
    return runner.code.version == code.version and runner.is_alive
