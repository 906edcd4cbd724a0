"""/account/devices: the remembered ones, and forgetting one."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from idp.errors import IdpError
from idp.hosted_ui.account import places
from idp.hosted_ui.account.person import Here, done, needs_person, show
from idp.hosted_ui.account.times import moment
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.services import devices, revocation

MOST = 100
FORGOTTEN = N_("The device is forgotten, and signed out.")
GONE = N_("This device is not among yours any more.")


@needs_person(recently=False)
def show_list(visit: Visit, here: Here, alert: str = "") -> Response:
    rows = [
        {
            "id": each.device_key,
            "name": each.name or each.device_key.rpartition("_")[2][:8],
            "address": each.attributes.get("last_ip_used", ""),
            "used": moment(each.last_authenticated),
        }
        for each in visit.kernel.database.read(devices.page, here.owner.user.id, "", MOST)
    ]
    return show(visit, here, places.DEVICES, alert=alert, details={"rows": rows})


@needs_person(recently=False)
def submit(visit: Visit, here: Here, form: Mapping[str, str]) -> Response:
    now = visit.kernel.clock.now()
    try:
        visit.kernel.database.write(devices.forget, here.owner.user.id, form.get("forget", ""), now)
    except IdpError:
        return show_list(visit, GONE)
    revocation.announce(visit.kernel)
    return done(visit, places.DEVICES, FORGOTTEN)
