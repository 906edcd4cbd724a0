"""ChangePassword, for the operation and the account page alike."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, NotAuthorized
from idp.models import User
from idp.user_pools.rules import passwords, risk_policy
from idp.user_pools.services import (
    credentials,
    lockout,
    pools,
    revocation,
    user_directories,
    users,
)
from idp.user_pools.services.access import Owner
from idp.user_pools.services.circumstances import Circumstances
from idp.user_pools.services.threats import compromised, occasions
from idp.user_pools.services.threats.occasions import Occasion
from kernel.runtime import Kernel
from kernel.statements import Rows


def change(
    kernel: Kernel, owner: Owner, previous: str | None, proposed: str, here: Circumstances
) -> None:
    """Set a new password. The previous one is a password attempt like any other: it counts for the
    lock-out. Raises `NotAuthorized` and its kin, `InvalidPassword`, `PasswordInHistory`."""
    pool, user = owner.context.pool, owner.user
    if user_directories.vouches_for(owner.context.directory, user):
        raise NotAuthorized(user_directories.NOT_CHANGED_HERE)
    occasion = occasions.begin(kernel, owner.context, occasions.PASSWORD_CHANGE, here)
    credential = credentials.open_credential(kernel, user)
    if credential and not previous:
        raise InvalidParameter("PreviousPassword is required.")
    # "If the user has no password and only signs in with passwordless authentication options, you
    # can omit this parameter" (PreviousPassword).
    with lockout.guess(kernel, pool.id, user.id):
        if (credential or previous) and not credentials.check(
            pool.id, user.username, credential, previous or ""
        ):
            kernel.database.write(_count_failure, occasion, user, kernel.clock.now())
            occasions.announce(occasion, user)
            raise NotAuthorized
    passwords.check_password_policy(pools.password_policy(pool), proposed)
    is_known = compromised.check_new(kernel, owner.context, risk_policy.PASSWORD_CHANGE, proposed)
    risk = occasions.assess_change(occasion, user, compromised=is_known)
    credentials.check_history(kernel, pool, user, proposed)
    changed = credentials.make(kernel, pool, user.username, proposed)

    def unit(session: Session) -> None:
        present = users.by_id(session, user.id, to_change=True)
        now = kernel.clock.now()
        if present.password_set != user.password_set:
            raise NotAuthorized  # another change was quicker: the previous password is no more
        credentials.apply(kernel, present, changed, now, keep=credentials.history_size(pool))
        revocation.end_browser_sessions(session, user.id, now)
        lockout.clear(Rows.of(session), pool.id, user.id)
        present.modified = now
        occasions.note(session, occasion, present, "Pass", risk)

    kernel.database.write(unit)
    occasions.announce(occasion, user)


def _count_failure(session: Session, occasion: Occasion | None, user: User, now: datetime) -> None:
    lockout.record_failure(session, user.pool_id, user.id, now)
    occasions.note(session, occasion, user, "Fail")
