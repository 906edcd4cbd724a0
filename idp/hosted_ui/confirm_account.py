"""/confirm and /resendcode: the code that proves a new account's address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Response

from idp.errors import IdpError
from idp.hosted_ui import fields, paths, wording
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.user_pools.rules import delivery
from idp.user_pools.services import sign_up


def show(
    visit: Visit,
    username: str = "",
    errors: Mapping[str, str] | None = None,
    alert: str = "",
) -> Response:
    """Who comes without a flow (another device, a later day) says his name as well."""
    left = visit.flow.read(paths.CONFIRM)
    links = {"sign_in": visit.link(paths.SIGN_IN)}
    if left:
        links["resend"] = visit.link(paths.RESEND)
    return visit.show(
        Screen(
            "confirm_account",
            fields=(fields.CODE,)
            if left
            else (fields.sign_in_name(visit.context.pool), fields.CODE),
            values={"username": username},
            errors=errors or {},
            alert=alert,
            notice=left.notice if left else "",
            links=links,
            destination=left.destination if left else "",
        )
    )


def submit(visit: Visit, form: Mapping[str, str]) -> Response:
    left = visit.flow.read(paths.CONFIRM)
    username = left.username if left else form.get("username", "")
    code = form.get("code", "")
    if not username or not code:
        return show(visit, username, {"code": "Enter the code."})
    try:
        sign_up.confirm(
            visit.kernel, visit.context, username, code, {}, here=visit.asked.circumstances
        )
    except IdpError as error:
        return show(visit, username, *wording.placed(error))
    notice = "Your account is confirmed. Sign in to continue."
    return visit.go(paths.SIGN_IN, Flow(paths.SIGN_IN, username, notice=notice))


def resend(visit: Visit, _form: Mapping[str, str]) -> Response:
    left = visit.flow.read(paths.CONFIRM)
    if left is None:
        return show(visit)
    try:
        destination = sign_up.resend(
            visit.kernel, visit.context, left.username, {}, visit.asked.circumstances
        )
    except IdpError as error:
        return show(visit, left.username, alert=wording.message(error))
    masked = delivery.mask(destination.address)
    sent = replace(left, destination=masked, notice="We sent a new code.")
    return visit.go(paths.CONFIRM, sent)
