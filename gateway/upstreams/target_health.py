"""Whether a target gets requests: a state machine of values, without a clock and without I/O.

Requests that fail in a row eject a target (passive ejection); after a back-off it gets one request
on trial, which takes it back or ejects it for longer. Health checks that fail in a row take it out
until as many as it needs succeed (active checks). The two do not know each other: a target gets
requests while neither keeps it out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto


@dataclass(frozen=True)
class Policy:
    """When a target is ejected and taken back. Times are seconds."""

    failures: int = 5
    """Requests that fail in a row before it is ejected."""
    first_ejection: float = 5.0
    longest_ejection: float = 300.0
    forgives_after: int = 10
    """Requests that succeed in a row before earlier ejections no longer lengthen the next."""
    failed_checks: int = 3
    passed_checks: int = 2
    check_interval: float = 10.0
    check_timeout: float = 2.0


@dataclass(frozen=True)
class TargetHealth:
    """What is known of a target. `ejected_until` is None where it is not ejected."""

    failures: int = 0
    successes: int = 0
    ejections: int = 0
    ejected_until: float | None = None
    is_down: bool = False
    """Its checks fail."""
    checks: int = 0
    """Checks in a row that spoke against `is_down`."""


class Admission(Enum):
    """What a target may get."""

    ALL = auto()
    TRIAL = auto()
    """One request, while it has no other."""
    NONE = auto()


NEW = TargetHealth()


def admission(health: TargetHealth, now: float) -> Admission:
    """What a target may get at a moment."""
    if health.is_down:
        return Admission.NONE
    if health.ejected_until is None:
        return Admission.ALL
    return Admission.TRIAL if now >= health.ejected_until else Admission.NONE


def after_success(health: TargetHealth, now: float, policy: Policy) -> TargetHealth:
    """A request was answered. One that began before an ejection does not end it."""
    if health.ejected_until is not None and now < health.ejected_until:
        return health
    successes = min(health.successes + 1, policy.forgives_after)
    ejections = 0 if successes >= policy.forgives_after else health.ejections
    return replace(health, failures=0, successes=successes, ejections=ejections, ejected_until=None)


def after_failure(health: TargetHealth, now: float, policy: Policy) -> TargetHealth:
    """A request failed. One that began before an ejection does not lengthen it."""
    if health.ejected_until is not None and now < health.ejected_until:
        return health
    failures = health.failures + 1
    was_on_trial = health.ejected_until is not None
    if failures < policy.failures and not was_on_trial:
        return replace(health, failures=failures, successes=0)
    pause = min(policy.longest_ejection, policy.first_ejection * 2.0 ** min(health.ejections, 32))
    return replace(
        health,
        failures=0,
        successes=0,
        ejections=health.ejections + 1,
        ejected_until=now + pause,
    )


def after_check(health: TargetHealth, passed: bool, policy: Policy) -> TargetHealth:
    """A health check ended."""
    if passed is not health.is_down:
        return replace(health, checks=0)
    checks = health.checks + 1
    needed = policy.passed_checks if health.is_down else policy.failed_checks
    if checks < needed:
        return replace(health, checks=checks)
    return replace(health, checks=0, is_down=not health.is_down)
