"""What follows the last factor that a person gives."""

from __future__ import annotations

from idp.models import User
from idp.user_pools.services.sign_in import devices
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R


def finish(attempt: Attempt[R], user: User) -> Challenge | R:
    """A remembered device proves itself, unless it has; then what the user came for. In a custom
    sign-in its functions say what is next."""
    device = None if attempt.history is not None else devices.pose(attempt, user)
    return device or attempt.complete(attempt, user)
