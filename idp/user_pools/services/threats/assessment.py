"""What is thought of a request, and what the risk configuration makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from idp.errors import BlockedForSecurity
from idp.models import User
from idp.user_pools.rules import risk, risk_policy
from idp.user_pools.rules.risk import Failures, Level, Remembered
from idp.user_pools.rules.risk_policy import Reaction, RiskPolicy
from idp.user_pools.services import attempt_counts
from idp.user_pools.services.circumstances import Circumstances
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.threats import configuration, events
from idp.user_pools.services.threats.observation import Observation
from kernel.runtime import Kernel
from kernel.statements import Rows

BLOCK = "BLOCK"


@dataclass(frozen=True)
class Assessment:
    """A level, and what follows. `reaction` is what was configured, `acts` whether it happens."""

    level: Level
    reaction: Reaction
    acts: bool
    """AdvancedSecurityMode is ENFORCED; in AUDIT nothing follows."""
    is_listed: bool = False
    """The address is on the always-block list."""

    @property
    def blocks(self) -> bool:
        return self.acts and (self.is_listed or self.reaction.action == BLOCK)

    @property
    def notifies(self) -> bool:
        return self.acts and self.reaction.notify

    def risk(self) -> dict[str, Any]:
        """Members of EventRiskType."""
        if self.blocks:
            decision = "Block"
        else:
            decision = "NoRisk" if self.level is Level.NONE else "AccountTakeover"
        level = {} if self.level is Level.NONE else {"RiskLevel": self.level.value}
        return {"RiskDecision": decision, **level}


def assess(
    kernel: Kernel,
    policy: RiskPolicy,
    mode: str,
    user: User,
    seen: Observation,
    failure_subject: str,
) -> Assessment:
    """Score what is seen of a user who has proved himself."""
    acts, address = mode == risk_policy.ENFORCED, seen.sighting.address
    if policy.blocks(address):
        return Assessment(Level.HIGH, Reaction(), acts, is_listed=True)
    if policy.skips(address):
        return Assessment(Level.NONE, Reaction(), acts)
    subjects = (failure_subject, address_subject(kernel, user.pool_id, address))
    past, failures = kernel.database.read(
        _known, user.id, user.pool_id, subjects, kernel.clock.now()
    )
    level = risk.level(seen.sighting, past, failures)
    return Assessment(level, policy.reaction(level), acts)


def _known(
    session: Session, user_id: str, pool_id: str, subjects: tuple[str, str], now: datetime
) -> tuple[list[Remembered], Failures]:
    rows = Rows.of(session)
    counts = (_count(rows, pool_id, subject, now) for subject in subjects)
    return events.history(session, user_id), Failures(*counts)


def _count(rows: Rows, pool_id: str, subject: str, now: datetime) -> int:
    found = attempt_counts.look(rows, pool_id, subject)
    if found is None or now - found.last >= risk.FAILURES_COUNT_FOR:
        return 0
    return found.attempts


def address_subject(kernel: Kernel, pool_id: str, address: str) -> str:
    """What failures from an address are counted for; the address is not kept in clear."""
    return kernel.sealer.derive("failures-from-address", pool_id, address).hex()


def count_address_failure(session: Session, kernel: Kernel, pool_id: str, address: str) -> None:
    """One failed sign-in more from the address, whoever it was about."""
    if not address:
        return
    subject = address_subject(kernel, pool_id, address)
    now, window = kernel.clock.now(), risk.FAILURES_COUNT_FOR
    attempt_counts.add(session, pool_id, subject, now, window)
    session.flush()


def admit(
    kernel: Kernel, context: ClientContext, here: Circumstances, *, is_custom: bool = False
) -> None:
    """Turn away whoever comes from the always-block list, before it is known who he says he is.

    Raises `BlockedForSecurity`.
    """
    if risk_policy.mode(context.pool.settings, is_custom=is_custom) != risk_policy.ENFORCED:
        return
    if configuration.policy(kernel, context).blocks(here.address):
        raise BlockedForSecurity
