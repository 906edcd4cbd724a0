"""/signup: a new account."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from idp.errors import IdpError
from idp.hosted_ui import fields, paths, wording
from idp.hosted_ui.fields import Field
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit


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
            links={"sign_in": visit.link(paths.SIGN_IN)},
        )
    )


def submit(visit: Visit, form: Mapping[str, str]) -> Response:
    missing = {
        field.name: f"{field.label} is missing."
        for field in _fields(visit)
        if not form.get(field.name, "").strip()
    }
    if missing:
        return show(visit, form, missing)
    username = form["username"].strip()
    attributes = fields.attribute_values(form, fields.sign_up_attributes(visit.context.pool))
    try:
        made = visit.accounts.sign_up(visit.context, username, form["password"], attributes)
    except IdpError as error:
        field, message = wording.field(error), wording.message(error)
        return show(visit, form, {field: message} if field else {}, "" if field else message)
    if made.is_confirmed:
        notice = "Your account is ready. Sign in to continue."
        return visit.go(paths.SIGN_IN, Flow(paths.SIGN_IN, username, notice=notice))
    return visit.go(paths.CONFIRM, Flow(paths.CONFIRM, username, made.destination or ""))


def _fields(visit: Visit) -> list[Field]:
    pool = visit.context.pool
    attributes = fields.attribute_fields(fields.sign_up_attributes(pool))
    return [fields.new_username(pool), *attributes, fields.new_password(pool)]
