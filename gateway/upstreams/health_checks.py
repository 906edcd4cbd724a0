"""Asks the targets of VPC links how they are, from one thread (or greenlet) of each worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator

import structlog

from gateway.integrations.endpoint import UNVERIFIED, InvalidEndpoint
from gateway.integrations.exchange import exchange_whole
from gateway.integrations.failures import FAILURES
from gateway.integrations.message import UpstreamRequest
from gateway.integrations.pool import UpstreamPool
from gateway.snapshot import SnapshotHolder, UpstreamGroup
from gateway.upstreams.groups import Groups
from gateway.upstreams.origins import origin_of

TICK = 0.5
MOST_AT_ONCE = 16
MOST_BYTES = 65_536
HEADERS = (("user-agent", "Poolgate-HealthCheck"), ("accept", "*/*"))

Target = tuple[UpstreamGroup, str]
_FAILED: tuple[type[Exception], ...] = (*FAILURES, InvalidEndpoint)
log = structlog.get_logger("poolgate.upstreams")


class HealthChecks:
    """Checks each target of every group that has a health path, each time its interval is over.

    A check that takes its time does not delay those of other targets. It carries nothing secret,
    so a target's certificate is not looked at: what matters is whether it answers from 200 to 399.
    """

    def __init__(
        self,
        holder: SnapshotHolder,
        groups: Groups,
        pool: UpstreamPool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._holder = holder
        self._groups = groups
        self._pool = pool
        self._monotonic = monotonic
        self._due: dict[tuple[str, str], float] = {}
        self._free = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to check. Call it after the worker is forked."""
        self._thread = threading.Thread(target=self._run, name="health-checks", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Begin no further check."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def run_due(self) -> None:
        """Begin the checks whose time has come."""
        links = self._holder.current.vpc_links
        self._groups.keep_only(links)
        targets = {
            (group.id, target): (group, target) for group, target in _checked(links.values())
        }
        self._due = {key: due for key, due in self._due.items() if key in targets}
        now = self._monotonic()
        for key, (group, target) in targets.items():
            if self._due.get(key, now) <= now and self._free.acquire(blocking=False):
                self._due[key] = now + self._groups.policy.check_interval
                threading.Thread(target=self._check, args=(group, target), daemon=True).start()

    def _run(self) -> None:
        while not self._stopped.wait(TICK):
            try:
                self.run_due()
            except Exception:  # whatever it is, the next round looks again
                log.exception("health_checks_failed")

    def _check(self, group: UpstreamGroup, target: str) -> None:
        try:
            passed = self._passes(group, target)
        finally:
            self._free.release()
        if not self._stopped.is_set():
            self._groups.checked(group.id, target, passed)

    def _passes(self, group: UpstreamGroup, target: str) -> bool:
        try:
            origin = origin_of(target, UNVERIFIED)
            request = UpstreamRequest(
                origin=origin,
                method="GET",
                target=group.health_path,
                headers=HEADERS,
                timeout=self._groups.policy.check_timeout,
                authority=origin.authority,
            )
            return 200 <= exchange_whole(self._pool, request, b"", MOST_BYTES).status < 400
        except _FAILED:
            return False


def _checked(groups: Iterable[UpstreamGroup]) -> Iterator[Target]:
    for group in groups:
        if group.health_path:
            for target in group.targets:
                yield group, target
