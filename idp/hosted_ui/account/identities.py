"""/account/identities: accounts at other providers that are this person's, and unlinking one."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response
from sqlalchemy.orm import Session

from idp.hosted_ui.account import places
from idp.hosted_ui.account.person import Here, done, needs_person, show
from idp.hosted_ui.account.times import moment
from idp.hosted_ui.visit import Visit
from idp.models.users import EXTERNAL_PROVIDER
from idp.texts import N_
from idp.user_pools.rules.provider_identities import ProviderIdentity
from idp.user_pools.services import linked_identities, users

UNLINKED = N_("The account is not linked any more.")
GONE = N_("This account is not among yours.")
ONLY_WAY = N_("You sign in by this account alone, so it cannot be unlinked.")


@needs_person(recently=True)
def show_list(visit: Visit, here: Here, alert: str = "") -> Response:
    rows = [
        {
            "number": number,
            "provider": each.provider,
            "name": each.value,
            "created": moment(each.created),
        }
        for number, each in enumerate(
            visit.kernel.database.read(linked_identities.of_user, here.owner.user.id)
        )
    ]
    return show(visit, here, places.IDENTITIES, alert=alert, details={"rows": rows})


@needs_person(recently=True)
def submit(visit: Visit, here: Here, form: Mapping[str, str]) -> Response:
    if here.owner.user.status == EXTERNAL_PROVIDER:
        return show_list(visit, ONLY_WAY)
    provider, name = form.get("provider", ""), form.get("name", "")
    if not visit.kernel.database.write(_unlink, visit, here, provider, name):
        return show_list(visit, GONE)
    return done(visit, places.IDENTITIES, UNLINKED)


def _unlink(session: Session, visit: Visit, here: Here, provider: str, name: str) -> bool:
    """Only what is among the person's own; his row is locked, so that it stays so."""
    user = users.by_id(session, here.owner.user.id, to_change=True)
    for each in linked_identities.of_user(session, user.id):
        if (each.provider, each.value) == (provider, name):
            identity = ProviderIdentity(each.provider, each.attribute, each.value)
            linked_identities.unlink(session, visit.kernel, visit.context.pool, identity)
            return True
    return False
