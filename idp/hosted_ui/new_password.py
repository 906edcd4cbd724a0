"""/newPassword: the first sign-in of a person whose account an administrator made."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from idp.errors import IdpError, NotAuthorized
from idp.hosted_ui import challenges, fields, local_sign_in, paths, wording
from idp.hosted_ui.fields import Field
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.texts import N_


@challenges.needs_flow(paths.NEW_PASSWORD)
def show(
    visit: Visit,
    left: Flow,
    form: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    alert: str = "",
) -> Response:
    return visit.show(
        Screen(
            "new_password_required",
            fields=_fields(visit, left),
            values=form or {},
            errors=errors or {},
            alert=alert,
            links={"sign_in": visit.link(paths.SIGN_IN)},
        )
    )


@challenges.needs_flow(paths.NEW_PASSWORD)
def submit(visit: Visit, left: Flow, form: Mapping[str, str]) -> Response:
    attributes = fields.attribute_values(form, left.required_attributes)
    try:
        outcome = local_sign_in.choose_password(
            visit.kernel,
            visit.context,
            left.session,
            form.get("password", ""),
            attributes,
            visit.asked,
        )
    except NotAuthorized as error:
        return challenges.start_again(visit, wording.message(error), left.username)
    except IdpError as error:
        return show(visit, form, *wording.placed(error))
    return challenges.go_on(visit, outcome, left.username)


def _fields(visit: Visit, left: Flow) -> list[Field]:
    password = fields.new_password(visit.context.pool, N_("New password"))
    return [*fields.attribute_fields(left.required_attributes), password]
