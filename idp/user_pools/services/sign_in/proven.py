"""What follows once a user has proved himself by one factor: another one, or what he came for."""

from __future__ import annotations

from idp.models import User
from idp.user_pools.services.sign_in import devices, risk, second_factor
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R


def next_step(attempt: Attempt[R], user: User) -> Challenge | R:
    """Raises what `risk.assess` raises where the sign-in is blocked.

    In a custom sign-in its functions say what is next, and the rest follows once they are done.
    """
    if attempt.history is not None:
        return attempt.complete(attempt, user)
    decision = risk.assess(attempt, user)
    challenge = devices.pose_instead(attempt, user, decision)
    challenge = challenge or second_factor.pose(attempt, user, decision)
    if challenge is not None:
        return challenge
    return finish(attempt, user)


def finish(attempt: Attempt[R], user: User) -> Challenge | R:
    """What follows the last factor: a remembered device proves itself, unless it has; then what the
    user came for."""
    return devices.pose(attempt, user) or attempt.complete(attempt, user)
