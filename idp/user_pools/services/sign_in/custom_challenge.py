"""CUSTOM_AUTH and CUSTOM_CHALLENGE: the pool's functions decide how a user proves himself.

    InitiateAuth → define → create → CUSTOM_CHALLENGE
    RespondToAuthChallenge → verify → define → create → CUSTOM_CHALLENGE | tokens | refusal

The history goes along, sealed, in the session of each challenge. A built-in challenge that
DefineAuthChallenge names is posed and answered by its own module; `resumed` sees to it that what
follows is the function's decision again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from idp.errors import (
    InvalidLambdaResponse,
    InvalidParameter,
    InvalidSession,
    NotAuthorized,
    SecondFactorMissing,
    SessionSpent,
    UnexpectedLambda,
    UserNotFound,
)
from idp.models import User
from idp.user_pools.rules import custom_challenges
from idp.user_pools.rules.custom_challenges import Round
from idp.user_pools.services.sign_in import (
    answers,
    completion,
    custom_triggers,
    devices,
    new_password,
    proven,
    risk,
    second_factor,
    secure_remote_password,
    sessions,
)
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, Outcome, parameter
from idp.user_pools.services.sign_in.risk import Decision
from idp.user_pools.services.sign_in.sessions import Pending
from idp.user_pools.services.sign_in.simulation import stand_in

NAME = custom_challenges.NAME
FLOW = "custom"
SECOND_FACTORS = frozenset({"SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA"})


def start(attempt: Attempt[Outcome], parameters: Mapping[str, str]) -> Outcome:
    """CUSTOM_AUTH, with the password's proof first where CHALLENGE_NAME is SRP_A."""
    user, first = attempt.user, parameters.get("CHALLENGE_NAME")
    if first not in (None, "SRP_A"):
        raise InvalidParameter("CHALLENGE_NAME can only be SRP_A.")
    if not attempt.context.hides_missing_users:
        if user is None:
            raise UserNotFound
        completion.check_state(user)
    client_public = parameter(parameters, "SRP_A") if first else ""
    history = (Round("SRP_A", True),) if first else ()
    return _next(replace(attempt, flow=FLOW, history=history, complete=_go_on), client_public)


def resumed(attempt: Attempt[Outcome], pending: Pending) -> Attempt[Outcome]:
    """The attempt that answers a challenge of a custom sign-in, or of any other."""
    if pending.history is None:
        return attempt
    history = (*_history(pending), Round(pending.challenge, True))
    return replace(attempt, history=history, complete=_go_on)


def respond(attempt: Attempt[Outcome], pending: Pending, responses: Mapping[str, str]) -> Outcome:
    """Let the function judge an answer. Each session takes one."""
    answer = parameter(responses, "ANSWER")
    if (attempt.user.id if attempt.user else None) != pending.user_id:
        raise InvalidSession
    _spend(attempt, pending)
    posed: dict[str, Any] = orjson.loads(pending.state)
    is_right = _judge(attempt, posed["private"], answer)
    attempt = attempt.proved(NAME) if is_right else attempt
    history = (*_history(pending), Round(NAME, is_right, posed["metadata"]))
    return _next(replace(attempt, history=history), posed["client_public"])


def _judge(attempt: Attempt[Outcome], private: Mapping[str, str], answer: str) -> bool:
    """Only a function that judged can have found an answer wrong; its own error does as well."""
    before = answers.count(attempt)
    try:
        is_right = custom_triggers.verify(attempt, private, answer)
    except (InvalidLambdaResponse, UnexpectedLambda):
        answers.take_back(attempt, before)
        raise
    if is_right:
        answers.take_back(attempt, before)
    return is_right


def _go_on(attempt: Attempt[Outcome], user: User) -> Outcome:
    """What follows a built-in challenge that was passed."""
    return _next(replace(attempt, user=user), "")


def _next(attempt: Attempt[Outcome], client_public: str) -> Outcome:
    """Do what DefineAuthChallenge decides. `client_public` is SRP_A while it is not used up."""
    definition = custom_triggers.define(attempt)
    if definition.fail:
        raise _refusal(attempt)
    if definition.issue_tokens:
        return _issue_tokens(attempt)
    if not custom_challenges.may_go_on(attempt.history or ()):
        raise _refusal(attempt)
    if definition.challenge == NAME:
        return _pose(attempt, client_public)
    if definition.challenge == secure_remote_password.NAME and client_public:
        return secure_remote_password.start(attempt, {"SRP_A": client_public})
    return _pose_built_in(attempt, definition.challenge)


def _pose(attempt: Attempt[Outcome], client_public: str) -> Challenge:
    created = custom_triggers.create(attempt)
    state = {
        "private": created.private,
        "metadata": created.metadata,
        "client_public": client_public,
    }
    pending = sessions.pending(attempt, NAME, orjson.dumps(state).decode())
    name = attempt.user.username if attempt.user is not None else stand_in(attempt)[0]
    return Challenge(
        NAME,
        {**created.public, "USERNAME": name},
        sessions.seal(attempt.kernel, attempt.context, pending),
    )


def _pose_built_in(attempt: Attempt[Outcome], name: str | None) -> Challenge:
    """Raises `InvalidLambdaResponse` for a challenge that is none, or cannot be posed now."""
    user, challenge = attempt.user, None
    if user is None:
        raise _refusal(attempt)
    if name in SECOND_FACTORS:
        try:
            challenge = second_factor.pose(attempt, user, Decision.SECOND_FACTOR)
        except SecondFactorMissing:
            raise InvalidLambdaResponse from None
    elif name == "DEVICE_SRP_AUTH":
        challenge = devices.pose(attempt, user)
    elif name == new_password.NAME and attempt.factors and user.status == "FORCE_CHANGE_PASSWORD":
        challenge = new_password.pose(attempt, user)
    if challenge is None or challenge.name != name:
        raise InvalidLambdaResponse
    return challenge


def _issue_tokens(attempt: Attempt[Outcome]) -> Outcome:
    """The functions are satisfied; the user's state and the pool's second factor stay in force."""
    user = attempt.user
    if user is None:
        raise _refusal(attempt)
    done = replace(attempt, history=None, complete=completion.with_tokens)
    if any(each.name == NAME for each in attempt.history or ()):
        answers.forget(attempt)
    completion.check_state(user)
    if SECOND_FACTORS.intersection(attempt.factors):
        risk.assess(done, user)
        return done.complete(done, user)
    return proven.next_step(done, user)


def _refusal(attempt: Attempt[Outcome]) -> NotAuthorized:
    completion.count(attempt, "refused")
    return NotAuthorized()


def _spend(attempt: Attempt[Outcome], pending: Pending) -> None:
    """One answer for each round: a sign-in has several challenges of this name."""
    key = f"answered:{NAME}:{pending.sign_in_id}:{len(pending.history or ())}"
    if not attempt.kernel.shared_state.claim(key, sessions.lifetime(attempt.context)):
        raise SessionSpent


def _history(pending: Pending) -> tuple[Round, ...]:
    return tuple(Round(*each) for each in pending.history or ())
