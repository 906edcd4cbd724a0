"""Threat protection: what is thought of a sign-in whose first factor was right."""

from __future__ import annotations

from enum import Enum, auto

from idp.models import User
from idp.user_pools.services.sign_in.attempt import Attempt, R


class Decision(Enum):
    """What must happen before the sign-in goes on."""

    ALLOW = auto()
    SECOND_FACTOR_IF_CONFIGURED = auto()
    """MFA_IF_CONFIGURED: who has a second factor must use it."""
    SECOND_FACTOR = auto()
    """MFA_REQUIRED: who has no second factor may not sign in."""


def assess(_attempt: Attempt[R], _user: User) -> Decision:
    """What the pool's risk configuration says of the sign-in."""
    return Decision.ALLOW
