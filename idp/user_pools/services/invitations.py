"""Temporary passwords of users whom an administrator made, and the messages that bring them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from idp.errors import InvalidParameter
from idp.models import User, UserPool
from idp.user_pools.rules import first_factors, passwords
from idp.user_pools.rules.delivery import Delivery, Destination
from idp.user_pools.services import messages, pools
from kernel.runtime import Kernel

SOURCE = "CustomMessage_AdminCreateUser"
MEDIUMS = {"EMAIL": "email", "SMS": "phone_number"}


def is_passwordless(pool: UserPool, request: Mapping[str, Any]) -> bool:
    """Whether a new user gets no password, and so no invitation to change it.

    TemporaryPassword: "If you don't specify a value, Amazon Cognito generates one for you unless
    you have passwordless options active for your user pool." Only a verified address receives
    one-time passwords: whoever has none gets a temporary password all the same.
    """
    given = {each["Name"]: each.get("Value", "") for each in request.get("UserAttributes", [])}
    addresses = first_factors.verified_addresses(given)
    return not request.get("TemporaryPassword") and first_factors.can_be_passwordless(
        pool.settings, addresses
    )


def temporary_password(kernel: Kernel, pool: UserPool, given: str | None) -> str:
    """The administrator's choice, checked against the policy, or a generated one."""
    policy = pools.password_policy(pool)
    if given is None:
        return passwords.generate_temporary_password(policy, kernel.randomness)
    passwords.check_password_policy(policy, given)
    return given


def check_deliverable(request: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
    """Refuse, before anything is stored, an invitation that has no address to go to.

    A user without any address is created silently, as AWS does, unless mediums were asked for.
    """
    if request.get("MessageAction") == "SUPPRESS":
        return
    for medium in request.get("DesiredDeliveryMediums", ()):
        if not attributes.get(MEDIUMS[medium]):
            kind = "an email address" if medium == "EMAIL" else "a phone number"
            raise InvalidParameter(f"User has no {kind} to deliver the invitation to.")


def send(
    kernel: Kernel,
    pool: UserPool,
    user: User,
    temporary: str,
    mediums: Sequence[str],
    metadata: Mapping[str, str],
) -> None:
    """Send the temporary password over each medium for which the user has an address."""
    for destination in _destinations(user, mediums):
        delivery = Delivery(SOURCE, destination, temporary, metadata)
        messages.send(kernel, pool, user, delivery, messages.invitation_text(pool))


def welcome(
    kernel: Kernel, pool: UserPool, user: User, mediums: Sequence[str], client_id: str
) -> None:
    """Tell a migrated user that he is one now. He has his password: no message holds it."""
    for destination in _destinations(user, mediums):
        delivery = Delivery(SOURCE, destination, None, client_id=client_id, in_background=True)
        messages.send(kernel, pool, user, delivery, messages.WELCOME)


def _destinations(user: User, mediums: Sequence[str]) -> Iterator[Destination]:
    """Of each medium for which the user has an address."""
    for attribute in (MEDIUMS[medium] for medium in mediums):
        address = user.attributes.get(attribute)
        if address:
            yield Destination(attribute, address)
