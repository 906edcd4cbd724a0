"""SCIM's representation of a user, and what it says of the pool's user: pure, both ways.

Representations are JSON documents by SCIM's names. What the pool has an attribute for is there;
the rest of what the schemas have is kept beside the user (`ScimResource.details`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from idp.models import User
from idp.scim import schemas
from idp.scim.layout import Layout
from idp.user_pools.rules import usernames
from idp.user_pools.rules.attributes import is_phone_number
from idp.user_pools.services.provisioned_users import Provisioned, Wanted

Document = dict[str, Any]

NAME_PARTS: Mapping[str, str] = {
    "familyName": "family_name",
    "givenName": "given_name",
    "middleName": "middle_name",
}
ATTRIBUTES: Mapping[str, str] = {
    "displayName": "name",
    "nickName": "nickname",
    "profileUrl": "profile",
    "locale": "locale",
    "timezone": "zoneinfo",
}
KEPT = ("title", "userType", "preferredLanguage")
KEPT_NAME_PARTS = ("formatted", "honorificPrefix", "honorificSuffix")
CONTACT = ("type", "display", "primary")
NO_PHONE = ("fax", "pager")
_SEPARATORS = str.maketrans("", "", " -.()\u00a0")


def describe(layout: Layout, person: Provisioned) -> Document:
    """The representation, without `meta` and `groups`, which need addresses."""
    own, kept = person.user.attributes, person.details
    document = {
        "id": person.user.id,
        "externalId": person.external_id,
        "userName": shown_name(layout, person.user),
        "name": {
            **kept.get("name", {}),
            **{part: own[name] for part, name in NAME_PARTS.items() if name in own},
        },
        **{member: own[name] for member, name in ATTRIBUTES.items() if name in own},
        **{member: kept[member] for member in KEPT if member in kept},
        "active": person.user.enabled,
        "emails": _contacts(kept.get("email", {}), own.get("email")),
        "phoneNumbers": _contacts(kept.get("phone_number", {}), _phone(kept, own)),
        schemas.ENTERPRISE: kept.get("enterprise"),
        schemas.POOL: {
            each.name: own[each.attribute] for each in layout.extension if each.attribute in own
        },
    }
    present = {name: value for name, value in document.items() if value not in (None, {}, [])}
    extensions = [urn for urn in (schemas.ENTERPRISE, schemas.POOL) if urn in present]
    return {"schemas": [schemas.USER, *extensions], **present}


def shown_name(layout: Layout, user: User) -> str:
    """`userName`: the address that is the username, else the username itself."""
    kind = name_kind(layout, user)
    return user.username if kind is None else str(user.attributes[kind])


def name_kind(layout: Layout, user: User) -> str | None:
    """Which attribute `userName` is. Who came from another provider has the name it gave them."""
    if usernames.came_from_elsewhere(user.attributes):
        return None
    return next((kind for kind in layout.username_kinds if user.attributes.get(kind)), None)


def read(layout: Layout, document: Document) -> Wanted:
    """What a representation says of the pool's user. A missing value is an empty attribute."""
    name = document.get("name") or {}
    email = _chosen(document.get("emails"), "work")
    phones = [
        each for each in document.get("phoneNumbers") or () if each.get("type") not in NO_PHONE
    ]
    phone = _chosen(phones, "mobile")
    extension = document.get(schemas.POOL) or {}
    return Wanted(
        name=document["userName"],
        attributes={
            **{own: name.get(part) or "" for part, own in NAME_PARTS.items()},
            **{own: document.get(member) or "" for member, own in ATTRIBUTES.items()},
            **{each.attribute: extension.get(each.name) or "" for each in layout.extension},
            "email": email.get("value") or "",
            "phone_number": _number(phone.get("value") or ""),
        },
        enabled=document.get("active"),
        password=document.get("password"),
        external_id=document.get("externalId") or None,
        details=_details(document, name, email, phone),
    )


def _details(document: Document, name: Document, email: Document, phone: Document) -> Document:
    parts = {part: name[part] for part in KEPT_NAME_PARTS if name.get(part)}
    details = {
        **{member: document.get(member) for member in KEPT},
        "name": parts,
        "enterprise": document.get(schemas.ENTERPRISE),
        "email": {each: email[each] for each in CONTACT if each in email},
        # Its spelling too: "+1 425 555 0100" shall come back as it was sent.
        "phone_number": {each: phone[each] for each in (*CONTACT, "value") if each in phone},
    }
    return {member: value for member, value in details.items() if value}


def _contacts(kept: Document, value: str | None) -> list[Document]:
    return [{**kept, "value": value}] if value else []


def _phone(kept: Mapping[str, Any], own: Mapping[str, str]) -> str | None:
    """The number as the directory writes it, while it is the pool's; or one that no pool takes."""
    written = kept.get("phone_number", {}).get("value")
    present = own.get("phone_number")
    return written if written and _number(written) == (present or "") else present


def _number(written: str) -> str:
    """The number in the form of E.164; empty where it has no such form (RFC 3966 §5.1.1: visual
    separators mean nothing)."""
    number = written.removeprefix("tel:").translate(_SEPARATORS)
    return number if is_phone_number(number) else ""


def _chosen(entries: Sequence[Document] | None, kind: str) -> Document:
    """The one of several addresses that the pool keeps. One that no directory has described has
    no type, and gives way to one that has."""
    if not entries:
        return {}

    def rank(entry: Document) -> tuple[bool, bool, bool]:
        return entry.get("primary") is not True, entry.get("type") != kind, not entry.get("type")

    return min(entries, key=rank)
