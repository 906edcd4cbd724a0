"""Where a documentation part belongs: an entity of the API, by the members of its type. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from gateway.control.errors import Invalid

Location = Mapping[str, str]

_ON_METHODS = ("path", "method")
_ON_RESPONSES = ("path", "method", "statusCode")
MEMBERS: Mapping[str, tuple[str, ...]] = {
    "API": (),
    "AUTHORIZER": ("name",),
    "METHOD": _ON_METHODS,
    "MODEL": ("name",),
    "PATH_PARAMETER": (*_ON_METHODS, "name"),
    "QUERY_PARAMETER": (*_ON_METHODS, "name"),
    "REQUEST_BODY": (*_ON_METHODS, "name"),
    "REQUEST_HEADER": (*_ON_METHODS, "name"),
    "RESOURCE": ("path",),
    "RESPONSE": _ON_RESPONSES,
    "RESPONSE_BODY": _ON_RESPONSES,
    "RESPONSE_HEADER": (*_ON_RESPONSES, "name"),
}
"""What a location of each type may say besides (DocumentationPartLocation)."""

NAMED = frozenset(kind for kind, members in MEMBERS.items() if "name" in members) - {"REQUEST_BODY"}
"""The types that need a name. The service model says so of REQUEST_BODY too, but a method has one
body, which is known without."""

DEFAULTS: Location = {"path": "/", "method": "*", "statusCode": "*"}
METHODS = frozenset({"*", "ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_PATH = re.compile(r"/[^\s\x00-\x1f]{0,1023}")
_STATUS = re.compile(r"[1-5]\d\d|\*", re.ASCII)
MOST_NAME_CHARACTERS = 256


def read_location(given: Mapping[str, str | None]) -> dict[str, str]:
    """The members of a location that say something, in their order. Raises `Invalid`."""
    kind = given.get("type") or ""
    if kind not in MEMBERS:
        raise Invalid("A documentation part needs the type of its location")
    location = {"type": kind}
    for member in ("path", "method", "statusCode", "name"):
        text = given.get(member)
        if not text or not text.strip():
            continue
        if member not in MEMBERS[kind]:
            raise Invalid(f"Invalid location: {member} is not for the type {kind}")
        location[member] = text
    _require_forms(location)
    return location


def key_of(location: Location) -> str:
    """The same for locations that mean the same: one that says nothing means its default."""
    members = {
        member: location.get(member) or DEFAULTS.get(member, "")
        for member in MEMBERS[location["type"]]
    }
    text = json.dumps([location["type"], members], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def described(location: Location) -> str:
    """A location as AWS names it in a refusal: `type 'RESOURCE', path '/'`."""
    return ", ".join(f"{member} '{value}'" for member, value in location.items())


def _require_forms(location: Location) -> None:
    if location["type"] in NAMED and not location.get("name"):
        raise Invalid(f"Invalid location: the type {location['type']} needs a name")
    if len(location.get("name", "")) > MOST_NAME_CHARACTERS:
        raise Invalid(f"A name in a location has at most {MOST_NAME_CHARACTERS} characters")
    if not _PATH.fullmatch(location.get("path", "/")):
        raise Invalid(
            "Invalid location: a path begins with a slash and has at most 1024 characters"
        )
    if location.get("method", "*") not in METHODS:
        raise Invalid(f"Invalid location: the method must be one of {', '.join(sorted(METHODS))}")
    if not _STATUS.fullmatch(location.get("statusCode", "*")):
        raise Invalid("Invalid location: the status code must be three digits or *")
