"""Users as rows: finding them by any of their names, indexing their attributes, describing them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from idp.errors import AliasExists, InvalidParameter, UsernameExists, UserNotFound
from idp.models import SearchableAttribute, SignInName, User, UserPool
from idp.user_pools.rules import second_factors, usernames
from idp.user_pools.services import quick_reads, reserved_names, revocation
from kernel.statements import Rows

LONGEST_NAME = 1024
"""Bytes of a normalised name: what an index of every database takes."""
LONGEST_FILTER = 256


def find_by_sign_in_name(
    session: Session, pool: UserPool, name: str, *, to_change: bool = False
) -> User | None:
    """The user whom a person means by the name that he typed. A `sub` is none.

    Nobody else changes a user who was found `to_change` before the unit of work has ended.
    """
    normalised = usernames.normalise(name, pool.settings)
    query = (
        select(User)
        .join(SignInName, SignInName.user_id == User.id)
        .where(SignInName.pool_id == pool.id, SignInName.name == normalised)
    )
    return session.scalar(query.with_for_update(of=User) if to_change else query)


def find(session: Session, pool: UserPool, name: str, *, to_change: bool = False) -> User | None:
    """The user whom a sign-in name stands for, or a `sub`, as administrators may write."""
    return _by_sub_or_name(
        pool,
        name,
        lambda: session.get(User, name, with_for_update=to_change),
        lambda: find_by_sign_in_name(session, pool, name, to_change=to_change),
    )


def require(session: Session, pool: UserPool, name: str, *, to_change: bool = False) -> User:
    """The user of that name, for callers who may know. Raises `UserNotFound`."""
    user = find(session, pool, name, to_change=to_change)
    if user is None:
        raise UserNotFound
    return user


def look(rows: Rows, pool: UserPool, name: str) -> User:
    """`require`, for units that change nothing. Raises `UserNotFound`."""
    user = look_for(rows, pool, name)
    if user is None:
        raise UserNotFound
    return user


def look_for(rows: Rows, pool: UserPool, name: str) -> User | None:
    """`find`, for units that change nothing."""
    return _by_sub_or_name(
        pool,
        name,
        lambda: quick_reads.user_by_id(rows, name),
        lambda: quick_reads.user_by_name(rows, pool.id, usernames.normalise(name, pool.settings)),
    )


def look_for_sign_in_name(rows: Rows, pool: UserPool, name: str) -> User | None:
    """`find_by_sign_in_name`, for units that change nothing."""
    return quick_reads.user_by_name(rows, pool.id, usernames.normalise(name, pool.settings))


def _by_sub_or_name(
    pool: UserPool,
    name: str,
    by_sub: Callable[[], User | None],
    by_name: Callable[[], User | None],
) -> User | None:
    """The `sub` comes first: another user who calls himself so must not get what is meant for
    it."""
    if usernames.may_be_sub(name):
        user = by_sub()
        if user is not None and user.pool_id == pool.id:
            return user
    return by_name()


def by_id(session: Session, user_id: str, *, to_change: bool = False) -> User:
    """A user who was there a moment ago. Raises `UserNotFound` where he is deleted by now."""
    user = session.get(User, user_id, with_for_update=to_change)
    if user is None:
        raise UserNotFound
    return user


def index(session: Session, pool: UserPool, user: User, *, take_over: bool = False) -> None:
    """Write the names and searchable attributes of a new or changed user.

    An alias that another user holds raises `AliasExists`, or is taken from him where the caller
    says so (ForceAliasCreation); a username raises `UsernameExists`, and one that is another
    provider's to give `InvalidParameter`.
    """
    wanted = usernames.sign_in_names(pool.settings, user.username, user.status, user.attributes)
    check_lengths(wanted)
    if not usernames.came_from_elsewhere(user.attributes):
        reserved_names.check(session, pool, user.id, wanted)
    taken = session.scalars(
        select(SignInName).where(
            SignInName.pool_id == pool.id,
            SignInName.name.in_([name for _, name in wanted]),
            SignInName.user_id != user.id,
        )
    ).all()
    for row in taken:
        _resolve(session, pool, row, wanted, take_over)
    session.execute(delete(SignInName).where(SignInName.user_id == user.id))
    session.execute(delete(SearchableAttribute).where(SearchableAttribute.user_id == user.id))
    for kind, name in wanted:
        session.add(SignInName(pool_id=pool.id, name=name, user_id=user.id, kind=kind))
    for attribute, value in searchable(user).items():
        session.add(
            SearchableAttribute(pool_id=pool.id, name=attribute, value=value, user_id=user.id)
        )
    session.flush()


def check_lengths(names: set[tuple[str, str]]) -> None:
    """One character may become eighteen when names are normalised (U+FDFA does), or none.

    Raises `InvalidParameter`.
    """
    for kind, name in names:
        if not name:
            raise InvalidParameter(f"The {kind} has no visible characters.")
        if len(name.encode()) > LONGEST_NAME:
            raise InvalidParameter(f"The {kind} is too long to sign in with.")


def _resolve(
    session: Session,
    pool: UserPool,
    row: SignInName,
    wanted: set[tuple[str, str]],
    take_over: bool,
) -> None:
    kind = next(kind for kind, name in wanted if name == row.name)
    if kind == "username":
        raise UsernameExists
    if not (take_over and row.kind == kind and _can_change_hands(pool, kind)):
        raise AliasExists(f"An account with the given {kind} already exists.")
    previous = by_id(session, row.user_id, to_change=True)
    # AWS: "the API call migrates the alias from the previous user to the newly created user".
    previous.attributes = {**previous.attributes, f"{kind}_verified": "false"}
    session.delete(row)
    session.flush()


def _can_change_hands(pool: UserPool, kind: str) -> bool:
    """ConfirmSignUp, ForceAliasCreation: only "the phone number or email address as an alias".

    Whoever confirms has proved such an address. A preferred_username proves nothing, and an
    address that is the username itself is all that its user signs in with.
    """
    return kind in usernames.ADDRESSES and kind in pool.settings.get("AliasAttributes", ())


def searchable(user: User) -> dict[str, str]:
    """What ListUsers can filter by, in the form it is compared in."""
    names = ("attributes", "username", "id", "status", "enabled")
    return searchable_values({name: getattr(user, name) for name in names})


def searchable_values(row: Mapping[str, Any]) -> dict[str, str]:
    """The same of a row of the table, by its columns' names.

    A filter has at most 256 characters (UserFilterType), so no more of a value is ever compared;
    an index of PostgreSQL takes no more than 2,700 bytes.
    """
    values = {
        name: value[:LONGEST_FILTER]
        for name, value in row["attributes"].items()
        if name in usernames.FILTERABLE_ATTRIBUTES
    }
    return {
        **values,
        "username": row["username"],
        "sub": row["id"],
        "cognito:user_status": row["status"],
        "status": "Enabled" if row["enabled"] else "Disabled",
    }


def attribute_list(user: User, selected: frozenset[str] | None = None) -> list[dict[str, Any]]:
    """AttributeListType: `sub` first; only what `selected` names, where it is given."""
    attributes: Mapping[str, str] = {"sub": user.id, **user.attributes}
    return [
        {"Name": name, "Value": value}
        for name, value in attributes.items()
        if selected is None or name in selected
    ]


def describe(
    user: User, attributes_member: str, selected: frozenset[str] | None = None
) -> dict[str, Any]:
    """UserType; AdminGetUser calls the attributes `UserAttributes`, and tells more of MFA."""
    is_admin_get_user = attributes_member == "UserAttributes"
    return {
        "Username": user.username,
        attributes_member: attribute_list(user, selected),
        "UserCreateDate": user.created,
        "UserLastModifiedDate": user.modified,
        "Enabled": user.enabled,
        "UserStatus": user.status,
        **(second_factors.describe if is_admin_get_user else second_factors.options)(user.mfa),
    }


def delete_user(session: Session, user: User, now: datetime) -> None:
    """Delete a user and all that is his; his access tokens end with him."""
    revocation.revoke_user(session, user.id, now)
    session.flush()
    session.delete(user)
