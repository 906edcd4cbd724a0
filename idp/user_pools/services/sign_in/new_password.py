"""NEW_PASSWORD_REQUIRED: the first sign-in of a user whom an administrator made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import orjson
from sqlalchemy.orm import Session

from idp.errors import InvalidSession
from idp.models import User
from idp.user_pools.rules import attributes, passwords, risk_policy
from idp.user_pools.services import credentials, pools, users
from idp.user_pools.services.credentials import Credential
from idp.user_pools.services.sign_in import completion, proven, sessions
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R, parameter
from idp.user_pools.services.sign_in.sessions import Pending
from idp.user_pools.services.threats import compromised

NAME = "NEW_PASSWORD_REQUIRED"
PREFIX = "userAttributes."


def pose(attempt: Attempt[R], user: User) -> Challenge:
    """Ask for a new password, and for required attributes that have no value yet."""
    context = attempt.context
    missing = attributes.missing_attributes(context.pool.schema, user.attributes)
    shown = {name: value for name, value in user.attributes.items() if name in context.readable}
    pending = sessions.pending(attempt, NAME)
    return Challenge(
        NAME,
        {
            "USER_ID_FOR_SRP": user.username,
            "requiredAttributes": orjson.dumps([PREFIX + name for name in missing]).decode(),
            "userAttributes": orjson.dumps(shown).decode(),
        },
        sessions.seal(attempt.kernel, context, pending),
    )


def respond(attempt: Attempt[R], pending: Pending, responses: Mapping[str, str]) -> Challenge | R:
    """Set the password and attributes, and sign in."""
    user, context, kernel = attempt.user, attempt.context, attempt.kernel
    if user is None or user.id != pending.user_id or user.status != "FORCE_CHANGE_PASSWORD":
        raise InvalidSession
    password = parameter(responses, "NEW_PASSWORD")
    passwords.check_password_policy(pools.password_policy(context.pool), password)
    compromised.check_new(kernel, context, risk_policy.PASSWORD_CHANGE, password)
    given = {
        name.removeprefix(PREFIX): value
        for name, value in responses.items()
        if name.startswith(PREFIX)
    }
    stored = attributes.challenge_attributes(
        context.pool.schema, user.attributes, given, writable=context.writable
    )
    credentials.check_history(kernel, context.pool, user, password)
    credential = credentials.make(kernel, context.pool, user.username, password)
    sessions.spend(kernel, context, pending)
    changed = kernel.database.write(_confirm, attempt, user.id, credential, stored)
    return proven.next_step(replace(attempt, user=changed, has_new_password=True), changed)


def _confirm(
    session: Session,
    attempt: Attempt[R],
    user_id: str,
    credential: Credential,
    stored: dict[str, str],
) -> User:
    user = users.by_id(session, user_id, to_change=True)
    completion.check_state(user)
    if user.status != "FORCE_CHANGE_PASSWORD":
        raise InvalidSession
    now, remembered = attempt.kernel.clock.now(), credentials.history_size(attempt.context.pool)
    credentials.apply(attempt.kernel, user, credential, now, keep=remembered)
    user.status = "CONFIRMED"
    user.attributes = attributes.without_empty({**user.attributes, **stored})
    user.modified = now
    users.index(session, attempt.context.pool, user)
    return user
