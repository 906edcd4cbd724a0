"""What a pool's users look like as SCIM resources: which name they have, and which attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from idp.models import UserPool
from idp.user_pools.rules import usernames
from idp.user_pools.rules.provisioning import Provisioning

ATTRIBUTE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,127}")
"""ATTRNAME (RFC 7644 §3.5.2), without the `$` that only `$ref` has."""

STANDARD = ("preferred_username", "gender", "birthdate", "picture", "website", "address")
"""Cognito's standard attributes that the core schema has no place for."""
CUSTOM = ("custom:", "dev:custom:")


@dataclass(frozen=True)
class ExtensionAttribute:
    """An attribute of the pool, as the pool's own extension has it."""

    name: str
    attribute: str
    """Its name in the pool."""
    is_mutable: bool


@dataclass(frozen=True)
class Layout:
    """Equal for all pools whose resources have the same schemas."""

    username_kinds: tuple[str, ...]
    """The addresses that stand for the username, the first one first; empty where people have a
    username of their own, which never changes (the password's verifier is bound to it)."""
    is_case_exact: bool
    takes_passwords: bool
    extension: tuple[ExtensionAttribute, ...]


def of_pool(pool: UserPool, settings: Provisioning) -> Layout:
    kinds = pool.settings.get("UsernameAttributes", ())
    return Layout(
        tuple(kind for kind in usernames.ADDRESSES if kind in kinds),
        usernames.is_case_sensitive(pool.settings),
        settings.takes_passwords,
        tuple(_extension(pool)),
    )


def _extension(pool: UserPool) -> Iterator[ExtensionAttribute]:
    """SCIM's names tell no case and have few characters: what cannot be named is left out, and so
    is the second of two that would have the same name."""
    seen: set[str] = set()
    for each in pool.schema:
        name = str(each["Name"]).replace(":", "_")
        is_ours = each["Name"] in STANDARD or str(each["Name"]).startswith(CUSTOM)
        if is_ours and ATTRIBUTE_NAME.fullmatch(name) and name.lower() not in seen:
            seen.add(name.lower())
            yield ExtensionAttribute(name, each["Name"], bool(each["Mutable"]))
