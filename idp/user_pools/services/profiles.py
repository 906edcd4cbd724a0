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
) -> list[str]:
    """Set attributes, and answer which addresses now wait for a verification code.

    AdminUpdateUserAttributes: "To skip the verification message [...] include the email_verified
    or phone_number_verified attribute, with a value of true."
    """
    stored = attributes.changed_attributes(pool.schema, changes)
    vouched = [each for each in usernames.ADDRESSES if attributes.is_verified(stored, each)]
    return _change(session, kernel, pool, user, stored, vouched)


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
    return _change(session, kernel, pool, user, stored, vouched=())


def change_by_directory(
    session: Session,
    pool: UserPool,
    user: User,
    changes: Mapping[str, str],
    now: datetime,
    *,
    are_verified: bool,
) -> None:
    """Set attributes at once, an address too: nobody is sent a code. Whether a changed address
    is the person's own is what the pool thinks of its directory."""
    stored = attributes.changed_attributes(pool.schema, changes)
    if not stored:
        return
    _check_preferred_username(pool, stored)
    _drop_pending(user, stored)
    flag = "true" if are_verified else "false"
    flags = {
        f"{kind}_verified": flag if stored[kind] else ""
        for kind in usernames.ADDRESSES
        if kind in stored
    }
    write(session, pool, user, {**stored, **flags}, now)


def _change(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    user: User,
    stored: Mapping[str, str],
    vouched: Collection[str],
) -> list[str]:
    _check_preferred_username(pool, stored)
    changed = [
        kind
        for kind in usernames.ADDRESSES
        if stored.get(kind) and _changes(user, stored, kind) and kind not in vouched
    ]
    update = pool.settings["UserAttributeUpdateSettings"]
    requires = update.get("AttributesRequireVerificationBeforeUpdate", ())
    kept_back = {kind: stored[kind] for kind in changed if kind in requires}
    _drop_pending(user, stored)
    user.pending_attributes = {**user.pending_attributes, **kept_back}
    write(session, pool, user, _at_once(user, stored, kept_back), kernel.clock.now())
    verifiable = {*kept_back, *pool.settings.get("AutoVerifiedAttributes", ())}
    return [kind for kind in changed if kind in verifiable]


def _at_once(user: User, stored: Mapping[str, str], kept_back: Collection[str]) -> dict[str, str]:
    """The changes that do not wait. A changed address is unverified unless they say otherwise."""
    waiting = {*kept_back, *(f"{kind}_verified" for kind in kept_back)}
    changes = {name: value for name, value in stored.items() if name not in waiting}
    for kind in usernames.ADDRESSES:
        if _changes(user, changes, kind):
            changes.setdefault(f"{kind}_verified", "false" if changes[kind] else "")
    return changes


def _drop_pending(user: User, names: Collection[str]) -> None:
    """A newer word on an address replaces the one that waits, also where it is to keep the old."""
    user.pending_attributes = {
        name: value for name, value in user.pending_attributes.items() if name not in names
    }


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
    _drop_pending(user, names)
    gone = {*names, *(f"{name}_verified" for name in names if name in usernames.ADDRESSES)}
    write(session, pool, user, dict.fromkeys(gone, ""), kernel.clock.now())


def mark_verified(
    session: Session, pool: UserPool, user: User, kind: str, now: datetime, value: str | None = None
) -> None:
    """An address was proved: it becomes the user's, and an alias where the pool has it as one."""
    changes = {f"{kind}_verified": "true"}
    if value is not None:
        changes[kind] = value
    _drop_pending(user, {kind})
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
