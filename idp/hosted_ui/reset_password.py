"""/confirmforgotPassword: the code, and the new password."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from idp.errors import IdpError
from idp.hosted_ui import fields, paths, wording
from idp.hosted_ui.fields import Field
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.services import password_reset


def show(
    visit: Visit,
    form: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    alert: str = "",
) -> Response:
    left = visit.flow.read(paths.RESET)
    return visit.show(
        Screen(
            "reset_password",
            fields=_fields(visit, left),
            values=form or {},
            errors=errors or {},
            alert=alert,
            notice=left.notice if left else "",
            links={
                "sign_in": visit.link(paths.SIGN_IN),
                "forgot_password": visit.link(paths.FORGOT),
            },
            destination=left.destination if left else "",
        )
    )


def submit(visit: Visit, form: Mapping[str, str]) -> Response:
    left = visit.flow.read(paths.RESET)
    missing = {
        field.name: N_("Please fill this in.")
        for field in _fields(visit, left)
        if field.name not in form
    }
    if missing:
        return show(visit, form, missing)
    username = left.username if left else form["username"]
    try:
        password_reset.confirm(
            visit.kernel,
            visit.context,
            username,
            form["code"],
            form["password"],
            {},
            visit.asked.circumstances,
        )
    except IdpError as error:
        return show(visit, form, *wording.placed(error))
    notice = N_("Your new password is set. Sign in to continue.")
    return visit.go(paths.SIGN_IN, Flow(paths.SIGN_IN, username, notice=notice))


def _fields(visit: Visit, left: Flow | None) -> list[Field]:
    pool = visit.context.pool
    code = [fields.CODE, fields.new_password(pool, N_("New password"))]
    return code if left else [fields.sign_in_name(pool), *code]
