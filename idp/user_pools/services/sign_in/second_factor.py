"""Multi-factor authentication: which second factor follows the first."""

from __future__ import annotations

from idp.models import User
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R
from idp.user_pools.services.sign_in.risk import Decision


def pose(_attempt: Attempt[R], _user: User, _decision: Decision) -> Challenge | None:
    """The challenge for a second factor; None where none is needed."""
    return None
