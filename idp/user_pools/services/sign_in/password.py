"""USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH: the password itself arrives, over TLS."""

from __future__ import annotations

from collections.abc import Mapping

from idp.user_pools.services import credentials, lockout
from idp.user_pools.services.sign_in import completion, first_factor
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R, parameter
from idp.user_pools.services.sign_in.simulation import stand_in


def start(attempt: Attempt[R], parameters: Mapping[str, str]) -> Challenge | R:
    """Check the password. Raises what `completion.refuse` says for a wrong one."""
    password = parameter(parameters, "PASSWORD")
    return with_password(attempt, password)


def with_password(attempt: Attempt[R], password: str) -> Challenge | R:
    """The same for the hosted page. A missing user, and one who has no password, cost as much work
    as a wrong password."""
    user, pool = attempt.user, attempt.context.pool
    kept = None if user is None else credentials.open_credential(attempt.kernel, user)
    if user is not None and kept:
        name, credential = user.username, kept
    else:
        name, credential = stand_in(attempt)
    with lockout.guess(attempt.kernel, pool.id, attempt.failure_subject):
        is_right = credentials.check(pool.id, name, credential, password)
        if user is None or not kept or not is_right:
            raise completion.refuse(attempt)
    return first_factor.passed(attempt.proved("PASSWORD"), user)
