"""What UserContextData and ContextData tell of a person's device and address.

EncodedData is what Amazon's client libraries collect: base64 of a JSON object whose `payload` is
JSON once more, and whose `signature` is keyed with the client's public id. It therefore proves
nothing and is not checked; what is said here lowers a risk only where it was known before. What
cannot be read is ignored, as in AWS: a library that changes its form must not lock people out.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from idp.errors import InvalidParameter
from idp.user_pools.rules.risk_policy import plain

MOST_ENCODED_CHARACTERS = 16_384
MOST_CHARACTERS = 256

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)

_VERSION = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class Described:
    """A device as its client describes it."""

    id: str = ""
    """What tells it from others; empty where the client does not say."""
    name: str = ""
    timezone: str = ""
    user_agent: str = ""


def read_encoded(encoded: str) -> Described:
    """What EncodedData describes; nothing where it cannot be read."""
    context = _context(encoded)
    values = {
        name: " ".join(value.split())[:MOST_CHARACTERS]
        for name, value in context.items()
        if isinstance(value, str) and value.isprintable()
    }
    return Described(
        id=values.get("DeviceId") or values.get("DeviceFingerprint", ""),
        name=values.get("DeviceName", ""),
        timezone=values.get("ClientTimezone", ""),
        user_agent=values.get("UserAgent", ""),
    )


def _context(encoded: str) -> Mapping[str, Any]:
    if not encoded or len(encoded) > MOST_ENCODED_CHARACTERS:
        return {}
    try:
        outer = orjson.loads(base64.b64decode(encoded, validate=True))
        payload = orjson.loads(outer["payload"])
        context = payload["contextData"]
    except (ValueError, KeyError, TypeError):
        return {}
    return context if isinstance(context, dict) else {}


def address(text: str) -> str:
    """An IP address in its usual form, without an IPv6 zone. Raises `InvalidParameter`."""
    try:
        if "%" in text:
            raise ValueError
        return str(plain(ipaddress.ip_address(text)))
    except ValueError:
        raise InvalidParameter("IpAddress of the context data is not an IP address.") from None


def plain_address(text: str) -> str:
    """The same for a caller's own address; what is no address is nothing that is known of him."""
    try:
        return address(text)
    except InvalidParameter:
        return ""


def device_name(user_agent: str) -> str:
    """What people call a browser, such as `Firefox 130, Linux`; empty for none that is known."""
    browser = next((pair for pair in BROWSERS if pair[0] in user_agent), None)
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser is None:
        return system
    version = _VERSION.match(user_agent.partition(browser[0])[2])
    named = f"{browser[1]} {version[0]}" if version else browser[1]
    return f"{named}, {system}" if system else named
