"""What follows once a user has proved himself by one factor: another one, or what he came for."""

from __future__ import annotations

from idp.models import User
from idp.user_pools.services.sign_in import devices, risk, second_factor, step_up
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R
from idp.user_pools.services.sign_in.ending import finish


def next_step(attempt: Attempt[R], user: User) -> Challenge | R:
    """Raises what `risk.assess` raises where the sign-in is blocked.

    In a custom sign-in its functions say what is next, and the rest follows once they are done.
    """
    if attempt.history is not None:
        return attempt.complete(attempt, user)
    decision = risk.assess(attempt, user)
    # A device has no part in a level.
    is_open = step_up.is_open(attempt)
    challenge = None if is_open else devices.pose_instead(attempt, user, decision)
    challenge = challenge or second_factor.pose(attempt, user, decision)
    if challenge is not None:
        return challenge
    return finish(attempt, user)
