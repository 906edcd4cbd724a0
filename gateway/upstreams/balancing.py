"""Which target gets the next request: the one with the fewest outstanding. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gateway.upstreams.target_health import NEW, Admission, TargetHealth, admission


@dataclass(frozen=True)
class Load:
    """A target at one moment."""

    outstanding: int = 0
    health: TargetHealth = NEW


IDLE = Load()


def choose(
    targets: Sequence[str],
    loads: Mapping[str, Load],
    now: float,
    turn: int,
    tried: Collection[str] = (),
) -> str | None:
    """The target for a request, of those that were not tried; None where no other is left.

    Targets with as few requests take turns. Where none may get a request, all may: a group that
    seems dead as a whole is tried rather than refused, as Network Load Balancers do ("If there are
    only unhealthy registered targets, the Network Load Balancer routes traffic to all").
    """
    left = [target for target in targets if target not in tried]
    open_ones = [target for target in left if _is_open(loads.get(target, IDLE), now)]
    if not open_ones and any(_is_open(loads.get(target, IDLE), now) for target in targets):
        return None
    candidates = open_ones or left
    if not candidates:
        return None
    fewest = min(loads.get(target, IDLE).outstanding for target in candidates)
    least = [each for each in candidates if loads.get(each, IDLE).outstanding == fewest]
    return least[turn % len(least)]


def _is_open(load: Load, now: float) -> bool:
    admitted = admission(load.health, now)
    if admitted is Admission.TRIAL:
        return load.outstanding == 0
    return admitted is Admission.ALL
