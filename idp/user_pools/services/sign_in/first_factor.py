"""What follows a good password: a refusal by state, a new password, or the next step."""

from __future__ import annotations

from idp.errors import TemporaryPasswordExpired
from idp.models import User
from idp.user_pools.rules import passwords
from idp.user_pools.services import lockout, pools
from idp.user_pools.services.sign_in import completion, new_password, proven
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R


def passed(attempt: Attempt[R], user: User) -> Challenge | R:
    """The next challenge of a user who has proved his password, or his tokens."""
    if user.status != "CONFIRMED" or not user.enabled:
        # `complete` looks at the lock-out once more; whoever stops before it must not learn
        # during one that his guess was right.
        kernel, pool = attempt.kernel, attempt.context.pool
        kernel.database.look_up(lockout.check, pool.id, attempt.failure_subject, kernel.clock.now())
    completion.check_state(user)
    if user.status == "FORCE_CHANGE_PASSWORD":
        _check_temporary_password(attempt, user)
        return new_password.pose(attempt, user)
    return proven.next_step(attempt, user)


def _check_temporary_password(attempt: Attempt[R], user: User) -> None:
    policy = pools.password_policy(attempt.context.pool)
    now = attempt.kernel.clock.now()
    if user.password_set and passwords.has_temporary_password_expired(
        policy, user.password_set, now
    ):
        raise TemporaryPasswordExpired
