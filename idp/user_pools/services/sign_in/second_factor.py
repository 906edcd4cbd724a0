"""Multi-factor authentication: which second factor follows the first, and how it is answered.

    SMS_MFA, EMAIL_OTP     a code that is sent (`one_time_code`)
    SOFTWARE_TOKEN_MFA     a code of the user's authenticator
    SELECT_MFA_TYPE        the user chooses one of them
    MFA_SETUP              he sets one up first (`mfa_setup`)

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
    SecondFactorMissing,
    WrongSecondFactor,
)
from idp.models import User
from idp.user_pools.rules import acr
from idp.user_pools.rules import second_factors as factors
from idp.user_pools.rules.attributes import is_verified
from idp.user_pools.rules.delivery import Destination
from idp.user_pools.rules.second_factors import Means, Need, Question
from idp.user_pools.services import (
    lockout,
    messages,
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
    sessions,
    step_up,
)
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R, parameter
from idp.user_pools.services.sign_in.one_time_code import EMAIL_OTP, SMS_MFA, Kind
from idp.user_pools.services.sign_in.risk import Decision
from idp.user_pools.services.sign_in.sessions import Pending

SELECT = "SELECT_MFA_TYPE"
RECOVERY = "RECOVERY_CODE"
"""The name of a recovery code in `Attempt.factors`."""
CODES: Mapping[str, Kind] = {factors.SMS: SMS_MFA, factors.EMAIL: EMAIL_OTP}
NAMES = (factors.SMS, factors.EMAIL, factors.SOFTWARE_TOKEN, SELECT)
"""The challenges of this module."""


def pose(attempt: Attempt[R], user: User, decision: Decision) -> Challenge | None:
    """The challenge for a second factor; None where none is needed.

    Raises `SecondFactorMissing` where one is needed at once and the user has none, and what
    `one_time_code.pose` raises.
    """
    settings = attempt.context.pool.settings
    challenge = pose_for_level(attempt, user)
    if challenge is not None:
        return challenge
    need = _need(attempt, decision)
    if need is Need.NONE or factors.after_first(attempt.factors, settings, user.mfa):
        return None
    asked = _question(attempt, user, need)
    if asked.refused:
        completion.count(attempt, "refused")
        raise SecondFactorMissing
    if asked.factor:
        return _pose_factor(attempt, user, asked.factor)
    if asked.choices:
        return _pose_choice(attempt, user, asked.choices)
    return mfa_setup.pose(attempt, user, asked.set_up) if asked.set_up else None


def check_not_owed(attempt: Attempt[R], user: User) -> None:
    """Raises `InvalidSession` where a second factor is due and was not given in this sign-in.

    It was asked for before; the pool or the user may have changed since then.
    """
    settings, need = attempt.context.pool.settings, _need(attempt, Decision.ALLOW)
    # Who has a first factor to his credit may have begun with the second (`step_up`).
    fresh = attempt.factors if attempt.credited else attempt.factors[1:]
    if {*NAMES, RECOVERY}.intersection(fresh) or factors.after_first(
        attempt.factors, settings, user.mfa
    ):
        return
    if need is Need.NONE or (need is Need.IF_CHOSEN and not user.mfa.get("enabled")):
        return
    if _question(attempt, user, need) != Question():
        raise InvalidSession


def leads_to_level(attempt: Attempt[R], user: User) -> bool:
    """Whether `pose_for_level` has a challenge to pose."""
    return _for_level(attempt, user) != Question()


def pose_for_level(attempt: Attempt[R], user: User) -> Challenge | None:
    """The challenge that leads to a level that was asked for (`step_up`): "Amazon Cognito attempts
    the highest-priority level that the user can satisfy". None where there is no such challenge.

    It is whatever else needs a second factor, too.
    """
    asked = _for_level(attempt, user)
    if asked.factor:
        return _pose_factor(attempt, user, asked.factor)
    return _pose_choice(attempt, user, asked.choices) if asked.choices else None


def respond(attempt: Attempt[R], pending: Pending, responses: Mapping[str, str]) -> Challenge | R:
    """Answer one of the challenges that `pose` poses, except MFA_SETUP."""
    user = subject(attempt, pending)
    if pending.challenge == SELECT:
        return _choose(attempt, user, pending, parameter(responses, "ANSWER"))
    _check_asked(attempt, user, pending.challenge)
    if pending.challenge == factors.SOFTWARE_TOKEN:
        code = parameter(responses, "SOFTWARE_TOKEN_MFA_CODE")
        _check_software_token(attempt, user, pending, code)
    else:
        kind = CODES[pending.challenge]
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
    return ending.finish(attempt.proved(RECOVERY), user)


def again(attempt: Attempt[R], pending: Pending) -> Challenge:
    """Send another code for the same challenge; the one before stays good for its own session."""
    user = subject(attempt, pending)
    factor = pending.challenge
    if factor not in CODES:
        raise InvalidSession
    address = one_time_code.proved_address(pending)
    if address and not user.attributes.get(factors.ADDRESSES[factor]):
        return mfa_setup.pose_email(attempt, user, address)
    _check_usable(attempt, user, factor)
    return _pose_factor(attempt, user, factor)


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


def _need(attempt: Attempt[R], decision: Decision) -> Need:
    mode = attempt.context.pool.settings["MfaConfiguration"]
    if decision is Decision.SECOND_FACTOR:
        return Need.ALWAYS_AT_ONCE
    if mode == "ON":
        return Need.ALWAYS
    if mode == "OFF":
        return Need.NONE
    is_risky = decision is Decision.SECOND_FACTOR_IF_CONFIGURED
    return Need.IF_POSSIBLE if is_risky else Need.IF_CHOSEN


def _question(attempt: Attempt[R], user: User, need: Need) -> Question:
    offered = factors.active(attempt.context.pool.settings)
    return factors.question(need, offered, user.mfa, _means(attempt, user), attempt.factors)


def _for_level(attempt: Attempt[R], user: User) -> Question:
    """Of the factors that lead there the user is asked for the one that he chose."""
    if not step_up.is_open(attempt):
        return Question()
    offered, means = factors.active(attempt.context.pool.settings), _means(attempt, user)
    own = [each for each in offered if factors.is_own(each, means, user.mfa)]
    helping = acr.helping(attempt.levels, attempt.proofs, own)
    return factors.question(Need.IF_POSSIBLE, helping, user.mfa, means, attempt.factors)


def _means(attempt: Attempt[R], user: User) -> Means:
    """What the user could prove himself with: his authenticator is looked for where the pool
    has them."""
    has_token = factors.SOFTWARE_TOKEN in factors.active(attempt.context.pool.settings) and (
        attempt.kernel.database.look_up(software_tokens.is_in_use, user.id)
    )
    return Means(user.attributes, has_token)


def _pose_factor(attempt: Attempt[R], user: User, factor: str) -> Challenge:
    who = {"USER_ID_FOR_SRP": user.username}
    if factor in CODES:
        attribute = factors.ADDRESSES[factor]
        address = user.attributes[attribute]
        return one_time_code.pose(
            attempt,
            user,
            CODES[factor],
            Destination(attribute, address),
            messages.authentication_text(attempt.context.pool),
            who,
            proves="" if is_verified(user.attributes, attribute) else address,
        )
    name = attempt.kernel.database.look_up(software_tokens.friendly_name, user.id)
    session = sessions.seal(attempt.kernel, attempt.context, sessions.pending(attempt, factor))
    return Challenge(factor, {"FRIENDLY_DEVICE_NAME": name, **who}, session)


def _pose_choice(attempt: Attempt[R], user: User, choices: tuple[str, ...]) -> Challenge:
    state = base64.b64encode(orjson.dumps(choices)).decode()
    pending = sessions.pending(attempt, SELECT, state)
    return Challenge(
        SELECT,
        {"MFAS_CAN_CHOOSE": orjson.dumps(choices).decode(), "USER_ID_FOR_SRP": user.username},
        sessions.seal(attempt.kernel, attempt.context, pending),
    )


def _choose(attempt: Attempt[R], user: User, pending: Pending, answer: str) -> Challenge:
    """The factor must have been offered, and be usable still. Another one may be chosen later:
    choosing proves nothing."""
    if answer not in orjson.loads(base64.b64decode(pending.state)):
        raise InvalidParameter("Invalid answer: choose one of MFAS_CAN_CHOOSE.")
    _check_usable(attempt, user, answer)
    return _pose_factor(attempt, user, answer)


def _check_usable(attempt: Attempt[R], user: User, factor: str) -> None:
    """Pool and user may have changed since the challenge was posed. Raises `InvalidSession`."""
    offered = factors.active(attempt.context.pool.settings)
    if factor not in offered or not _means(attempt, user).allow(factor):
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
    means, used_up = _means(attempt, user), factors.spent(attempt.factors)
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
