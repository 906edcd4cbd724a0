"""What one worker knows of the targets of VPC links: their health, and their requests under way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import structlog

from gateway.snapshot import UpstreamGroup
from gateway.upstreams.balancing import IDLE, Load, choose
from gateway.upstreams.target_health import (
    Policy,
    TargetHealth,
    after_check,
    after_failure,
    after_success,
)

log = structlog.get_logger("poolgate.upstreams")


class Groups:
    """The targets of all groups. Each worker judges by what it sees itself."""

    def __init__(
        self, policy: Policy | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.policy = policy or Policy()
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._loads: dict[str, dict[str, Load]] = {}
        self._turn = 0

    def lease(self, group: UpstreamGroup, tried: Collection[str] = ()) -> Lease | None:
        """The target for a request, counted until the lease ends; None where none is left."""
        with self._lock:
            loads = self._loads.setdefault(group.id, {})
            self._turn += 1
            target = choose(group.targets, loads, self._monotonic(), self._turn, tried)
            if target is None:
                return None
            load = loads.get(target, IDLE)
            loads[target] = replace(load, outstanding=load.outstanding + 1)
            return Lease(self, group.id, target)

    def ended(self, group_id: str, target: str, *, succeeded: bool | None) -> None:
        """A request is over; None where it says nothing of the target, as when the client left."""
        after = {True: after_success, False: after_failure}.get(succeeded)  # type: ignore[arg-type]  # None is no key

        def change(load: Load) -> Load:
            health = load.health
            if after is not None:
                health = after(health, self._monotonic(), self.policy)
            return Load(max(0, load.outstanding - 1), health)

        self._change(group_id, target, change)

    def checked(self, group_id: str, target: str, passed: bool) -> None:
        """A health check of a target ended."""
        self._change(
            group_id,
            target,
            lambda load: replace(load, health=after_check(load.health, passed, self.policy)),
        )

    def keep_only(self, groups: Mapping[str, UpstreamGroup]) -> None:
        """Forget groups that are gone, and targets that they no longer have."""
        with self._lock:
            for group_id in list(self._loads):
                group = groups.get(group_id)
                kept = set(group.targets) if group else set()
                loads = self._loads[group_id]
                left = {t: each for t, each in loads.items() if t in kept or each.outstanding}
                self._loads[group_id] = left
                if not left:
                    del self._loads[group_id]

    def load(self, group_id: str, target: str) -> Load:
        """What is known of a target now."""
        with self._lock:
            return self._loads.get(group_id, {}).get(target, IDLE)

    def _change(self, group_id: str, target: str, change: Callable[[Load], Load]) -> None:
        with self._lock:
            loads = self._loads.setdefault(group_id, {})
            before = loads.get(target, IDLE)
            after = loads[target] = change(before)
        _tell(group_id, target, before.health, after.health)


class Lease:
    """A request's hold on a target. It ends once; what is said afterwards counts for nothing."""

    __slots__ = ("_group_id", "_groups", "_is_over", "target")

    def __init__(self, groups: Groups, group_id: str, target: str) -> None:
        self._groups = groups
        self._group_id = group_id
        self._is_over = False
        self.target = target

    def end(self, *, succeeded: bool | None) -> None:
        if not self._is_over:
            self._is_over = True
            self._groups.ended(self._group_id, self.target, succeeded=succeeded)


def _tell(group_id: str, target: str, before: TargetHealth, after: TargetHealth) -> None:
    """Log what operators wonder about: why a target gets no requests, and since when it does."""
    known = {"vpc_link": group_id, "target": target}
    if before.is_down is not after.is_down:
        log.warning("upstream_target_down" if after.is_down else "upstream_target_up", **known)
    if after.ejections > before.ejections:
        log.warning("upstream_target_ejected", ejections=after.ejections, **known)
    if before.ejected_until is not None and after.ejected_until is None:
        log.info("upstream_target_readmitted", **known)
