"""Changing a user's attributes, by an administrator or by the person himself.

An e-mail address or phone number that changes is no longer verified. Where the pool says so
(AttributesRequireVerificationBeforeUpdate), the new value of the person's own change waits until
its code comes back, and the old one stays in force.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from idp.models import User, UserPool
from idp.user_pools.rules import attributes, usernames
from idp.user_pools.services import users
from kernel.runtime import Kernel


def as_mapping(attribute_list: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """AttributeListType as a mapping; the last of two values wins, a missing one is empty."""
    return {attribute["Name"]: attribute.get("Value", "") for attribute in attribute_list}


def change_by_administrator(
    session: Session, kernel: Kernel, pool: UserPool, user: User, changes: Mapping[str, str]
) -> None:
    """Set attributes; an administrator may state that an address is verified."""
    stored = attributes.changed_attributes(pool.schema, changes)
    _check_preferred_username(pool, stored)
    unverified = {
        f"{kind}_verified": "false"
        for kind in usernames.ADDRESSES
        if _changes(user, stored, kind) and f"{kind}_verified" not in stored
    }
    write(session, pool, user, {**stored, **unverified}, kernel.clock.now())


def change_by_person(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    user: User,
    changes: Mapping[str, str],
    writable: Collection[str],
) -> list[str]:
    """Set attributes, and answer which addresses now wait for a verification code."""
    stored = attributes.changed_attributes(pool.schema, changes, writable=writable)
    _check_preferred_username(pool, stored)
    changed = [
        kind for kind in usernames.ADDRESSES if stored.get(kind) and _changes(user, stored, kind)
    ]
    update = pool.settings["UserAttributeUpdateSettings"]
    kept_back = [
        kind
        for kind in changed
        if kind in update.get("AttributesRequireVerificationBeforeUpdate", ())
    ]
    user.pending_attributes = {
        **user.pending_attributes,
        **{kind: stored[kind] for kind in kept_back},
    }
    at_once = {name: value for name, value in stored.items() if name not in kept_back}
    for kind in usernames.ADDRESSES:
        if kind in at_once and _changes(user, at_once, kind):
            at_once[f"{kind}_verified"] = "false" if at_once[kind] else ""
    write(session, pool, user, at_once, kernel.clock.now())
    verifiable = {*kept_back, *pool.settings.get("AutoVerifiedAttributes", ())}
    return [kind for kind in changed if kind in verifiable]


def delete(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    user: User,
    names: Sequence[str],
    *,
    writable: Collection[str] | None,
) -> None:
    """Delete attributes, and with an address its verified flag."""
    attributes.check_deletable(pool.schema, names, writable=writable)
    gone = {*names, *(f"{name}_verified" for name in names if name in usernames.ADDRESSES)}
    write(session, pool, user, dict.fromkeys(gone, ""), kernel.clock.now())


def mark_verified(
    session: Session, pool: UserPool, user: User, kind: str, now: datetime, value: str | None = None
) -> None:
    """An address was proved: it becomes the user's, and an alias where the pool has it as one."""
    changes = {f"{kind}_verified": "true"}
    if value is not None:
        changes[kind] = value
    user.pending_attributes = {
        name: pending for name, pending in user.pending_attributes.items() if name != kind
    }
    write(session, pool, user, changes, now)


def write(
    session: Session,
    pool: UserPool,
    user: User,
    changes: Mapping[str, str],
    now: datetime,
    *,
    take_over_aliases: bool = False,
) -> None:
    """Store checked values and index them; an empty value deletes its attribute."""
    user.attributes = attributes.without_empty({**user.attributes, **changes})
    user.modified = now
    users.index(session, pool, user, take_over=take_over_aliases)


def _changes(user: User, stored: Mapping[str, str], name: str) -> bool:
    return name in stored and stored[name] != user.attributes.get(name)


def _check_preferred_username(pool: UserPool, stored: Mapping[str, str]) -> None:
    if stored.get("preferred_username"):
        usernames.check_preferred_username(pool.settings, stored["preferred_username"])
