"""/account/applications: what people have allowed clients that ask them, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response
from sqlalchemy.orm import Session

from idp.hosted_ui import consent
from idp.hosted_ui.account import places
from idp.hosted_ui.account.person import Here, done, needs_person, show
from idp.hosted_ui.account.times import moment
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.services import consents, revocation
from idp.user_pools.services.consents import Allowed

WITHDRAWN = N_("The application may not do this any more, and is signed out.")
GONE = N_("You have not allowed this application anything.")


@needs_person(recently=False)
def show_list(visit: Visit, here: Here, alert: str = "") -> Response:
    found, said = visit.kernel.database.read(_found, visit, here)
    rows = [
        {
            "id": each.client_id,
            "name": each.client_name,
            "granted": moment(each.granted),
            "items": consent.items(each.scopes, said),
        }
        for each in found
    ]
    return show(visit, here, places.APPLICATIONS, alert=alert, details={"rows": rows})


@needs_person(recently=False)
def submit(visit: Visit, here: Here, form: Mapping[str, str]) -> Response:
    now = visit.kernel.clock.now()
    user_id, client_id = here.owner.user.id, form.get("withdraw", "")
    if not visit.kernel.database.write(consents.withdraw, user_id, client_id, now):
        return show_list(visit, GONE)
    revocation.announce(visit.kernel)
    return done(visit, places.APPLICATIONS, WITHDRAWN)


def _found(session: Session, visit: Visit, here: Here) -> tuple[list[Allowed], dict[str, str]]:
    allowed = consents.of_user(session, here.owner.user.id)
    return allowed, consent.descriptions(session, visit.client.pool_id)
