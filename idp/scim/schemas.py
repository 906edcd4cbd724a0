"""The schemas that the endpoint publishes and works by (RFC 7643 §7): what is here is kept, and
what is not is ignored.

The core schema lacks what a pool could not use: addresses, photos, instant messengers, roles,
entitlements and certificates.
"""

from __future__ import annotations

from typing import Any

from idp.scim.layout import Layout

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
POOL = "urn:ietf:params:scim:schemas:extension:poolgate:2.0:User"
"""Entra ID takes further attributes only below `urn:ietf:params:scim:schemas:extension:`."""

Document = dict[str, Any]


def user(layout: Layout) -> Document:
    """The core schema of users."""
    name = _attribute(
        "userName",
        "What the person signs in with. Only where an address is the username can it change.",
        required=True,
        uniqueness="server",
        caseExact=layout.is_case_exact,
        mutability="readWrite" if layout.username_kinds else "immutable",
    )
    attributes = [name, *_PERSON, *([_PASSWORD] if layout.takes_passwords else [])]
    return _schema(USER, "User", [*attributes, _emails(), _phone_numbers(), _groups()])


def group() -> Document:
    """The core schema of groups. Members are users: groups are not nested."""
    return _schema(
        GROUP,
        "Group",
        [
            _attribute(
                "displayName",
                "The group's name. Tokens have it with a hyphen for each space.",
                required=True,
                caseExact=True,
                uniqueness="server",
            ),
            _complex(
                "members",
                "The users in the group.",
                [
                    _immutable("value", "The user's id."),
                    _immutable("$ref", "The user's address.", "reference", ["User"]),
                    {**_immutable("type", "User."), "canonicalValues": ["User"]},
                ],
                multiValued=True,
            ),
        ],
    )


def enterprise() -> Document:
    """RFC 7643 §4.3. All of it is kept for the directory alone."""
    texts = ("employeeNumber", "costCenter", "organization", "division", "department")
    manager = _complex(
        "manager",
        "Who the person reports to.",
        [
            _attribute("value", "The manager's id.", caseExact=True),
            {**_attribute("$ref", "The manager's address."), **_reference(["User"])},
        ],
    )
    attributes = [*(_attribute(each, "Kept for the directory.") for each in texts), manager]
    return _schema(ENTERPRISE, "EnterpriseUser", attributes)


def pool(layout: Layout) -> Document:
    """The pool's other attributes: texts, as they are in the pool."""
    return _schema(
        POOL,
        "PoolUser",
        [
            _attribute(
                each.name,
                f"The pool's attribute {each.attribute}.",
                caseExact=True,
                mutability="readWrite" if each.is_mutable else "immutable",
            )
            for each in layout.extension
        ],
    )


def _schema(urn: str, name: str, attributes: list[Document]) -> Document:
    return {"id": urn, "name": name, "description": f"{name}.", "attributes": attributes}


def _attribute(name: str, description: str, **characteristics: Any) -> Document:
    return {
        "name": name,
        "type": "string",
        "multiValued": False,
        "description": description,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
        **characteristics,
    }


def _complex(
    name: str, description: str, parts: list[Document], **characteristics: Any
) -> Document:
    return _attribute(name, description, type="complex", subAttributes=parts, **characteristics)


def _immutable(
    name: str, description: str, kind: str = "string", refers: list[str] | None = None
) -> Document:
    more = {"referenceTypes": refers} if refers else {}
    return _attribute(name, description, type=kind, caseExact=True, mutability="immutable", **more)


def _reference(types: list[str]) -> Document:
    return {"type": "reference", "referenceTypes": types, "caseExact": True}


def _emails() -> Document:
    return _complex("emails", "One address: the primary one.", _contact(), multiValued=True)


def _phone_numbers() -> Document:
    text = "One number: the primary one, else the mobile one, else the first."
    return _complex("phoneNumbers", text, _contact(), multiValued=True)


def _contact() -> list[Document]:
    return [
        # The index that finds people by their address compares it to the letter.
        _attribute("value", "The address or number.", caseExact=True),
        _attribute("display", "A label."),
        _attribute("type", "What it is for.", canonicalValues=["work", "home", "mobile", "other"]),
        _attribute("primary", "Whether it is the preferred one.", type="boolean"),
    ]


def _groups() -> Document:
    parts = [
        {**_attribute("value", "The group's id."), "caseExact": True},
        {**_attribute("$ref", "The group's address."), **_reference(["Group"])},
        _attribute("display", "The group's name."),
        _attribute("type", "direct."),
    ]
    read_only = [{**each, "mutability": "readOnly"} for each in parts]
    text = "The groups that the person is in; change them at the groups."
    return _complex("groups", text, read_only, multiValued=True, mutability="readOnly")


_PERSON: list[Document] = [
    _complex(
        "name",
        "The parts of the person's name.",
        [
            _attribute("formatted", "The whole name; kept for the directory."),
            _attribute("familyName", "The pool's family_name."),
            _attribute("givenName", "The pool's given_name."),
            _attribute("middleName", "The pool's middle_name."),
            _attribute("honorificPrefix", "Kept for the directory."),
            _attribute("honorificSuffix", "Kept for the directory."),
        ],
    ),
    _attribute("displayName", "The pool's name."),
    _attribute("nickName", "The pool's nickname."),
    {**_attribute("profileUrl", "The pool's profile."), **_reference(["external"])},
    _attribute("title", "Kept for the directory."),
    _attribute("userType", "Kept for the directory."),
    _attribute("preferredLanguage", "Kept for the directory."),
    _attribute("locale", "The pool's locale."),
    _attribute("timezone", "The pool's zoneinfo."),
    _attribute("active", "Whether the person may sign in.", type="boolean"),
]
_PASSWORD = _attribute(
    "password",
    "A new password; the pool's policy applies.",
    caseExact=True,
    mutability="writeOnly",
    returned="never",
)
