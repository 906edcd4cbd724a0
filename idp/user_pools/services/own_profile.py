"""What a signed-in person does to his own attributes and account, with a token or at the account
page: changing, proving and deleting them, and deleting himself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from idp.models import User
from idp.user_pools.rules.delivery import Delivery, Destination
from idp.user_pools.services import (
    attribute_verification,
    messages,
    own_triggers,
    profiles,
    revocation,
    users,
)
from idp.user_pools.services.access import Owner
from kernel.runtime import Kernel

Issued = list[attribute_verification.Issued]
Metadata = Mapping[str, str]


def update(
    kernel: Kernel, owner: Owner, changes: Mapping[str, str], metadata: Metadata
) -> list[Destination]:
    """UpdateUserAttributes. Answers where codes went for addresses that must be verified."""
    with _changing(kernel, owner, "UpdateUserAttributes"):
        user, issued = kernel.database.write(_update, kernel, owner, changes)
    for code, destination in issued:
        delivery = _delivery(
            "CustomMessage_UpdateUserAttribute", destination, code, owner, metadata
        )
        messages.send_code(kernel, owner.context.pool, user, delivery)
    return [destination for _, destination in issued]


def _update(
    session: Session, kernel: Kernel, owner: Owner, changes: Mapping[str, str]
) -> tuple[User, Issued]:
    context = owner.context
    user = users.by_id(session, owner.user.id, to_change=True)
    kinds = profiles.change_by_person(
        session, kernel, context.pool, user, changes, context.writable
    )
    issued = [attribute_verification.issue(session, kernel, user, kind) for kind in kinds]
    return user, issued


def delete_attributes(kernel: Kernel, owner: Owner, names: Sequence[str]) -> None:
    """DeleteUserAttributes."""

    def unit(session: Session) -> None:
        user = users.by_id(session, owner.user.id, to_change=True)
        writable = owner.context.writable
        profiles.delete(session, kernel, owner.context.pool, user, names, writable=writable)

    with _changing(kernel, owner, "DeleteUserAttributes"):
        kernel.database.write(unit)


def send_code(kernel: Kernel, owner: Owner, kind: str, metadata: Metadata) -> Destination:
    """GetUserAttributeVerificationCode: a code to the person's `email` or `phone_number`."""

    def unit(session: Session) -> attribute_verification.Issued:
        user = users.by_id(session, owner.user.id, to_change=True)
        return attribute_verification.issue(session, kernel, user, kind)

    code, destination = kernel.database.write(unit)
    delivery = _delivery("CustomMessage_VerifyUserAttribute", destination, code, owner, metadata)
    messages.send_code(kernel, owner.context.pool, owner.user, delivery)
    return destination


def verify(kernel: Kernel, owner: Owner, kind: str, code: str) -> None:
    """VerifyUserAttribute. Raises `CodeMismatch`, `ExpiredCode`, `LimitExceeded`."""
    with _changing(kernel, owner, "VerifyUserAttribute"):
        refusal = kernel.database.write(
            attribute_verification.enter, kernel, owner.context.pool, owner.user.id, kind, code
        )
    if refusal is not None:
        raise refusal


def delete(kernel: Kernel, owner: Owner) -> None:
    """DeleteUser."""

    def unit(session: Session) -> None:
        user = users.by_id(session, owner.user.id, to_change=True)
        users.delete_user(session, user, kernel.clock.now())

    kernel.database.write(unit)
    revocation.announce(kernel)
    context = owner.context
    own_triggers.deleted(kernel, context.pool, "DeleteUser", owner.user, context.client.id)


def _changing(kernel: Kernel, owner: Owner, operation: str) -> AbstractContextManager[None]:
    context = owner.context
    return own_triggers.changing(
        kernel, context.pool, operation, lambda: owner.user, context.client.id
    )


def _delivery(
    source: str, destination: Destination, code: str, owner: Owner, metadata: Metadata
) -> Delivery:
    return Delivery(source, destination, code, metadata, owner.context.client.id)
