"""USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH: the password itself arrives, over TLS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from idp.user_pools.services import credentials, imported_credentials, lockout, user_migration
from idp.user_pools.services.credentials import Credential
from idp.user_pools.services.sign_in import completion, directory, first_factor, risk
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R, parameter
from idp.user_pools.services.sign_in.simulation import stand_in


def start(attempt: Attempt[R], parameters: Mapping[str, str]) -> Challenge | R:
    """Check the password. Raises what `completion.refuse` says for a wrong one."""
    password = parameter(parameters, "PASSWORD")
    return with_password(attempt, password)


def with_password(attempt: Attempt[R], password: str) -> Challenge | R:
    """The same for the hosted page. A missing user, and one who has no password, cost as much work
    as a wrong password."""
    kernel, pool = attempt.kernel, attempt.context.pool
    name, credential = _expected(attempt)
    with lockout.guess(kernel, pool.id, attempt.failure_subject), directory.evenly(attempt):
        user = attempt.user
        migrates = user is None and user_migration.is_configured(pool)
        if not migrates and not imported_credentials.check(
            kernel, attempt.context, name, credential, lambda: stand_in(attempt)[1], password
        ):
            user = None
        user = user or directory.at_sign_in(attempt, password)
        if user is None and migrates:
            user = user_migration.at_sign_in(attempt, password)
        if user is None:
            raise completion.refuse(attempt)
    risk.check_password(attempt, user, password)
    if imported_credentials.is_imported(pool, credential):
        imported_credentials.upgrade(kernel, pool, user, credential, password)
    return first_factor.passed(replace(attempt, user=user).proved("PASSWORD"), user)


def _expected(attempt: Attempt[R]) -> tuple[str, Credential]:
    """The name and credential that the password is held against."""
    if attempt.user is None:
        return attempt.username, Credential()
    return attempt.user.username, credentials.open_credential(attempt.kernel, attempt.user)
