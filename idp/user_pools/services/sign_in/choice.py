"""USER_AUTH: the user chooses how he proves himself.

    InitiateAuth            → SELECT_CHALLENGE, or at once the PREFERRED_CHALLENGE; with the
                              ACCESS_TOKEN of a first factor the second one (`step_up`)
    SELECT_CHALLENGE        ANSWER → PASSWORD, PASSWORD_SRP, EMAIL_OTP, SMS_OTP, WEB_AUTHN
    PASSWORD, PASSWORD_SRP  the password, or SRP_A → PASSWORD_VERIFIER

Whatever a challenge needs may come along with the choice of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from idp.errors import InvalidParameter, NotAuthorized
from idp.user_pools.rules import first_factors, tiers
from idp.user_pools.services import equal_time
from idp.user_pools.services.sign_in import (
    offers,
    password,
    passwordless,
    risk,
    second_factor,
    secure_remote_password,
    sessions,
    web_authn,
)
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R
from idp.user_pools.services.sign_in.offers import Offers
from idp.user_pools.services.sign_in.sessions import Pending
from idp.user_pools.services.subjects import ClientContext

NAME = "SELECT_CHALLENGE"
PASSWORD = "PASSWORD"
PASSWORD_SRP = "PASSWORD_SRP"
NEEDS: Mapping[str, str] = {PASSWORD: "PASSWORD", PASSWORD_SRP: "SRP_A"}
"""What answers a challenge."""


def is_allowed(context: ClientContext) -> bool:
    """Whether the client's people can choose. Its setting may have outlived the tier that it
    needs."""
    flows = context.client.settings["ExplicitAuthFlows"]
    return "ALLOW_USER_AUTH" in flows and tiers.includes(context.pool.settings, "USER_AUTH")


def start(attempt: Attempt[R], parameters: Mapping[str, str]) -> Challenge | R:
    """The preferred challenge where the user can have it, else all that he can choose from.

    Raises `UserNotFound` and `UserNotConfirmed` where the caller may know it.
    """
    attempt = replace(attempt, flow="choice")
    tiers.check(attempt.context.pool.settings, "USER_AUTH")
    preferred = parameters.get("PREFERRED_CHALLENGE")
    if preferred is not None and preferred not in first_factors.CHALLENGES:
        raise InvalidParameter("PREFERRED_CHALLENGE is not a challenge that can be preferred.")
    challenge = _go_on(attempt) if preferred is None else None
    if challenge is not None:
        return challenge
    if preferred in offers.to_everybody(attempt.context):
        return _ask_password(attempt, preferred, parameters)
    with equal_time.answered(attempt.context, attempt.began):
        offered = offers.of_attempt(attempt)
        if preferred in offered.challenges:
            return _begin(attempt, offered, preferred, parameters)
        return _select(attempt, offered)


def pose(attempt: Attempt[R]) -> Challenge:
    """All that the user can choose from. Raises as `start`."""
    attempt = replace(attempt, flow="choice")
    with equal_time.answered(attempt.context, attempt.began):
        return _select(attempt, offers.of_attempt(attempt))


def respond(attempt: Attempt[R], pending: Pending, responses: Mapping[str, str]) -> Challenge | R:
    """SELECT_CHALLENGE: begin what the user has chosen, or finish it if its answer came along."""
    answer = responses.get("ANSWER")
    if answer in offers.to_everybody(attempt.context):
        return _ask_password(attempt, answer, responses)
    if answer == web_authn.NAME and pending.state and responses.get("CREDENTIAL"):
        return web_authn.respond(attempt, pending, responses)
    with equal_time.answered(attempt.context, attempt.began):
        offered = offers.of_attempt(attempt)
        if answer not in offered.challenges:
            raise InvalidParameter("ANSWER must be one of the available challenges.")
        return _begin(attempt, offered, answer, responses)


def respond_with_password(
    attempt: Attempt[R], pending: Pending, responses: Mapping[str, str]
) -> Challenge | R:
    """PASSWORD and PASSWORD_SRP, where the choice of it came without its answer."""
    if pending.challenge == PASSWORD:
        return password.start(attempt, responses)
    return secure_remote_password.start(attempt, responses)


def _go_on(attempt: Attempt[R]) -> Challenge | None:
    """The second factor alone, for who has a first one to his credit (`step_up`)."""
    user = attempt.user
    if user is None or user.status != "CONFIRMED" or not attempt.credited:
        return None
    if not second_factor.leads_to_level(attempt, user):
        return None
    risk.assess(attempt, user)
    return second_factor.pose_for_level(attempt, user)


def _begin(
    attempt: Attempt[R], offered: Offers, name: str, given: Mapping[str, str]
) -> Challenge | R:
    if name in passwordless.KINDS:
        return passwordless.pose(attempt, offered, name)
    if name == web_authn.NAME:
        return web_authn.pose(attempt, offered)
    return _ask_password(attempt, name, given)


def _ask_password(attempt: Attempt[R], name: str, given: Mapping[str, str]) -> Challenge | R:
    pending = sessions.pending(attempt, name)
    if given.get(NEEDS[name]):
        return respond_with_password(attempt, pending, given)
    token = sessions.seal(attempt.kernel, attempt.context, pending)
    return Challenge(name, {"USERNAME": attempt.username}, token)


def _select(attempt: Attempt[R], offered: Offers) -> Challenge:
    if not offered.challenges:
        raise NotAuthorized("No sign-in method is available for this user.")
    state, parameters = web_authn.ask(attempt, offered)
    pending = sessions.pending(attempt, NAME, state)
    return Challenge(
        NAME,
        {"USERNAME": attempt.username, **parameters},
        sessions.seal(attempt.kernel, attempt.context, pending),
        available=offered.challenges,
    )
