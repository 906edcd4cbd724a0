"""Signing in with the pool's own password, for a browser session instead of tokens.

The checks, the lock-out and the triggers are those of the SDK operations (`services.sign_in`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from idp.errors import NotAuthorized
from idp.models import User
from idp.oauth.sessions import SignedIn
from idp.user_pools.rules import usernames
from idp.user_pools.services import credentials, lockout, triggers, users
from idp.user_pools.services.sign_in import completion, first_factor, new_password, sessions
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge
from idp.user_pools.services.sign_in.sessions import Pending
from idp.user_pools.services.sign_in.simulation import stand_in
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.tokens import new_id
from kernel.runtime import Kernel


def sign_in(
    kernel: Kernel, context: ClientContext, username: str, password: str
) -> SignedIn | Challenge:
    """Who signed in, or NEW_PASSWORD_REQUIRED.

    Raises `NotAuthorized` and its kin, `UserNotConfirmed`, `PasswordResetRequired`.
    """
    attempt = kernel.database.read(_begin, kernel, context, username)
    triggers.pre_authentication(kernel, context, attempt.user, username, {})
    user = _prove(attempt, password)
    completion.check_state(user)
    if user.status == "FORCE_CHANGE_PASSWORD":
        challenge = first_factor.passed(attempt, user)
        assert isinstance(challenge, Challenge)  # noqa: S101 - the only outcome in this state
        return challenge
    return _complete(attempt, user)


def choose_password(
    kernel: Kernel,
    context: ClientContext,
    session: str,
    password: str,
    attributes: dict[str, str],
) -> SignedIn:
    """Answer NEW_PASSWORD_REQUIRED. Raises `InvalidSession`, `InvalidPassword` and others."""
    pending = sessions.open_session(kernel, context, new_password.NAME, session)
    attempt = kernel.database.read(_resume, kernel, context, pending)
    given = {new_password.PREFIX + name: value for name, value in attributes.items()}
    # Its tokens are handed to nobody: the client gets its own for the code.
    new_password.respond(attempt, pending, {**given, "NEW_PASSWORD": password})
    return SignedIn(pending.user_id or "", kernel.clock.now())


def _begin(session: Session, kernel: Kernel, context: ClientContext, username: str) -> Attempt:
    user = users.find(session, context.pool, username)
    return _attempt(session, kernel, context, username, user, new_id(kernel))


def _resume(session: Session, kernel: Kernel, context: ClientContext, pending: Pending) -> Attempt:
    user = session.get(User, pending.user_id) if pending.user_id else None
    return _attempt(session, kernel, context, pending.username, user, pending.sign_in_id)


def _attempt(
    session: Session,
    kernel: Kernel,
    context: ClientContext,
    username: str,
    user: User | None,
    sign_in_id: str,
) -> Attempt:
    normalised = usernames.normalise(username, context.pool.settings)
    subject = lockout.subject_of(kernel.sealer, context.pool.id, user, normalised)
    lockout.check(session, context.pool.id, subject, kernel.clock.now())
    return Attempt(kernel, context, username, user, subject, sign_in_id)


def _prove(attempt: Attempt, password: str) -> User:
    """The user, if the password is his. A missing one costs as much work as a wrong password."""
    user, pool = attempt.user, attempt.context.pool
    if user is None:
        name, credential = stand_in(attempt)
    else:
        name, credential = user.username, credentials.open_credential(attempt.kernel, user)
    with completion.turn(attempt):
        is_right = credentials.check(pool.id, name, credential, password)
        if user is None or not is_right:
            raise completion.refuse(attempt)
    return user


def _complete(attempt: Attempt, user: User) -> SignedIn:
    now = attempt.kernel.clock.now()
    attempt.kernel.database.write(_record, attempt, user.id, now)
    triggers.post_authentication(attempt.kernel, attempt.context, user, {})
    return SignedIn(user.id, now)


def _record(session: Session, attempt: Attempt, user_id: str, now: datetime) -> None:
    """Look once more at the lock-out: parallel guesses may have been counted since."""
    lockout.check_and_clear(session, attempt.context.pool.id, attempt.failure_subject, now)
    user = session.get(User, user_id)
    if user is None:
        raise NotAuthorized
    completion.check_state(user)
