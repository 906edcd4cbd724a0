"""Work that one worker at a time does now and then, in a thread of its own."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import ClassVar

import structlog

from kernel.runtime import Kernel

log = structlog.get_logger("poolgate.jobs")


class PeriodicJob(ABC):
    """Start it after the worker is forked. A subclass says what is done, and how often."""

    name: ClassVar[str]
    seconds: ClassVar[float]
    """Between two rounds, of all workers together."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait for a round that is under way."""
        self._stopped.set()
        self._thread.join()

    @abstractmethod
    def work(self) -> None:
        """One round. What it raises is logged, and the next round comes in its time."""

    def _run(self) -> None:
        while not self._stopped.wait(self.seconds):
            if not self._kernel.shared_state.claim(self.name, self.seconds / 2):
                continue
            try:
                self.work()
            except Exception:  # such as a database that is away now
                log.warning("job_failed", job=self.name, exc_info=True)
