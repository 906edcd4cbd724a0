"""/account: which sections there are, and /account/deleted, where nobody is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask import Response

from idp.hosted_ui import paths
from idp.hosted_ui.account import places
from idp.hosted_ui.account.person import Here, needs_person, show
from idp.hosted_ui.page import Screen
from idp.hosted_ui.translation import shown
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.rules import devices, first_factors, second_factors

TITLES: Mapping[str, tuple[str, str]] = {
    places.PROFILE: (N_("Profile"), N_("Your name, your addresses and what else is known")),
    places.PASSWORD: (N_("Password"), N_("Choose a new one")),
    places.PASSKEYS: (N_("Passkeys"), N_("Sign in without a password")),
    places.SECOND_STEP: (N_("Second step"), N_("Authenticator app, codes and recovery codes")),
    places.SESSIONS: (N_("Where you are signed in"), N_("Sign out here and elsewhere")),
    places.DEVICES: (N_("Devices"), N_("Which are remembered")),
    places.IDENTITIES: (N_("Linked accounts"), N_("Accounts elsewhere that sign you in")),
    places.APPLICATIONS: (N_("Applications"), N_("What you have allowed them")),
    places.DATA: (N_("Your data"), N_("Download what is kept about you")),
    places.DELETE: (N_("Delete account"), N_("For good")),
}


@needs_person(recently=False)
def show_all(visit: Visit, here: Here) -> Response:
    rows = [
        (visit.link(path), shown(TITLES[path][0]), shown(TITLES[path][1]))
        for path in _offered(visit, here)
    ]
    sign_out = f"/logout?client_id={visit.client.client_id}"
    return show(visit, here, places.ACCOUNT, details={"rows": rows, "sign_out": sign_out})


def _offered(visit: Visit, here: Here) -> Iterator[str]:
    settings = visit.context.pool.settings
    is_local = here.owner.user.status == "CONFIRMED"
    offered = {
        places.PASSWORD: is_local,
        places.PASSKEYS: is_local and "WEB_AUTHN" in first_factors.allowed(settings),
        places.SECOND_STEP: bool(second_factors.active(settings)),
        places.DEVICES: devices.tracking(settings) is not None,
    }
    return (path for path in TITLES if offered.get(path, True))


def show_deleted(visit: Visit) -> Response:
    return visit.show(Screen("account/deleted", links={"sign_in": visit.link(paths.SIGN_IN)}))


def nothing(visit: Visit, _form: Mapping[str, str]) -> Response:
    """These pages have no form."""
    return show_all(visit)
