"""The three functions of a custom sign-in, called with what is known of it.

Where PreventUserExistenceErrors hides them, they hear of missing users too (`userNotFound`), so
that a challenge is posed for every name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idp.errors import InvalidParameter
from idp.user_pools.rules import custom_challenges
from idp.user_pools.rules.custom_challenges import Created, Definition, Whom
from idp.user_pools.services import triggers
from idp.user_pools.services.sign_in.attempt import Attempt, R
from idp.user_pools.services.triggers import TriggerEvent


def define(attempt: Attempt[R]) -> Definition:
    """What comes next. Raises as `triggers.fire`, and where there is no function."""
    request = custom_challenges.define_request(_whom(attempt), attempt.history or ())
    return custom_challenges.read_definition(
        _fire(attempt, "DefineAuthChallenge", request, custom_challenges.DEFINE_RESPONSE)
    )


def create(attempt: Attempt[R]) -> Created:
    """A new challenge."""
    request = custom_challenges.create_request(_whom(attempt), attempt.history or ())
    return custom_challenges.read_created(
        _fire(attempt, "CreateAuthChallenge", request, custom_challenges.CREATE_RESPONSE)
    )


def verify(attempt: Attempt[R], private: Mapping[str, str], answer: str) -> bool:
    """Whether the answer to a challenge is right."""
    request = custom_challenges.verify_request(_whom(attempt), private, answer)
    return custom_challenges.read_verdict(
        _fire(attempt, "VerifyAuthChallengeResponse", request, custom_challenges.VERIFY_RESPONSE)
    )


def _whom(attempt: Attempt[R]) -> Whom:
    user = attempt.user
    attributes = triggers.user_attributes(user) if user is not None else {}
    return Whom(attributes, attempt.client_metadata, not_found=user is None)


def _fire(
    attempt: Attempt[R], trigger: str, request: Mapping[str, Any], response: Mapping[str, Any]
) -> dict[str, Any]:
    user, context = attempt.user, attempt.context
    filled = triggers.fire(
        attempt.kernel,
        context.pool,
        TriggerEvent(
            trigger,
            f"{trigger}_Authentication",
            user.username if user is not None else attempt.username,
            request,
            response,
            context.client.id,
        ),
    )
    if filled is None:
        raise InvalidParameter("Custom auth lambda trigger is not configured for the user pool.")
    return filled
