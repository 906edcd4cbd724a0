"""The Session that leads from signing up to signing in (USER_AUTH).

SignUp answers one that ConfirmSignUp takes; ConfirmSignUp answers one that InitiateAuth takes: the
code that was entered has been the first factor. Both are sealed and bound to user and client, and
good for AuthSessionValidity; the second one signs in once.
"""

from __future__ import annotations

from dataclasses import replace

from idp.errors import InvalidSession, SessionExpired
from idp.models import User
from idp.user_pools.rules import first_factors, tiers, usernames
from idp.user_pools.services.sign_in import completion, proven, sessions
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.tokens import new_id
from kernel.runtime import Kernel
from kernel.sealing import Expired, Unsealable

SIGNED_UP, CONFIRMED = "signed-up", "confirmed"
FACTORS = {attribute: factor for factor, attribute in first_factors.ONE_TIME_PASSWORDS.items()}


def after_sign_up(kernel: Kernel, context: ClientContext, user: User, typed: str) -> str | None:
    """SignUp's Session; None where the client could not use it."""
    if not _is_useful(context):
        return None
    return _seal(kernel, context, SIGNED_UP, [user.id, user.username, typed])


def check_sign_up(kernel: Kernel, context: ClientContext, token: str, typed: str) -> None:
    """Raises `InvalidSession` where ConfirmSignUp's Session is not of this sign-up."""
    settings = context.pool.settings
    names = _open(kernel, context, SIGNED_UP, token)
    if usernames.normalise(typed, settings) not in {
        usernames.normalise(str(name), settings) for name in names
    }:
        raise InvalidSession


def after_confirmation(
    kernel: Kernel, context: ClientContext, user: User, attribute: str
) -> str | None:
    """ConfirmSignUp's Session. `attribute` holds the address that the code went to."""
    factor = FACTORS.get(attribute)
    if factor is None or not _is_useful(context):
        return None
    return _seal(kernel, context, CONFIRMED, [user.id, factor, new_id(kernel)])


def redeem(attempt: Attempt[R], token: str) -> Challenge | R:
    """InitiateAuth with ConfirmSignUp's Session. Raises `InvalidSession`; `SessionSpent` for a
    second use, which the record of the sign-in refuses."""
    kernel, context, user = attempt.kernel, attempt.context, attempt.user
    tiers.check(context.pool.settings, "USER_AUTH")
    user_id, factor, sign_in_id = _open(kernel, context, CONFIRMED, token)
    if user is None or user.id != user_id or user.status != "CONFIRMED":
        raise InvalidSession
    attempt = replace(attempt, flow="choice", sign_in_id=sign_in_id)
    sessions.spend(kernel, context, sessions.pending(attempt, CONFIRMED))
    completion.check_state(user)
    return proven.next_step(attempt.proved(factor), user)


def _is_useful(context: ClientContext) -> bool:
    """Whether `redeem` may follow. A client's setting may have outlived the tier that it needs."""
    flows = context.client.settings["ExplicitAuthFlows"]
    return "ALLOW_USER_AUTH" in flows and tiers.includes(context.pool.settings, "USER_AUTH")


def _seal(kernel: Kernel, context: ClientContext, kind: str, value: list[str]) -> str:
    purpose = f"session:{kind}:{context.client.id}"
    return kernel.sealer.seal_token(value, purpose, sessions.lifetime(context))


def _open(kernel: Kernel, context: ClientContext, kind: str, token: str) -> list[str]:
    try:
        value: list[str] = kernel.sealer.open_token(token, f"session:{kind}:{context.client.id}")
    except Expired:
        raise SessionExpired from None
    except Unsealable:
        raise InvalidSession from None
    return value
