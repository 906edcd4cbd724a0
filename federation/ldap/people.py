"""Entries of a directory as people of a pool."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from federation.ldap.messages import Entry
from idp.user_pools.rules.attributes import is_storable
from idp.user_pools.rules.directory_settings import DirectorySettings, GroupSettings
from idp.user_pools.services.user_directories import Person

GUID = "objectguid"
GUID_BYTES = 16
LONGEST = 2048
DISABLED_BIT = 0x2
"""ADS_UF_ACCOUNTDISABLE of userAccountControl (MS-ADTS §2.2.16)."""
NEVER = (0, 2**63 - 1)
"""Values of accountExpires: "a value of 0 or 0x7FFFFFFFFFFFFFFF [...] indicates that the account
never expires"."""
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def wanted(settings: DirectorySettings) -> list[str]:
    """What is read of a person's entry."""
    names = [settings.id_attribute, settings.username_attribute, *settings.attributes.values()]
    if settings.is_active_directory:
        names += ["userAccountControl", "accountExpires"]
    if settings.groups and not settings.groups.base_dn:
        names.append(settings.groups.attribute)
    return sorted(set(names))


def person(entry: Entry, settings: DirectorySettings, now: datetime) -> Person | None:
    """Without his groups. None for an entry without DN, identifier or name: an empty DN would be
    bound to anonymously."""
    identifier = _identifier(entry.first(settings.id_attribute), settings)
    username = _storable(entry.text(settings.username_attribute))
    if not entry.dn or not identifier or not username:
        return None
    attributes = {
        name: _storable(entry.text(source)) for name, source in settings.attributes.items()
    }
    for address in settings.verified:
        attributes[f"{address}_verified"] = "true" if attributes[address] else "false"
    return Person(
        identifier,
        username,
        attributes,
        is_disabled=settings.is_active_directory and _is_disabled(entry, now),
    )


def identifier_octets(identifier: str, settings: DirectorySettings) -> bytes:
    """A person's id as the directory has it."""
    if settings.id_attribute.lower() == GUID:
        return uuid.UUID(identifier).bytes_le
    return identifier.encode()


def groups(names: Sequence[tuple[str, str]], settings: GroupSettings) -> frozenset[str]:
    """Groups of the pool, by DN and name of the directory's. What is written like a DN means the
    group that has it, and none that is only called so."""
    by_dn: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for key, group in settings.mapping.items():
        (by_dn if "=" in key else by_name)[_comparable(key)] = group
    found = {by_dn.get(_comparable(dn)) for dn, _ in names}
    found |= {by_name.get(_comparable(name)) for _, name in names if name}
    return frozenset(group for group in found if group)


def groups_of_attribute(entry: Entry, settings: GroupSettings) -> list[tuple[str, str]]:
    """DNs that the person's own entry lists, with the value of each one's first part."""
    values = entry.attributes.get(settings.attribute.lower(), ())
    return [(dn, _first_value(dn)) for dn in (each.decode(errors="replace") for each in values)]


def _identifier(value: bytes | None, settings: DirectorySettings) -> str:
    """objectGUID is binary, and its first three parts are little-endian (MS-DTYP §2.3.4.2)."""
    if value is None:
        return ""
    if settings.id_attribute.lower() == GUID:
        return str(uuid.UUID(bytes_le=value)) if len(value) == GUID_BYTES else ""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return ""
    return _storable(text)


def _storable(text: str | None) -> str:
    return text if text and len(text) <= LONGEST and is_storable(text) else ""


def _is_disabled(entry: Entry, now: datetime) -> bool:
    control = _number(entry.text("userAccountControl"))
    if control is not None and control & DISABLED_BIT:
        return True
    expires = _number(entry.text("accountExpires"))
    if expires is None or expires in NEVER:
        return False
    return (now - EPOCH) // timedelta(microseconds=1) * 10 >= expires


def _number(text: str | None) -> int | None:
    try:
        return None if text is None or len(text) > 20 else int(text)
    except ValueError:
        return None


def _comparable(name: str) -> str:
    """Spaces around the parts of a DN and the case of its letters tell nothing apart."""
    return ",".join(part.strip() for part in name.casefold().split(","))


def _first_value(dn: str) -> str:
    """`Admins` of `CN=Admins,OU=Groups,DC=example,DC=com`; empty where it needs unescaping."""
    first = dn.partition(",")[0]
    return "" if "\\" in first else first.partition("=")[2].strip()
