"""The Session that leads from signing up to signing in (USER_AUTH).

SignUp answers one that ConfirmSignUp takes; ConfirmSignUp answers one that InitiateAuth takes: the
code that was entered has been the first factor. Both are sealed and bound to user and client, and
good for AuthSessionValidity; the second one signs in once. It is a sign-in that waits like any
other one, and ends with what ends those.
"""

from __future__ import annotations

import base64
from dataclasses import replace

from idp.errors import InvalidSession, SessionExpired
from idp.models import User
from idp.user_pools.rules import first_factors, tiers, usernames
from idp.user_pools.services.sign_in import choice, completion, proven, sessions
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R
from idp.user_pools.services.sign_in.sessions import Pending
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.tokens import new_id
from kernel.runtime import Kernel
from kernel.sealing import Expired, Unsealable

CONFIRMED = "confirmed"
"""As a challenge, which InitiateAuth answers."""
FLOW = "choice"
FACTORS = {attribute: factor for factor, attribute in first_factors.ONE_TIME_PASSWORDS.items()}


def after_sign_up(kernel: Kernel, context: ClientContext, user: User, typed: str) -> str | None:
    """SignUp's Session; None where the client could not use it."""
    if not choice.is_allowed(context):
        return None
    names = [user.id, user.username, typed]
    return kernel.sealer.seal_token(names, _purpose(context), sessions.lifetime(context))


def check_sign_up(kernel: Kernel, context: ClientContext, token: str, typed: str) -> None:
    """Raises `InvalidSession` where ConfirmSignUp's Session is not of this sign-up."""
    settings = context.pool.settings
    names = _open(kernel, context, token)
    if usernames.normalise(typed, settings) not in {
        usernames.normalise(str(name), settings) for name in names
    }:
        raise InvalidSession


def after_confirmation(
    kernel: Kernel, context: ClientContext, user: User, attribute: str
) -> str | None:
    """ConfirmSignUp's Session. `attribute` holds the address that the code went to."""
    factor = FACTORS.get(attribute)
    if factor is None or not choice.is_allowed(context):
        return None
    waiting = Pending(
        CONFIRMED,
        new_id(kernel),
        user.username,
        user.id,
        base64.b64encode(user.attributes[attribute].encode()).decode(),
        FLOW,
        factors=(factor,),
        posed=sessions.microseconds(kernel.clock.now()),
        password=sessions.password_mark(user),
    )
    return sessions.seal(kernel, context, waiting)


def redeem(attempt: Attempt[R], token: str) -> Challenge | R:
    """InitiateAuth with ConfirmSignUp's Session. Raises `InvalidSession`, also where the user has
    another address by now than the one that he proved; `SessionSpent` for a second use."""
    kernel, context, user = attempt.kernel, attempt.context, attempt.user
    tiers.check(context.pool.settings, "USER_AUTH")
    waiting = sessions.open_session(kernel, context, CONFIRMED, token)
    if user is None or user.id != waiting.user_id or user.status != "CONFIRMED":
        raise InvalidSession
    sessions.check_goes_on(kernel, waiting, user)
    [factor] = waiting.factors
    proved = base64.b64decode(waiting.state).decode()
    if user.attributes.get(first_factors.ONE_TIME_PASSWORDS[factor]) != proved:
        raise InvalidSession
    sessions.spend(kernel, context, waiting)
    completion.check_state(user)
    attempt = replace(attempt, flow=FLOW, sign_in_id=waiting.sign_in_id)
    return proven.next_step(attempt.proved(factor), user)


def _purpose(context: ClientContext) -> str:
    return f"session:signed-up:{context.client.id}"


def _open(kernel: Kernel, context: ClientContext, token: str) -> list[str]:
    try:
        value: list[str] = kernel.sealer.open_token(token, _purpose(context))
    except Expired:
        raise SessionExpired from None
    except Unsealable:
        raise InvalidSession from None
    return value
