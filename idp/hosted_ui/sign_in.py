"""/login: username and password."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from idp.errors import CompromisedPasswordReset, IdpError, PasswordResetRequired, UserNotConfirmed
from idp.hosted_ui import challenges, federated_sign_in, fields, local_sign_in, paths, wording
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.services import magic_links


def show(visit: Visit, username: str = "", alert: str = "") -> Response:
    upstream = federated_sign_in.only_choice(visit)
    if upstream is not None:
        return federated_sign_in.begin(visit, upstream)
    left = visit.flow.read(paths.SIGN_IN)
    username = username or (left.username if left else visit.parameter("login_hint"))
    response = visit.show(
        Screen(
            "sign_in",
            fields=(fields.sign_in_name(visit.context.pool), fields.PASSWORD),
            values={"username": username},
            alert=alert,
            notice=left.notice if left else "",
            links=_links(visit),
            details={
                "asks_password": visit.client.signs_in_local_users,
                "upstreams": federated_sign_in.choices(visit),
            },
        )
    )
    if left:
        visit.flow.clear(response)
    return response


def submit(visit: Visit, form: Mapping[str, str]) -> Response:
    username, password = form.get("username", ""), form.get("password", "")
    if not username or not password:
        return show(visit, username, N_("Enter your name and your password."))
    try:
        outcome = local_sign_in.sign_in(
            visit.kernel, visit.context, username, password, visit.asked
        )
    except UserNotConfirmed:
        notice = N_("Your account is not confirmed yet.")
        return visit.go(paths.CONFIRM, Flow(paths.CONFIRM, username, notice=notice))
    except CompromisedPasswordReset as error:  # no code was sent: the person asks for one
        return show(visit, username, wording.message(error))
    except PasswordResetRequired:
        notice = N_("Your password has to be set anew. Enter the code that was sent to you.")
        return visit.go(paths.RESET, Flow(paths.RESET, username, notice=notice))
    except IdpError as error:
        return show(visit, username, wording.message(error))
    return challenges.go_on(visit, outcome, username)


def _links(visit: Visit) -> dict[str, str]:
    links = {"forgot_password": visit.link(paths.FORGOT)}
    if visit.client.takes_sign_ups:
        links["sign_up"] = visit.link(paths.SIGN_UP)
    if magic_links.are_sent(visit.kernel, visit.context):
        links["magic_link"] = visit.link(paths.MAGIC_LINK)
    return links
