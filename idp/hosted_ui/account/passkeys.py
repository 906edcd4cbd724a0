"""/account/passkeys: which there are, a new one, and removing one."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response
from sqlalchemy.orm import Session

from idp.errors import IdpError
from idp.hosted_ui import passkey, wording
from idp.hosted_ui.account import places
from idp.hosted_ui.account.person import Here, done, needs_person, show
from idp.hosted_ui.account.times import moment
from idp.hosted_ui.translation import shown
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.services import passkeys, users

ADDED = N_("Your passkey is ready. You can sign in with it from now on.")
REMOVED = N_("The passkey is removed. Delete it on your device as well.")
KINDS = (N_("Synced passkey"), N_("Security key"), N_("Passkey of a device"))
"""What `rules.passkeys.friendly_name` says."""


@needs_person(recently=True)
def show_list(visit: Visit, here: Here, alert: str = "") -> Response:
    rows = [
        {
            "id": each.credential_id,
            "name": shown(each.friendly_name),
            "created": moment(each.created),
            "used": moment(each.last_used),
        }
        for each in visit.kernel.database.read(
            passkeys.page, here.owner.user, "", passkeys.MOST_PASSKEYS
        )
    ]
    options = passkey.creation_options(visit, here.owner)
    details = {"rows": rows, "passkey": options}
    return show(visit, here, places.PASSKEYS, alert=alert, details=details)


@needs_person(recently=True)
def submit(visit: Visit, here: Here, form: Mapping[str, str]) -> Response:
    try:
        if "credential" in form:
            passkeys.complete_registration(visit.kernel, here.owner, form["credential"])
            return done(visit, places.PASSKEYS, ADDED)
        visit.kernel.database.write(_remove, here, form.get("remove", ""))
    except IdpError as error:
        return show_list(visit, wording.of_passkey(error))
    return done(visit, places.PASSKEYS, REMOVED)


def _remove(session: Session, here: Here, credential_id: str) -> None:
    user = users.by_id(session, here.owner.user.id, to_change=True)
    passkeys.forget(session, user, credential_id)
