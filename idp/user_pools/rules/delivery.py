"""Where a message goes, and how much of the address the answer shows (CodeDeliveryDetailsType)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.errors import InvalidParameter, NotAuthorized
from idp.user_pools.rules.attributes import is_email, is_phone_number, is_verified
from idp.user_pools.rules.trigger_events import NO_CLIENT

Settings = Mapping[str, Any]
Attributes = Mapping[str, str]

_RECOVERY = {"verified_email": "email", "verified_phone_number": "phone_number"}
# "In the absence of this setting, Amazon Cognito uses the legacy behavior to determine the
# recovery method where SMS is preferred over email" (AccountRecoverySetting).
_LEGACY_RECOVERY = ("phone_number", "email")
_SHOWN_DIGITS = 4


@dataclass(frozen=True)
class Destination:
    """An address of a user: the attribute that holds it, and its value."""

    attribute: str
    address: str

    @property
    def medium(self) -> str:
        """DeliveryMediumType."""
        return "SMS" if self.attribute == "phone_number" else "EMAIL"

    def details(self) -> dict[str, str]:
        """CodeDeliveryDetailsType, with the address masked."""
        return {
            "Destination": mask(self.address),
            "DeliveryMedium": self.medium,
            "AttributeName": self.attribute,
        }


@dataclass(frozen=True)
class Delivery:
    """One message that is to go out: what for, where to, and what it carries."""

    source: str
    """The CustomMessage trigger source, such as CustomMessage_SignUp."""
    destination: Destination
    code: str | None = field(repr=False)
    """A code or temporary password; None in a notification."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """ClientMetadata, for triggers."""
    client_id: str = NO_CLIENT
    in_background: bool = False
    """Where the time that a function and a mail server take must not tell who exists."""


def mask(address: str) -> str:
    """`jane@example.com` as `j***@e***`, `+15555550123` as `+*******0123`."""
    local, at, domain = address.partition("@")
    if at:
        return f"{local[:1]}***@{domain[:1]}***"
    digits = address.removeprefix("+")
    hidden = max(len(digits) - _SHOWN_DIGITS, 0)
    return "+" + "*" * hidden + digits[hidden:]


def sign_up_destination(settings: Settings, attributes: Attributes) -> Destination | None:
    """Where the sign-up code goes: to an auto-verified attribute, SMS before e-mail.

    None where the pool verifies none that the user has; an administrator confirms him then.
    """
    verified = settings.get("AutoVerifiedAttributes", ())
    for attribute in _LEGACY_RECOVERY:
        if attribute in verified and attributes.get(attribute):
            return Destination(attribute, attributes[attribute])
    return None


def recovery_destination(
    settings: Settings, attributes: Attributes, blocked: Collection[str] = ()
) -> Destination:
    """Where the forgot-password code goes: the first recovery method with a verified address that
    is not `blocked`, as one that second factors go to (`second_factors.not_for_recovery`).

    Raises `InvalidParameter` where there is none, `NotAuthorized` where only administrators may
    reset passwords.
    """
    for attribute in _recovery_attributes(settings):
        if attribute in blocked:
            continue
        if attributes.get(attribute) and is_verified(attributes, attribute):
            return Destination(attribute, attributes[attribute])
    raise InvalidParameter(
        "Cannot reset password for the user as there is no registered/verified email or "
        "phone_number"
    )


def simulated_destination(seed: bytes, settings: Settings, typed: str) -> Destination:
    """Where a code would go to a user who does not exist: stable, and in the pool's form.

    `seed` is derived from a secret, the pool and the name. What the caller typed is shown back
    masked where it is an address; any other name gets a made-up one.
    """
    methods = _recovery_attributes(settings)
    if is_phone_number(typed) and "phone_number" in methods:
        return Destination("phone_number", typed)
    if is_email(typed) and "email" in methods:
        return Destination("email", typed)
    return simulated_address(seed, "email" if "email" in methods else "phone_number", typed)


def simulated_address(seed: bytes, attribute: str, typed: str) -> Destination:
    """The same for one attribute."""
    if attribute == "email":
        first, second = (chr(ord("a") + byte % 26) for byte in seed[:2])
        return Destination("email", typed if is_email(typed) else f"{first}@{second}")
    made_up = f"+1{int.from_bytes(seed[:8]) % 10**10:010d}"
    return Destination("phone_number", typed if is_phone_number(typed) else made_up)


def _recovery_attributes(settings: Settings) -> tuple[str, ...]:
    mechanisms = settings.get("AccountRecoverySetting", {}).get("RecoveryMechanisms")
    if not mechanisms:
        return _LEGACY_RECOVERY
    ranked = sorted(mechanisms, key=lambda mechanism: int(mechanism["Priority"]))
    names = [mechanism["Name"] for mechanism in ranked]
    if names == ["admin_only"]:
        raise NotAuthorized("Contact administrator to reset password.")
    return tuple(_RECOVERY[name] for name in names if name in _RECOVERY)
