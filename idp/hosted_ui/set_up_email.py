"""/setUpEmail: an e-mail address for codes, for a person whose account has none."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from idp.errors import IdpError, InvalidParameter, InvalidSession
from idp.hosted_ui import challenges, fields, local_sign_in, paths, wording
from idp.hosted_ui.flow import Flow
from idp.hosted_ui.page import Screen
from idp.hosted_ui.visit import Visit
from idp.texts import N_


@challenges.needs_flow(paths.SET_UP_EMAIL)
def show(
    visit: Visit,
    _left: Flow,
    form: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    alert: str = "",
) -> Response:
    return visit.show(
        Screen(
            "set_up_email",
            fields=(fields.EMAIL,),
            values=form or {},
            errors=errors or {},
            alert=alert,
            links={"sign_in": visit.link(paths.SIGN_IN)},
        )
    )


@challenges.needs_flow(paths.SET_UP_EMAIL)
def submit(visit: Visit, left: Flow, form: Mapping[str, str]) -> Response:
    if "email" not in form:
        return show(visit, form, {"email": N_("Enter your email address.")})
    try:
        outcome = local_sign_in.finish_set_up(
            visit.kernel, visit.context, left.session, {"EMAIL": form["email"]}, visit.asked
        )
    except InvalidSession as error:
        return challenges.start_again(visit, wording.message(error), left.username)
    except InvalidParameter:
        return show(visit, form, {"email": N_("This is not an email address.")})
    except IdpError as error:
        return show(visit, form, alert=wording.message(error))
    return challenges.go_on(visit, outcome, left.username)
