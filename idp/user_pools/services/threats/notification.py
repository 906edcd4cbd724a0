"""Mail that tells a user of a risky sign-in, and asks whether it was he."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from idp.errors import CodeDeliveryFailure
from idp.models import User
from idp.user_pools.rules.attributes import is_verified
from idp.user_pools.rules.risk_policy import TEMPLATES, RiskPolicy
from idp.user_pools.services import messages
from idp.user_pools.services.threats import feedback
from idp.user_pools.services.threats.observation import Observation
from kernel.messaging.message import DeliveryFailed, Message
from kernel.runtime import Kernel

SOURCE = "AccountTakeOverNotification"

UNKNOWN = "unknown"

_DETAILS = (
    "Time: {login-time}\nDevice: {device-name}\nAddress: {ip-address}\nPlace: {city}, {country}\n\n"
    "If this was you, tell us: {one-click-link-valid}\n"
    "If it was not, change your password and tell us: {one-click-link-invalid}\n"
)


@dataclass(frozen=True)
class Template:
    """A mail with its placeholders. Without HTML it is sent as plain text alone."""

    subject: str
    text: str
    html: str | None = None


DEFAULTS: Mapping[str, Template] = {
    "BlockEmail": Template(
        "We blocked a sign-in to your account",
        "Hello,\n\nwe blocked an unusual sign-in to your account.\n\n" + _DETAILS,
    ),
    "MfaEmail": Template(
        "An unusual sign-in to your account",
        "Hello,\n\nan unusual sign-in to your account needed a second factor.\n\n" + _DETAILS,
    ),
    "NoActionEmail": Template(
        "An unusual sign-in to your account",
        "Hello,\n\nthere was an unusual sign-in to your account.\n\n" + _DETAILS,
    ),
}

_PLACEHOLDER = re.compile(r"\{[a-z-]{4,30}\}")


def send(
    kernel: Kernel, policy: RiskPolicy, action: str, user: User, seen: Observation, event_id: str
) -> None:
    """Tell the user in the background. An address that nobody has verified may be a stranger's."""
    address = user.attributes.get("email")
    if not address or not is_verified(user.attributes, "email"):
        return
    values = _values(kernel, user, seen, event_id)
    message = compose(_template(policy.notification, TEMPLATES[action]), address, values)

    def deliver() -> None:
        try:
            kernel.messenger.send(message)
        except DeliveryFailed:
            raise CodeDeliveryFailure from None

    messages.deliver_later(deliver, SOURCE)


def _template(configured: Mapping[str, Any], name: str) -> Template:
    given = configured.get(name)
    if given is None:
        return DEFAULTS[name]
    html = given.get("HtmlBody")
    text = given.get("TextBody") or _without_tags(html or "")
    return Template(given["Subject"], text, html)


def _without_tags(html: str) -> str:
    """Cut at the ends of tags: a search for each `<` would go through the whole text for every
    one that has no end."""
    *parts, rest = html.split(">")
    pieces = (part.partition("<") for part in parts)
    return "".join((*(text if opens else f"{text}>" for text, opens, _ in pieces), rest))


def _values(kernel: Kernel, user: User, seen: Observation, event_id: str) -> dict[str, str]:
    place = seen.place
    return {
        "{username}": user.username,
        "{ip-address}": seen.sighting.address or UNKNOWN,
        "{city}": place.city or UNKNOWN,
        "{country}": place.country_name or place.country or UNKNOWN,
        "{login-time}": f"{seen.sighting.at:%Y-%m-%d %H:%M:%S} UTC",
        "{device-name}": seen.device_name or UNKNOWN,
        "{one-click-link-valid}": feedback.link(kernel, user, event_id, "Valid"),
        "{one-click-link-invalid}": feedback.link(kernel, user, event_id, "Invalid"),
        "{event-id}": event_id,
        "{feedback-token}": feedback.token(kernel, user, event_id),
    }


def compose(template: Template, address: str, values: Mapping[str, str]) -> Message:
    """The mail with its values, which are escaped in HTML."""
    escaped = {name: escape(value) for name, value in values.items()}
    return Message(
        channel="email",
        to=address,
        subject=_filled(template.subject, values),
        body=_filled(template.text, values),
        code=None,
        html=None if template.html is None else _filled(template.html, escaped),
    )


def _filled(text: str, values: Mapping[str, str]) -> str:
    """In one pass: a name or device that looks like a placeholder stays as it is."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[0], found[0]), text)
