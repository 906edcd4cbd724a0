"""How a second factor is answered: by its code, by a recovery code, or by choosing another one.

A wrong code counts like a wrong password, for the user and not for the session: neither parallel
sessions nor new sign-ins buy further guesses.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

import orjson
from sqlalchemy.orm import Session

from idp.errors import (
    AliasExists,
    IdpError,
    InvalidParameter,
    InvalidSession,
    WrongSecondFactor,
)
from idp.models import User
from idp.user_pools.rules import second_factors as factors
from idp.user_pools.services import (
    lockout,
    profiles,
    recovery_codes,
    software_tokens,
    users,
)
from idp.user_pools.services.sign_in import (
    completion,
    ending,
    mfa_setup,
    one_time_code,
    second_factor,
    sessions,
)
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R, parameter
from idp.user_pools.services.sign_in.sessions import Pending


def respond(attempt: Attempt[R], pending: Pending, responses: Mapping[str, str]) -> Challenge | R:
    """Answer one of the challenges that `second_factor.pose` poses, except MFA_SETUP."""
    user = subject(attempt, pending)
    if pending.challenge == second_factor.SELECT:
        return _choose(attempt, user, pending, parameter(responses, "ANSWER"))
    _check_asked(attempt, user, pending.challenge)
    if pending.challenge == factors.SOFTWARE_TOKEN:
        code = parameter(responses, "SOFTWARE_TOKEN_MFA_CODE")
        _check_software_token(attempt, user, pending, code)
    else:
        kind = second_factor.CODES[pending.challenge]
        one_time_code.check(attempt, pending, kind, parameter(responses, kind.response))
        user = _adopt(attempt, user, pending)
    return ending.finish(attempt.proved(pending.challenge), user)


def recover(attempt: Attempt[R], pending: Pending, code: str) -> Challenge | R:
    """A recovery code in place of the factor that is asked for. Raises `WrongSecondFactor`, and
    `InvalidSession` where the pool has no authenticators, for which such codes stand in."""
    user = subject(attempt, pending)
    if factors.SOFTWARE_TOKEN not in factors.active(attempt.context.pool.settings):
        raise InvalidSession

    def use(session: Session) -> IdpError | None:
        is_right = recovery_codes.use(session, attempt.kernel, user.id, code)
        return None if is_right else WrongSecondFactor()

    _claim(attempt, pending, use)
    return ending.finish(attempt.proved(second_factor.RECOVERY), user)


def again(attempt: Attempt[R], pending: Pending) -> Challenge:
    """Send another code for the same challenge; the one before stays good for its own session."""
    user = subject(attempt, pending)
    factor = pending.challenge
    if factor not in second_factor.CODES:
        raise InvalidSession
    address = one_time_code.proved_address(pending)
    if address and not user.attributes.get(factors.ADDRESSES[factor]):
        return mfa_setup.pose_email(attempt, user, address)
    _check_usable(attempt, user, factor)
    return second_factor.pose_factor(attempt, user, factor)


def subject(attempt: Attempt[R], pending: Pending) -> User:
    """Whom a second factor is asked of: the one who has proved a first. Raises `InvalidSession`.

    A session without a first factor is one of a code that takes the place of a password.
    """
    user = attempt.user
    if user is None or user.id != pending.user_id:
        raise InvalidSession
    if not (pending.factors or attempt.credited):
        raise InvalidSession
    completion.check_state(user)
    if user.status == "FORCE_CHANGE_PASSWORD":
        raise InvalidSession
    return user


def _choose(attempt: Attempt[R], user: User, pending: Pending, answer: str) -> Challenge:
    """The factor must have been offered, and be usable still. Another one may be chosen later:
    choosing proves nothing."""
    if answer not in orjson.loads(base64.b64decode(pending.state)):
        raise InvalidParameter("Invalid answer: choose one of MFAS_CAN_CHOOSE.")
    _check_usable(attempt, user, answer)
    return second_factor.pose_factor(attempt, user, answer)


def _check_usable(attempt: Attempt[R], user: User, factor: str) -> None:
    """Pool and user may have changed since the challenge was posed. Raises `InvalidSession`."""
    offered = factors.active(attempt.context.pool.settings)
    if factor not in offered or not second_factor.means_of(attempt, user).allow(factor):
        raise InvalidSession


def _check_asked(attempt: Attempt[R], user: User, factor: str) -> None:
    """Likewise when a factor is answered: who has chosen another one since may have lost the phone.
    Raises `InvalidSession`."""
    offered = factors.active(attempt.context.pool.settings)
    chosen = user.mfa.get("enabled", ())
    if factor not in offered:
        raise InvalidSession
    if attempt.levels or factor in chosen or not chosen:
        return
    if set(chosen).intersection(_usable(attempt, user, offered)):
        raise InvalidSession


def _usable(attempt: Attempt[R], user: User, offered: tuple[str, ...]) -> list[str]:
    means, used_up = second_factor.means_of(attempt, user), factors.spent(attempt.factors)
    return [each for each in offered if means.allow(each) and each not in used_up]


def _check_software_token(attempt: Attempt[R], user: User, pending: Pending, code: str) -> None:
    def claim(session: Session) -> IdpError | None:
        return software_tokens.claim(session, attempt.kernel, user.id, code)

    _claim(attempt, pending, claim)


def _claim(
    attempt: Attempt[R], pending: Pending, unit: Callable[[Session], IdpError | None]
) -> None:
    """Let a code be claimed in the database while no other attempt is made for the user, and
    spend the session. A refusal counts."""
    kernel, pool = attempt.kernel, attempt.context.pool
    with lockout.guess(kernel, pool.id, attempt.failure_subject):
        refusal = kernel.database.write(unit)
        if refusal is not None:
            completion.count_failure(attempt)
            raise refusal
        sessions.spend(kernel, attempt.context, pending)


def _adopt(attempt: Attempt[R], user: User, pending: Pending) -> User:
    """The right code proves an address that was not verified yet.

    Developer guide, "SMS and email message MFA": "When a user completes their first MFA, Amazon
    Cognito marks their email address or phone number as verified."
    """
    address = one_time_code.proved_address(pending)
    attribute = factors.ADDRESSES[pending.challenge]
    if not address:
        return user
    if not user.attributes.get(attribute):
        return mfa_setup.adopt_email(attempt, user, address)
    if user.attributes[attribute] != address:
        raise InvalidSession
    try:
        return attempt.kernel.database.write(_verify, attempt, user.id, attribute, address)
    except AliasExists:
        return user  # as a name to sign in with it is another's; the code was right all the same


def _verify(
    session: Session, attempt: Attempt[R], user_id: str, attribute: str, address: str
) -> User:
    user = users.by_id(session, user_id, to_change=True)
    if user.attributes.get(attribute) == address:
        pool, now = attempt.context.pool, attempt.kernel.clock.now()
        profiles.mark_verified(session, pool, user, attribute, now)
    return user
