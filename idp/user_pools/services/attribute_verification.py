"""Codes that prove an e-mail address or phone number of a user who exists."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.errors import ExpiredCode, IdpError, InvalidParameter
from idp.models import User, UserPool
from idp.user_pools.rules import codes
from idp.user_pools.rules.delivery import Destination
from idp.user_pools.services import confirmation, profiles, users
from kernel.runtime import Kernel

Issued = tuple[str, Destination]


def issue(session: Session, kernel: Kernel, user: User, kind: str) -> Issued:
    """A code for the address that waits for one, else for the present one."""
    address = user.pending_attributes.get(kind) or user.attributes.get(kind)
    if not address:
        raise InvalidParameter(f"User does not have {kind} set.")
    destination = Destination(kind, address)
    purpose = codes.attribute_purpose(kind)
    return confirmation.issue(session, kernel, user, purpose, destination), destination


def enter(
    session: Session, kernel: Kernel, pool: UserPool, user_id: str, kind: str, code: str
) -> IdpError | None:
    """Take over the address that the code was sent to. The refusal is returned, not raised."""
    user = users.by_id(session, user_id, to_change=True)
    sent, refusal = confirmation.enter(session, kernel, user, codes.attribute_purpose(kind), code)
    if refusal is not None or sent is None:
        return refusal
    # The code proves the address it was sent to, which must still be one of the user's.
    if sent.destination not in (user.pending_attributes.get(kind), user.attributes.get(kind)):
        return ExpiredCode()
    now = kernel.clock.now()
    profiles.mark_verified(session, pool, user, kind, now, sent.destination)
    return None
