"""Tells a person at the address that he had before that his e-mail address or phone number was
changed at the account page. Who has taken an account over cannot hide it by changing them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from flask_babel import gettext

from idp.errors import CodeDeliveryFailure, UserNotFound
from idp.hosted_ui.account.person import Here
from idp.hosted_ui.translation import shown
from idp.hosted_ui.visit import Visit
from idp.texts import N_
from idp.user_pools.rules import usernames
from idp.user_pools.rules.attributes import is_verified
from idp.user_pools.rules.delivery import mask
from idp.user_pools.services import messages, users
from kernel.messaging.message import DeliveryFailed, Message

SOURCE = "AddressChanged"

SUBJECTS = {
    "email": N_("Your email address was changed"),
    "phone_number": N_("Your phone number was changed"),
}
CHANGED = {
    "email": N_("The email address of your account at %(application)s is now %(address)s."),
    "phone_number": N_("The phone number of your account at %(application)s is now %(address)s."),
}
REMOVED = {
    "email": N_("The email address of your account at %(application)s was removed."),
    "phone_number": N_("The phone number of your account at %(application)s was removed."),
}
NOT_YOU = N_("If this was not you, tell the people who run the application at once.")


def tell(visit: Visit, here: Here, before: Mapping[str, str]) -> None:
    """Send what there is to tell, in the background. `before` are the attributes as they were."""
    with suppress(UserNotFound):
        after = visit.kernel.database.read(users.by_id, here.owner.user.id).attributes
        for kind in usernames.ADDRESSES:
            if before.get(kind) and before[kind] != after.get(kind):
                _tell(visit, kind, after.get(kind), before)


def _tell(visit: Visit, kind: str, address: str | None, before: Mapping[str, str]) -> None:
    """By e-mail where that can be, else to the number. An address that nobody has verified may be
    a stranger's."""
    known = (each for each in ("email", kind) if before.get(each) and is_verified(before, each))
    to = next(known, None)
    if to is None:
        return
    application = visit.context.client.name
    if address:
        said = gettext(CHANGED[kind], application=application, address=mask(address))
    else:
        said = gettext(REMOVED[kind], application=application)
    message = Message(
        channel=messages.CHANNELS[to],
        to=before[to],
        subject=shown(SUBJECTS[kind]) if to == "email" else "",
        body=f"{said} {shown(NOT_YOU)}",
        code=None,
    )

    def deliver() -> None:
        try:
            visit.kernel.messenger.send(message)
        except DeliveryFailed:
            raise CodeDeliveryFailure from None

    messages.deliver_later(deliver, SOURCE)
