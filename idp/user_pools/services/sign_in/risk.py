"""Threat protection: what is thought of a sign-in whose first factor was right.

`rules.risk` scores, `services.threats` keeps what it is compared with; here is what follows for a
sign-in. A pool with AdvancedSecurityMode OFF passes through without a query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import Enum, auto
from typing import Any

import structlog
from sqlalchemy.orm import Session

from idp.errors import BlockedForSecurity, CompromisedPasswordReset
from idp.models import User
from idp.user_pools.rules import risk_policy
from idp.user_pools.rules.risk_policy import OFF
from idp.user_pools.services import lockout
from idp.user_pools.services.sign_in.attempt import Attempt, R
from idp.user_pools.services.threats import (
    assessment,
    compromised,
    configuration,
    events,
    export,
    notification,
    observation,
)
from idp.user_pools.services.threats.events import Event
from idp.user_pools.services.threats.observation import Observation
from kernel.statements import Rows
from kernel.telemetry import metrics

log = structlog.get_logger("poolgate.threats")

SIGN_IN = "SignIn"
PASSWORD = "PASSWORD"
SUCCESS, FAILURE = "Success", "Failure"


class Decision(Enum):
    """What must happen before the sign-in goes on."""

    ALLOW = auto()
    SECOND_FACTOR_IF_CONFIGURED = auto()
    """MFA_IF_CONFIGURED: who has a second factor must use it."""
    SECOND_FACTOR = auto()
    """MFA_REQUIRED: who has no second factor may not sign in."""


DECISIONS = {
    "MFA_IF_CONFIGURED": Decision.SECOND_FACTOR_IF_CONFIGURED,
    "MFA_REQUIRED": Decision.SECOND_FACTOR,
}


def admit(attempt: Attempt[R]) -> None:
    """Raises `BlockedForSecurity` for an address that is always blocked, whoever is meant."""
    here, kernel = attempt.circumstances, attempt.kernel
    try:
        assessment.admit(kernel, attempt.context, here, is_custom=attempt.is_custom)
    except BlockedForSecurity:
        _count_blocked(attempt, "address")
        raise


def assess(attempt: Attempt[R], user: User) -> Decision:
    """What the pool's risk configuration says of the sign-in. Raises `BlockedForSecurity`."""
    mode = _mode(attempt)
    if mode == OFF:
        return Decision.ALLOW
    kernel, policy = attempt.kernel, configuration.policy(attempt.kernel, attempt.context)
    seen = _observe(attempt)
    found = assessment.assess(kernel, policy, mode, user, seen, attempt.failure_subject)
    if found.blocks:
        _check_lock_out(attempt)
    response = "Fail" if found.blocks else "InProgress"
    before = _record(attempt, _event(attempt, user, response, seen, found.risk()))
    # A flow of several first factors is assessed after each: its user is told once.
    if found.notifies and before != found.level.value:
        notification.send(kernel, policy, found.reaction.action, user, seen, attempt.sign_in_id)
    if found.blocks:
        announce(attempt, user)
        _count_blocked(attempt, found.level.value)
        raise BlockedForSecurity
    return DECISIONS.get(found.reaction.action, Decision.ALLOW) if found.acts else Decision.ALLOW


def check_password(attempt: Attempt[R], user: User, password: str) -> None:
    """Look up a right password among those that attackers know. With SRP there is none to look up.

    Raises `CompromisedPasswordReset` where the risk configuration blocks such.
    """
    mode = _mode(attempt)
    # Others are told of their state, or choose a new password, which is looked up.
    if mode == OFF or user.status != "CONFIRMED" or not user.enabled:
        return
    kernel, policy = attempt.kernel, configuration.policy(attempt.kernel, attempt.context)
    if policy.skips(attempt.circumstances.address) or risk_policy.SIGN_IN not in policy.guarded:
        return
    if not compromised.is_compromised(kernel, password):
        return
    blocks = compromised.blocks(mode, policy)
    if blocks:
        _check_lock_out(attempt)
    found = {"CompromisedCredentialsDetected": True}
    decision = {"RiskDecision": "Block"} if blocks else {}
    response = "Fail" if blocks else "InProgress"
    proved = attempt.proved(PASSWORD)
    _record(attempt, _event(proved, user, response, _observe(attempt), {**found, **decision}))
    if blocks:
        announce(attempt, user)
        _count_blocked(attempt, "compromised")
        raise CompromisedPasswordReset


def observe_failure(attempt: Attempt[R]) -> Observation | None:
    """What `note_failure` writes, for whomever; None where nothing is kept."""
    return None if _mode(attempt) == OFF else _observe(attempt)


def note_failure(session: Session, attempt: Attempt[R], seen: Observation | None) -> None:
    """Keep a failed factor, in the unit that counts it; a missing user costs as much work."""
    if seen is None:
        return
    pool, rows = attempt.context.pool, Rows.of(session)
    assessment.count_address_failure(session, attempt.kernel, pool.id, seen.sighting.address)
    if attempt.user is None:
        events.note_nothing(rows)
        return
    name = "Mfa" if attempt.factors else "Password"
    event = _event(attempt, attempt.user, "Fail", seen, {})
    event = replace(event, challenges=[*event.challenges, (name, FAILURE)])
    events.note(rows, event, attempt.kernel.clock.now())


def note_success(rows: Rows, attempt: Attempt[R], user: User, now: datetime) -> None:
    """Keep a sign-in that is complete, in the unit that records it."""
    if _mode(attempt) == OFF:
        return
    here = attempt.circumstances
    seen = observation.glimpse(attempt.kernel, attempt.context.pool, here, attempt.device_key)
    events.note(rows, _event(attempt, user, "Pass", seen, {}), now)


def announce(attempt: Attempt[R], user: User | None) -> None:
    """Export the sign-in's event, after the unit that wrote it."""
    if _mode(attempt) != OFF:
        export.announce(attempt.kernel, attempt.context, user, attempt.sign_in_id)


def _event(
    attempt: Attempt[R], user: User, response: str, seen: Observation, risk: Mapping[str, Any]
) -> Event:
    factors = attempt.factors
    answered = [("Password", SUCCESS)] if PASSWORD in factors else []
    if len(factors) > 1 or (factors and PASSWORD not in factors):
        answered.append(("Mfa", SUCCESS))
    return Event(
        attempt.sign_in_id,
        user.pool_id,
        user.id,
        SIGN_IN,
        response,
        risk,
        answered,
        seen.document(),
    )


def _record(attempt: Attempt[R], event: Event) -> str:
    return attempt.kernel.database.record(events.note, event, attempt.kernel.clock.now())


def _count_blocked(attempt: Attempt[R], reason: str) -> None:
    log.info("sign_in_blocked", pool=attempt.context.pool.id, reason=reason)
    metrics.of(metrics.sign_ins, attempt.flow, "blocked").inc()


def _observe(attempt: Attempt[R]) -> Observation:
    pool, here = attempt.context.pool, attempt.circumstances
    return observation.observe(attempt.kernel, pool, here, attempt.device_key)


def _check_lock_out(attempt: Attempt[R]) -> None:
    """A refusal for another reason would tell during a lock-out that the guess was right."""
    kernel, pool = attempt.kernel, attempt.context.pool
    kernel.database.look_up(lockout.check, pool.id, attempt.failure_subject, kernel.clock.now())


def _mode(attempt: Attempt[R]) -> str:
    return risk_policy.mode(attempt.context.pool.settings, is_custom=attempt.is_custom)
