"""EMAIL_OTP and SMS_OTP in place of a password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from idp.errors import InvalidSession, NotAuthorized
from idp.models import User, UserPool
from idp.user_pools.rules import delivery, usernames
from idp.user_pools.rules.delivery import Destination
from idp.user_pools.rules.first_factors import ONE_TIME_PASSWORDS
from idp.user_pools.rules.trigger_events import CODE_PARAMETER as CODE
from idp.user_pools.services import equal_time
from idp.user_pools.services.messages import Text
from idp.user_pools.services.sign_in import completion, offers, one_time_code, proven
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge, R, parameter
from idp.user_pools.services.sign_in.offers import Offers
from idp.user_pools.services.sign_in.one_time_code import Kind
from idp.user_pools.services.sign_in.sessions import Pending

FLOW = "one_time_code"
"""`Attempt.flow` while the code is waited for: EMAIL_OTP is a second factor's challenge as well."""

KINDS: Mapping[str, Kind] = {
    kind.challenge: kind for kind in (one_time_code.EMAIL_OTP, one_time_code.SMS_OTP)
}


def pose(attempt: Attempt[R], offered: Offers, name: str, link: str = "") -> Challenge:
    """Send a one-time password. Nobody who could not sign in by it is sent one; the answer does
    not tell, where the caller gives it in `equal_time.answered`. `link` is what an e-mail leads
    to, with the placeholder of the code in it."""
    user, attribute = attempt.user, ONE_TIME_PASSWORDS[name]
    if user is None or name not in offered.sendable:
        receiver, destination = None, _simulated(attempt, attribute)
    else:
        receiver, destination = user, Destination(attribute, user.attributes[attribute])
    text = replace(_text(attempt.context.pool), link=link)
    parameters = {"USERNAME": attempt.username}
    waiting = replace(attempt, flow=FLOW)
    return one_time_code.pose(waiting, receiver, KINDS[name], destination, text, parameters)


def respond(attempt: Attempt[R], pending: Pending, responses: Mapping[str, str]) -> Challenge | R:
    """Compare the code and go on. Raises what `one_time_code.check` raises."""
    if not is_first(pending):
        raise InvalidSession
    kind = KINDS[pending.challenge]
    with equal_time.refused(attempt.context, attempt.began):
        one_time_code.check(attempt, pending, kind, parameter(responses, kind.response))
    user = attempt.user
    if user is None:
        raise InvalidSession
    return _passed(replace(attempt.proved(kind.challenge), flow="choice"), user, kind.challenge)


def is_first(pending: Pending) -> bool:
    """Whether the code takes the place of a password, and is not a second factor."""
    return pending.flow == FLOW


def _passed(attempt: Attempt[R], user: User, name: str) -> Challenge | R:
    completion.check_state(user)
    if (
        name
        not in offers.of_user(
            attempt.kernel, attempt.context.pool, attempt.context.directory, user
        ).challenges
    ):
        # Since the code was sent he has got a second factor, or lost the address.
        raise NotAuthorized("One-time passwords are not available for this user.")
    return proven.next_step(attempt, user)


def _text(pool: UserPool) -> Text:
    """EmailMfaConfiguration: "for MFA and sign-in with email OTPs"; SmsAuthenticationMessage."""
    default = f"Your authentication code is {CODE}."
    email = pool.settings.get("MfaFactors", {}).get("Email") or {}
    return Text(
        pool.settings.get("SmsAuthenticationMessage", default),
        email.get("Subject", "Your authentication code"),
        email.get("Message", default),
    )


def _simulated(attempt: Attempt[R], attribute: str) -> Destination:
    pool = attempt.context.pool
    normalised = usernames.normalise(attempt.username, pool.settings)
    seed = attempt.kernel.sealer.derive("simulated-destination", pool.id, normalised)
    return delivery.simulated_address(seed, attribute, normalised)
