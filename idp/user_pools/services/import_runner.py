"""Runs user import jobs in the background, a bounded batch at a time (`import_steps`).

Parsing runs where heavy arithmetic does, at low priority, and between batches the runner waits, so
that sign-ins get the writer. Whoever runs a job holds its lease and renews it with each batch; a
worker that has lost it finds out before it stores anything.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import structlog

from idp.user_pools.rules import usernames
from idp.user_pools.services import (
    import_files,
    import_jobs,
    import_steps,
    import_sweep,
    imported_users,
)
from idp.user_pools.services.import_files import Line
from idp.user_pools.services.import_steps import LeaseLost, Run, Step
from idp.user_pools.services.imported_users import ParsedLine
from kernel.database import DatabaseBusy
from kernel.runtime import Kernel
from kernel.threads import compute, in_thread

POLL_SECONDS = 5.0
FIRST_BATCH, SMALLEST_BATCH, LARGEST_BATCH = 100, 25, 500
"""Lines. A sign-in waits for one batch at most where it waits for SQLite's writer."""
LONG_BATCH_SECONDS, SHORT_BATCH_SECONDS = 0.05, 0.025
PARSED_AT_ONCE = 50
"""About five milliseconds of a thread that SRP proofs wait for too."""
REST = 0.25
"""How long the runner waits after a batch, as a part of the time that the batch took."""
SWEEP_SECONDS = 600.0

log = structlog.get_logger("poolgate.imports")


class ImportRunner:
    """The jobs of one worker. Start it after the worker is forked."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._owner = kernel.randomness.uuid()
        self._stopped = threading.Event()
        self._wake = threading.Event()
        self._next_sweep = 0.0
        self._lines = FIRST_BATCH
        self._thread = threading.Thread(target=self._loop, name="user-imports", daemon=True)

    def start(self) -> None:
        self._kernel.shared_state.subscribe(import_jobs.CHANNEL, lambda _: self._wake.set())
        self._thread.start()

    def stop(self) -> None:
        """Let the batch that is under way end, and give its job back."""
        self._stopped.set()
        self._wake.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stopped.is_set():
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()
            try:
                self.run_all()
                self._sweep()
            except Exception:
                # A database that is away now is asked again.
                log.warning("user_import_failed", exc_info=True)

    def run_all(self) -> None:
        """Run every job that nobody else runs, one after the other."""
        while not self._stopped.is_set():
            run = self._claim()
            if run is None:
                return
            self._run(run)

    def _claim(self) -> Run | None:
        if not self._kernel.database.read(import_steps.is_any_running):
            return None
        return self._kernel.database.write(import_steps.claim, self._kernel, self._owner)

    def _run(self, run: Run) -> None:
        try:
            following = self._begin(run)
            while following is not None and not self._stopped.is_set():
                began = time.monotonic()
                following = self._batch(following)
                self._stopped.wait(REST * (time.monotonic() - began))
            if following is not None:
                self._kernel.database.write(import_steps.release, run.job_id, self._owner)
        except LeaseLost:
            log.info("user_import_lease_lost", job=run.job_id)
        except DatabaseBusy:
            raise  # whoever is next finds the job where it is
        except Exception:
            self._kernel.database.write(import_steps.stumble, self._kernel, self._owner, run.job_id)
            raise

    def _begin(self, run: Run) -> Run | None:
        """Read the header, unless that was done before a restart. None where the job has ended."""
        self._lines = FIRST_BATCH
        if run.rules is not None:
            return run
        lines = self._read(run, 1)
        text, end = (lines[0].text, lines[0].end) if lines else (None, 0)
        return self._after(run, import_steps.begin, run, text, end)

    def _batch(self, run: Run) -> Run | None:
        """Import the next lines. None where the job has ended."""
        lines = self._read(run, self._lines)
        if not lines:
            return self._after(run, import_steps.finish, run)
        parsed = self._parse(run, lines)
        following = replace(run, position=lines[-1].end, lines=lines[-1].number)
        began = time.monotonic()
        stored = self._after(run, import_steps.store, run, following, parsed)
        self._lines = next_batch(self._lines, time.monotonic() - began)
        return stored

    def _read(self, run: Run, most: int) -> list[Line]:
        """Raises `LeaseLost` where the file is gone: the job has ended elsewhere."""
        path = import_files.upload_path(self._kernel.settings, run.file)
        try:
            return in_thread(import_files.read_lines, path, run.position, run.lines, most)
        except FileNotFoundError:
            raise LeaseLost from None

    def _parse(self, run: Run, lines: list[Line]) -> list[ParsedLine]:
        randomness = self._kernel.randomness
        given = [(line, usernames.new_user_id(randomness.bytes(16))) for line in lines]
        parsed: list[ParsedLine] = []
        for first in range(0, len(given), PARSED_AT_ONCE):
            slice_ = given[first : first + PARSED_AT_ONCE]
            parsed += compute(imported_users.parse, run.rules, slice_)
        return parsed

    def _after(self, run: Run, unit: Callable[..., Step], *given: Any) -> Run | None:
        """Commit a step, write its log, and go on, or remove the file of what has ended."""
        step = self._kernel.database.write(unit, self._kernel, self._owner, *given)
        settings = self._kernel.settings
        if step.log:
            path = import_files.log_path(settings, run.job_id)
            in_thread(import_files.write_log, path, run.log_position, step.log)
        if step.following is None:
            in_thread(import_files.remove_upload, settings, run.file)
            log.info("user_import_ended", job=run.job_id, pool=run.pool_id)
        return step.following

    def _sweep(self) -> None:
        """Let go of jobs that nobody started, and of files that no job knows."""
        now = self._kernel.clock.time()
        if now < self._next_sweep:
            return
        self._next_sweep = now + SWEEP_SECONDS
        import_sweep.sweep(self._kernel)


def next_batch(lines: int, seconds: float) -> int:
    """How many lines the next batch has, when this one of `lines` took so long to store."""
    if seconds > LONG_BATCH_SECONDS:
        return max(SMALLEST_BATCH, lines // 2)
    if seconds < SHORT_BATCH_SECONDS:
        return min(LARGEST_BATCH, lines * 3 // 2)
    return lines
