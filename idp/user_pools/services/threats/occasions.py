"""Events beside sign-ins: signing up, codes, and passwords that are set or changed.

Each step is written by a function of the unit of work that decides it. None of them asks the
database anything for a pool without threat protection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from idp.errors import BlockedForSecurity
from idp.models import User
from idp.user_pools.rules import risk_policy
from idp.user_pools.services.circumstances import Circumstances
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.threats import assessment, configuration, events, export, notification
from idp.user_pools.services.threats.events import Event
from idp.user_pools.services.threats.observation import Observation, located, observe
from kernel.runtime import Kernel
from kernel.statements import Rows

SIGN_UP, FORGOT_PASSWORD = "SignUp", "ForgotPassword"
PASSWORD_CHANGE, RESEND_CODE = "PasswordChange", "ResendCode"


@dataclass(frozen=True)
class Occasion:
    """A request beside a sign-in, of a pool whose threat protection is on."""

    kernel: Kernel
    context: ClientContext
    kind: str
    """EventType."""
    seen: Observation
    id: str
    """Of its event."""


def begin(
    kernel: Kernel, context: ClientContext, kind: str, here: Circumstances
) -> Occasion | None:
    """None where threat protection is off. Raises `BlockedForSecurity` for a blocked address."""
    if risk_policy.mode(context.pool.settings) == risk_policy.OFF:
        return None
    here = located(context, here, by_server=False)
    assessment.admit(kernel, context, here)
    seen = observe(kernel, context.pool, here)
    return Occasion(kernel, context, kind, seen, kernel.randomness.uuid())


def note(
    session: Session,
    occasion: Occasion | None,
    user: User | None,
    response: str,
    risk: Mapping[str, Any] | None = None,
) -> None:
    """Write the event; for a missing user as much work, and nothing."""
    if occasion is None:
        return
    session.flush()
    rows = Rows.of(session)
    if user is None:
        events.note_nothing(rows)
        return
    event = Event(
        occasion.id,
        user.pool_id,
        user.id,
        occasion.kind,
        response,
        risk or {},
        seen=occasion.seen.document(),
    )
    events.note(rows, event, occasion.kernel.clock.now())


def announce(occasion: Occasion | None, user: User | None) -> None:
    """Export the event, after the unit that wrote it."""
    if occasion is not None:
        export.announce(occasion.kernel, occasion.context, user, occasion.id)


def finish(
    session: Session, occasion: Occasion | None, user: User, kind: str, response: str
) -> None:
    """Say how the user's last event of a kind, which waited for a code, has ended."""
    if occasion is not None:
        events.finish_last(session, user.id, kind, response)


def assess_change(occasion: Occasion | None, user: User, *, compromised: bool) -> Mapping[str, Any]:
    """EventRisk of a user who has proved that he may set a new password.

    Raises `BlockedForSecurity` where the risk configuration blocks its level; then the event is
    written before. MFA actions say nothing here: there is no second factor to ask for.
    """
    if occasion is None:
        return {}
    kernel, seen = occasion.kernel, occasion.seen
    policy = configuration.policy(kernel, occasion.context)
    mode = risk_policy.mode(occasion.context.pool.settings)
    found = assessment.assess(kernel, policy, mode, user, seen, user.id)
    risk = {**found.risk(), "CompromisedCredentialsDetected": compromised}
    if not found.blocks:
        return risk
    kernel.database.write(note, occasion, user, "Fail", risk)
    announce(occasion, user)
    if found.notifies:
        notification.send(kernel, policy, found.reaction.action, user, seen, occasion.id)
    raise BlockedForSecurity
