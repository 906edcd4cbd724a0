"""/account/delete: a person deletes himself, with all that is his."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from idp.errors import IdpError
from idp.hosted_ui import wording
from idp.hosted_ui.account import places
from idp.hosted_ui.account.person import Here, needs_person, show
from idp.hosted_ui.headers import protect
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.services import own_profile

CONFIRM = N_("Tick the box to delete your account.")


@needs_person(recently=True)
def show_form(visit: Visit, here: Here, alert: str = "") -> Response:
    return show(visit, here, places.DELETE, alert=alert)


@needs_person(recently=True)
def submit(visit: Visit, here: Here, form: Mapping[str, str]) -> Response:
    if form.get("sure") != "yes":
        return show_form(visit, CONFIRM)
    try:
        own_profile.delete(visit.kernel, here.owner)
    except IdpError as error:
        return show_form(visit, wording.message(error))
    response = Response(status=303, headers={"Location": visit.link(places.DELETED)})
    visit.provider.session_cookie(visit.client.pool_id).clear(response)
    visit.flow.clear(response)
    return protect(response)
