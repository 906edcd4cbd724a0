"""/account/password: a new password in place of the present one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Response

from idp.errors import IdpError, NotAuthorized, PasswordAttemptsExceeded
from idp.hosted_ui import fields, wording
from idp.hosted_ui.account import places
from idp.hosted_ui.account.person import Here, done, needs_person, show
from idp.hosted_ui.fields import Field
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.services import credentials, password_change

PREVIOUS = replace(fields.PASSWORD, name="previous_password", label=N_("Present password"))
CHANGED = N_("Your password is changed. Other browsers have to sign in again.")
WRONG = N_("This is not your present password.")


@needs_person(recently=True)
def show_form(
    visit: Visit, here: Here, errors: Mapping[str, str] | None = None, alert: str = ""
) -> Response:
    if here.owner.user.status != "CONFIRMED":
        return done(visit, places.ACCOUNT, "")
    return show(
        visit, here, places.PASSWORD, fields=_fields(visit, here), errors=errors, alert=alert
    )


@needs_person(recently=True)
def submit(visit: Visit, here: Here, form: Mapping[str, str]) -> Response:
    missing = {each.name for each in _fields(visit, here)} - form.keys()
    if here.owner.user.status != "CONFIRMED" or missing:
        text = N_("Please fill this in.")
        return show_form(visit, dict.fromkeys(sorted(missing), text))
    try:
        password_change.change(
            visit.kernel,
            here.owner,
            form.get(PREVIOUS.name),
            form["password"],
            visit.asked.circumstances,
        )
    except PasswordAttemptsExceeded as error:
        return show_form(visit, alert=wording.message(error))
    except IdpError as error:
        if type(error) is NotAuthorized:
            return show_form(visit, {PREVIOUS.name: WRONG})
        return show_form(visit, *wording.placed(error))
    # Browser sessions from before a new password are over (`sessions.find`), this one as well.
    renewed = replace(here.signed_in, auth_time=visit.kernel.clock.now())
    return visit.start_session(renewed, lambda _: done(visit, places.ACCOUNT, CHANGED))


def _fields(visit: Visit, here: Here) -> list[Field]:
    new = fields.new_password(visit.context.pool, N_("New password"))
    has_one = bool(credentials.open_credential(visit.kernel, here.owner.user))
    return [PREVIOUS, new] if has_one else [new]
