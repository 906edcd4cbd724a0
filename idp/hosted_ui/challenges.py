"""Where a sign-in goes after a step: to the screen of its next challenge, or to its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import orjson
from flask import Response

from idp.hosted_ui import passkey, paths
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.visit import Visit
from idp.oauth.sessions import SignedIn
from idp.texts import N_
from idp.user_pools.rules import second_factors
from idp.user_pools.services.sign_in import mfa_setup, new_password, second_factor
from idp.user_pools.services.sign_in.attempt import Challenge

P = ParamSpec("P")
_OfFlow = Callable[Concatenate[Visit, Flow, P], Response]

TOO_LATE = N_("This took too long. Please sign in again.")
CANNOT_SET_UP = N_(
    "Your account needs a second step to sign in, which only an administrator can set up."
)


def go_on(visit: Visit, outcome: SignedIn | Challenge, username: str) -> Response:
    """Each challenge that a flow of these pages can pose has a screen."""
    if isinstance(outcome, SignedIn):
        return visit.finish(outcome, passkey.offer(visit, outcome))
    if outcome.name == new_password.NAME:
        return visit.go(paths.NEW_PASSWORD, _new_password(outcome, username))
    if outcome.name == mfa_setup.NAME:
        return _set_up(visit, outcome, username)
    if outcome.name == second_factor.SELECT:
        options = tuple(orjson.loads(outcome.parameters["MFAS_CAN_CHOOSE"]))
        return visit.go(paths.CHOOSE_FACTOR, _choice(outcome, username, options))
    return visit.go(paths.SECOND_FACTOR, _second_factor(outcome, username))


def needs_flow(path: str) -> Callable[[_OfFlow[P]], Callable[Concatenate[Visit, P], Response]]:
    """For a screen within a sign-in: it gets what the screen before has left for its path. Who has
    nothing of that, or no more, starts again."""

    def decorate(screen: _OfFlow[P]) -> Callable[Concatenate[Visit, P], Response]:
        @wraps(screen)
        def with_flow(visit: Visit, /, *args: P.args, **kwargs: P.kwargs) -> Response:
            left = visit.flow.read(path)
            return start_again(visit) if left is None else screen(visit, left, *args, **kwargs)

        return with_flow

    return decorate


def start_again(visit: Visit, notice: str = TOO_LATE, username: str = "") -> Response:
    return visit.go(paths.SIGN_IN, Flow(paths.SIGN_IN, username, notice=notice))


def set_up_authenticator(visit: Visit, username: str, session: str) -> Response:
    """With a secret of its own, which the session carries."""
    _, associated = mfa_setup.associate(visit.kernel, session)
    flow = Flow(paths.SET_UP_AUTHENTICATOR, username, session=associated)
    return visit.go(paths.SET_UP_AUTHENTICATOR, flow)


def set_up_email(visit: Visit, username: str, session: str) -> Response:
    return visit.go(paths.SET_UP_EMAIL, Flow(paths.SET_UP_EMAIL, username, session=session))


def _new_password(challenge: Challenge, username: str) -> Flow:
    """What the challenge NEW_PASSWORD_REQUIRED leaves for this screen."""
    required = orjson.loads(challenge.parameters["requiredAttributes"])
    return Flow(
        paths.NEW_PASSWORD,
        username,
        session=challenge.session or "",
        required_attributes=tuple(name.removeprefix(new_password.PREFIX) for name in required),
    )


def _set_up(visit: Visit, challenge: Challenge, username: str) -> Response:
    """MFA_SETUP. A phone number is for administrators to add, as on AWS."""
    can_set_up = orjson.loads(challenge.parameters["MFAS_CAN_SETUP"])
    options = tuple(factor for factor in can_set_up if factor != second_factors.SMS)
    session = challenge.session or ""
    if not options:
        return start_again(visit, CANNOT_SET_UP, username)
    if len(options) > 1:
        return visit.go(paths.CHOOSE_FACTOR, _choice(challenge, username, options))
    if options[0] == second_factors.EMAIL:
        return set_up_email(visit, username, session)
    return set_up_authenticator(visit, username, session)


def _choice(challenge: Challenge, username: str, options: tuple[str, ...]) -> Flow:
    return Flow(
        paths.CHOOSE_FACTOR,
        username,
        session=challenge.session or "",
        challenge=challenge.name,
        options=options,
    )


def _second_factor(challenge: Challenge, username: str) -> Flow:
    return Flow(
        paths.SECOND_FACTOR,
        username,
        challenge.parameters.get("CODE_DELIVERY_DESTINATION", ""),
        challenge.session or "",
        challenge.name,
    )
