"""/forgotPassword: asks for a code. The answer is alike whether the account exists or not, where
the client hides that (PreventUserExistenceErrors)."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from idp.errors import IdpError
from idp.hosted_ui import fields, paths, wording
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.rules import delivery
from idp.user_pools.services import password_reset


def show(visit: Visit, username: str = "", alert: str = "") -> Response:
    return visit.show(
        Screen(
            "forgot_password",
            fields=(fields.sign_in_name(visit.context.pool),),
            values={"username": username or visit.parameter("login_hint")},
            alert=alert,
            links={"sign_in": visit.link(paths.SIGN_IN)},
        )
    )


def submit(visit: Visit, form: Mapping[str, str]) -> Response:
    username = form.get("username", "")
    if not username:
        return show(visit, alert=N_("Tell us which account it is."))
    try:
        destination = password_reset.start(
            visit.kernel, visit.context, username, {}, visit.asked.circumstances
        )
    except IdpError as error:
        return show(visit, username, wording.message(error))
    return visit.go(paths.RESET, Flow(paths.RESET, username, delivery.mask(destination.address)))
