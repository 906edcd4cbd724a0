"""USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH: the password itself arrives, over TLS."""

from __future__ import annotations

from collections.abc import Mapping

from idp.user_pools.services import credentials, imported_credentials, lockout
from idp.user_pools.services.credentials import Credential
from idp.user_pools.services.sign_in import completion, first_factor
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R, parameter
from idp.user_pools.services.sign_in.simulation import stand_in


def start(attempt: Attempt[R], parameters: Mapping[str, str]) -> Challenge | R:
    """Check the password. Raises what `completion.refuse` says for a wrong one."""
    password = parameter(parameters, "PASSWORD")
    return with_password(attempt, password)


def with_password(attempt: Attempt[R], password: str) -> Challenge | R:
    """The same for the hosted page. A missing user costs as much work as a wrong password."""
    user, pool = attempt.user, attempt.context.pool
    credential, name = Credential(), attempt.username
    if user is not None:
        name, credential = user.username, credentials.open_credential(attempt.kernel, user)
    with lockout.guess(attempt.kernel, pool.id, attempt.failure_subject):
        is_right = imported_credentials.check(
            attempt.kernel,
            attempt.context,
            name,
            credential,
            lambda: stand_in(attempt)[1],
            password,
        )
        if user is None or not is_right:
            raise completion.refuse(attempt)
    if imported_credentials.is_imported(pool, credential):
        imported_credentials.upgrade(attempt.kernel, pool, user, credential, password)
    return first_factor.passed(attempt.proved("PASSWORD"), user)
