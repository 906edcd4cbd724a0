"""/signup: a new account."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from idp.errors import IdpError
from idp.hosted_ui import fields, paths, terms, translation, wording
from idp.hosted_ui.fields import Field
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.rules import delivery
from idp.user_pools.services import sign_up
from idp.user_pools.services.sign_in import signed_up
from idp.user_pools.services.sign_up import Application


def show(
    visit: Visit,
    form: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    alert: str = "",
) -> Response:
    return visit.show(
        Screen(
            "sign_up",
            fields=_fields(visit),
            values=form or {"username": visit.parameter("login_hint")},
            errors=errors or {},
            alert=alert,
            links={
                "sign_in": visit.link(paths.SIGN_IN),
                **visit.kernel.database.look_up(
                    terms.shown, visit.kernel, visit.context, translation.present()
                ),
            },
        )
    )


def submit(visit: Visit, form: Mapping[str, str]) -> Response:
    missing = {
        field.name: N_("Please fill this in.") for field in _fields(visit) if field.name not in form
    }
    if missing:
        return show(visit, form, missing)
    username = form["username"]
    attributes = fields.attribute_values(form, fields.sign_up_attributes(visit.context.pool))
    try:
        made = sign_up.sign_up(
            visit.kernel,
            visit.context,
            Application(
                username,
                form["password"],
                attributes,
                circumstances=visit.asked.circumstances,
            ),
        )
    except IdpError as error:
        return show(visit, form, *wording.placed(error))
    if made.destination is not None:
        destination = delivery.mask(made.destination.address)
        # Tells the next screen that this browser has signed up, and so knows the password.
        session = signed_up.after_sign_up(visit.kernel, visit.context, made.user, username)
        flow = Flow(paths.CONFIRM, username, destination, session or "")
        return visit.go(paths.CONFIRM, flow)
    notice = (
        N_("Your account is ready. Sign in to continue.")
        if made.user.status == "CONFIRMED"
        else N_("Your account is made. An administrator has to confirm it before you can sign in.")
    )
    return visit.go(paths.SIGN_IN, Flow(paths.SIGN_IN, username, notice=notice))


def _fields(visit: Visit) -> list[Field]:
    pool = visit.context.pool
    attributes = fields.attribute_fields(fields.sign_up_attributes(pool))
    return [fields.new_username(pool), *attributes, fields.new_password(pool)]
