"""A company's directory (LDAP, Active Directory) as the source of a pool's people: its settings.

The document is the operator's (`poolgate pools directory`). The bind password is none of these: it
is sealed beside them (`services.user_directories`).
"""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from idp.user_pools.rules.directory_filters import IN_CHAIN, LONGEST, template, text
from idp.user_pools.rules.documented_settings import (
    Check,
    WrongSetting,
    flag,
    one_of,
    read,
    several,
    texts,
    whole_number,
)

ACTIVE_DIRECTORY = "active_directory"
SOURCE = "source"
PORTS = {"ldap": 389, "ldaps": 636}
MOST_CERTIFICATES = 200_000
"""Characters of PEM."""

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "ldap": {
        "user_filter": "(uid={username})",
        "id_attribute": "entryUUID",
        "username_attribute": "uid",
    },
    ACTIVE_DIRECTORY: {
        "user_filter": "(&(objectCategory=person)(objectClass=user)"
        "(|(sAMAccountName={username})(userPrincipalName={username})))",
        "id_attribute": "objectGUID",
        "username_attribute": "sAMAccountName",
    },
}
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}")
MANAGED = frozenset({"sub", "identities", "email_verified", "phone_number_verified"})


@dataclass(frozen=True)
class GroupSettings:
    """Which groups of the pool a person is in. Members of a group that the mapping does not name
    are the pool's own business."""

    mapping: Mapping[str, str]
    """Groups of the pool by the directory's, each by its DN (what has a `=`) or by its name."""
    attribute: str = "memberOf"
    """Of the person, with the DNs of his groups, where no `base_dn` says where to search."""
    base_dn: str = ""
    filter: str = "(member={dn})"
    name_attribute: str = "cn"
    nested: bool = False
    """Whether groups within groups count (Active Directory; needs `base_dn`)."""

    @property
    def searched_by(self) -> str:
        return IN_CHAIN if self.nested else self.filter


@dataclass(frozen=True)
class DirectorySettings:
    """Checked. Times are in the unit of their names."""

    urls: tuple[str, ...]
    """Asked in this order: the next where one does not answer."""
    base_dn: str
    mode: str
    """`migrate`: people become the pool's own users when they first sign in. `source`: the
    directory checks every password."""
    user_filter: str
    id_attribute: str
    username_attribute: str
    type: str = "ldap"
    start_tls: bool = False
    plain_on_loopback: bool = False
    """Whether passwords may go unencrypted to a directory on the same machine."""
    ca: str = field(default="", repr=False)
    """Certificates in PEM that the server's must come from; else the system's authorities."""
    bind_dn: str = ""
    """Who searches; nobody (an anonymous search) where it is empty."""
    scope: str = "subtree"
    attributes: Mapping[str, str] = field(default_factory=dict)
    """The directory's attributes by those of the pool that they fill."""
    verified: tuple[str, ...] = ()
    """Addresses that the directory vouches for: email, phone_number."""
    groups: GroupSettings | None = None
    timeout_seconds: int = 5
    """For everything that one request asks of the directory."""
    connections: int = 8
    """At a time, of each worker."""
    pause_seconds: int = 30
    """For how long a server that failed is left alone."""
    most_failures: int = 4
    failure_minutes: int = 30
    """So many wrong passwords of a person reach the directory; then none until nobody has tried
    for so long. Stay below the directory's own lock-out."""
    check_minutes: int = 15
    """How often it is asked whether people who are signed in are still there."""
    grace_minutes: int = 60
    """For how much longer they stay signed in while it cannot be asked."""

    @property
    def is_source(self) -> bool:
        return self.mode == SOURCE

    @property
    def is_active_directory(self) -> bool:
        return self.type == ACTIVE_DIRECTORY


def _attribute(value: Any) -> str:
    if not isinstance(value, str) or not _ATTRIBUTE.fullmatch(value):
        raise ValueError("must be the name of an attribute of the directory")
    return value


def _mapping(check_value: Check) -> Check:
    def check(value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or len(value) > 200:
            raise ValueError("must be an object of at most 200 members")
        return {text(name): check_value(each) for name, each in value.items()}

    return check


def _attributes(value: Any) -> dict[str, str]:
    mapping: dict[str, str] = _mapping(_attribute)(value)
    managed = MANAGED.intersection(mapping)
    if managed:
        raise ValueError(f"cannot fill {min(managed)}")
    return mapping


def _url(value: Any) -> str:
    """`ldap://HOST[:PORT]` or `ldaps://HOST[:PORT]`, and nothing more."""
    complaint = "must be a list of addresses such as ldaps://directory.example.com"
    if not isinstance(value, str) or len(value) > LONGEST:
        raise ValueError(complaint)
    try:
        parts = urlsplit(value)
        rest = (parts.path.strip("/"), parts.query, parts.fragment, parts.username)
        is_good = parts.scheme in PORTS and parts.hostname and not any(rest)
        _ = parts.port
    except ValueError:
        is_good = False
    if not is_good or re.search(r"\s", value):
        raise ValueError(complaint)
    return value


def _certificates(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_CERTIFICATES:
        raise ValueError("must be certificates in PEM")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=value)
    except (ssl.SSLError, ValueError):
        raise ValueError("must be certificates in PEM") from None
    return value


def _groups(value: Any) -> GroupSettings:
    try:
        found: GroupSettings = read(value, GROUP_CHECKS, _group_settings)
    except WrongSetting as error:
        raise ValueError(f"are wrong: {error}".rstrip(".")) from None
    return found


def _group_settings(**members: Any) -> GroupSettings:
    if "mapping" not in members:
        raise WrongSetting("mapping", "is missing")
    if "base_dn" not in members and members.keys() - {"mapping", "attribute"}:
        raise WrongSetting("base_dn", "is missing: it says where groups are searched")
    if members.get("nested") and "filter" in members:
        raise WrongSetting("filter", "cannot stand beside nested, which has one of its own")
    return GroupSettings(**members)


GROUP_CHECKS: Mapping[str, Check] = {
    "mapping": _mapping(text),
    "attribute": _attribute,
    "base_dn": text,
    "filter": template("dn", "username", known=frozenset({"dn", "username"})),
    "name_attribute": _attribute,
    "nested": flag,
}

CHECKS: Mapping[str, Check] = {
    "type": one_of(*DEFAULTS),
    "mode": one_of("migrate", SOURCE),
    "urls": several(_url, 5),
    "start_tls": flag,
    "plain_on_loopback": flag,
    "ca": _certificates,
    "bind_dn": text,
    "base_dn": text,
    "scope": one_of("subtree", "one_level", "base"),
    "user_filter": template("username", known=frozenset({"username"})),
    "id_attribute": _attribute,
    "username_attribute": _attribute,
    "attributes": _attributes,
    "verified": lambda value: tuple(sorted(texts(2, 20)(value))),
    "groups": _groups,
    "timeout_seconds": whole_number(1, 30),
    "connections": whole_number(1, 100),
    "pause_seconds": whole_number(1, 600),
    "most_failures": whole_number(1, 100),
    "failure_minutes": whole_number(1, 60),
    "check_minutes": whole_number(1, 24 * 60),
    "grace_minutes": whole_number(0, 7 * 24 * 60),
}
REQUIRED = ("mode", "urls", "base_dn")


def parse(document: Any) -> DirectorySettings:
    """The document without its secret. Raises `WrongSetting`."""
    if not isinstance(document, dict):
        raise WrongSetting("The document", "must be a JSON object")
    for name in REQUIRED:
        if not document.get(name):
            raise WrongSetting(name, "is missing")
    kind = document.get("type")
    defaults = DEFAULTS.get(kind if isinstance(kind, str) else "", DEFAULTS["ldap"])
    settings: DirectorySettings = read({**defaults, **document}, CHECKS, DirectorySettings)
    _check_encryption(settings)
    if not set(settings.verified) <= {"email", "phone_number"} & settings.attributes.keys():
        raise WrongSetting("verified", "may name email and phone_number, where attributes fill it")
    if settings.groups and settings.groups.nested and not settings.is_active_directory:
        raise WrongSetting("groups", "can be nested where type is active_directory")
    return settings


def _check_encryption(settings: DirectorySettings) -> None:
    """RFC 4513 §5.1.3: the name/password mechanism "is not suitable for authentication in
    environments without confidentiality protection"."""
    for url in map(urlsplit, settings.urls):
        if url.scheme == "ldaps" and settings.start_tls:
            raise WrongSetting("start_tls", "is for ldap:// addresses; ldaps:// is TLS already")
        if url.scheme == "ldaps" or settings.start_tls:
            continue
        if not (settings.plain_on_loopback and _is_loopback(url)):
            raise WrongSetting(
                "urls",
                "would send passwords unencrypted: use ldaps://, or start_tls; "
                "plain_on_loopback allows it to this machine alone",
            )


def _is_loopback(url: SplitResult) -> bool:
    host = url.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
