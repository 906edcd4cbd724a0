"""Multi-factor authentication: which second factor follows the first. `second_factor_answers` has
how it is answered.

    SMS_MFA, EMAIL_OTP     a code that is sent (`one_time_code`)
    SOFTWARE_TOKEN_MFA     a code of the user's authenticator
    SELECT_MFA_TYPE        the user chooses one of them
    MFA_SETUP              he sets one up first (`mfa_setup`)
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

import orjson

from idp.errors import (
    InvalidSession,
    SecondFactorMissing,
)
from idp.models import User
from idp.user_pools.rules import acr
from idp.user_pools.rules import second_factors as factors
from idp.user_pools.rules.attributes import is_verified
from idp.user_pools.rules.delivery import Destination
from idp.user_pools.rules.second_factors import Means, Need, Question
from idp.user_pools.services import (
    messages,
    software_tokens,
)
from idp.user_pools.services.sign_in import (
    completion,
    mfa_setup,
    one_time_code,
    sessions,
    step_up,
)
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R
from idp.user_pools.services.sign_in.one_time_code import EMAIL_OTP, SMS_MFA, Kind
from idp.user_pools.services.sign_in.risk import Decision

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
        return pose_factor(attempt, user, asked.factor)
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
        return pose_factor(attempt, user, asked.factor)
    return _pose_choice(attempt, user, asked.choices) if asked.choices else None


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
    return factors.question(need, offered, user.mfa, means_of(attempt, user), attempt.factors)


def _for_level(attempt: Attempt[R], user: User) -> Question:
    """Of the factors that lead there the user is asked for the one that he chose."""
    if not step_up.is_open(attempt):
        return Question()
    offered, means = factors.active(attempt.context.pool.settings), means_of(attempt, user)
    own = [each for each in offered if factors.is_own(each, means, user.mfa)]
    helping = acr.helping(attempt.levels, attempt.proofs, own)
    return factors.question(Need.IF_POSSIBLE, helping, user.mfa, means, attempt.factors)


def means_of(attempt: Attempt[R], user: User) -> Means:
    """What the user could prove himself with: his authenticator is looked for where the pool
    has them."""
    has_token = factors.SOFTWARE_TOKEN in factors.active(attempt.context.pool.settings) and (
        attempt.kernel.database.look_up(software_tokens.is_in_use, user.id)
    )
    return Means(user.attributes, has_token)


def pose_factor(attempt: Attempt[R], user: User, factor: str) -> Challenge:
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
