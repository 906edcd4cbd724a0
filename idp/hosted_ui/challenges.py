"""Where a sign-in goes after a step: to the screen of its next challenge, or to its end."""

from __future__ import annotations

import orjson
from flask import Response

from idp.hosted_ui import paths
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.visit import Visit
from idp.oauth.sessions import SignedIn
from idp.user_pools.services.sign_in import new_password
from idp.user_pools.services.sign_in.attempt import Challenge


def go_on(visit: Visit, outcome: SignedIn | Challenge, username: str) -> Response:
    """Each challenge that a flow of these pages can pose has a screen."""
    if isinstance(outcome, SignedIn):
        return visit.finish(outcome)
    return visit.go(paths.NEW_PASSWORD, _new_password(outcome, username))


def _new_password(challenge: Challenge, username: str) -> Flow:
    """What the challenge NEW_PASSWORD_REQUIRED leaves for this screen."""
    required = orjson.loads(challenge.parameters["requiredAttributes"])
    return Flow(
        paths.NEW_PASSWORD,
        username,
        session=challenge.session or "",
        required_attributes=tuple(name.removeprefix(new_password.PREFIX) for name in required),
    )
