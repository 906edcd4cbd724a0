"""The statements of a sign-in, prepared.

Sign-in, refresh, token checks and AdminGetUser read through here. The objects that come back belong
to no session: they are values, and changing them stores nothing. Units that write load rows
themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import and_, bindparam, delete, insert, select

from idp.models import (
    AttemptCount,
    ClientSecret,
    Group,
    GroupMember,
    RefreshFamily,
    SignInName,
    User,
    UserPool,
    UserPoolClient,
)
from kernel.statements import Prepared, Rows, columns_of, loader


class SealedSecret(NamedTuple):
    """A client's secret as it is stored."""

    id: str
    sealed: bytes


class MemberOf(NamedTuple):
    """A group as its members' tokens speak of it."""

    name: str
    role_arn: str | None
    precedence: int | None


FAMILY_COLUMNS = columns_of(RefreshFamily)
CLIENT_COLUMNS = columns_of(UserPoolClient)
NOBODYS_ROW = (None,) * (len(columns_of(User)) - 1)
NOBODYS_ATTRIBUTES = '{"email": "nobody@example.com", "email_verified": "true"}'
_pool, _client = loader(UserPool), loader(UserPoolClient)
_user, _family = loader(User), loader(RefreshFamily)

# A client has no secret, one, or two while they are rotated: as many rows, and one without any.
CLIENT_AND_POOL = Prepared(
    select(
        *UserPoolClient.__table__.columns,
        *UserPool.__table__.columns,
        ClientSecret.id,
        ClientSecret.sealed,
    )
    .join_from(UserPoolClient.__table__, UserPool.__table__)
    .outerjoin(ClientSecret, ClientSecret.client_id == UserPoolClient.id)
    .where(UserPoolClient.id == bindparam("client_id"))
    .order_by(ClientSecret.created, ClientSecret.id)
)
POOL = Prepared(select(*UserPool.__table__.columns).where(UserPool.id == bindparam("pool_id")))
USER_BY_NAME = Prepared(
    select(*User.__table__.columns)
    .join(SignInName, SignInName.user_id == User.id)
    .where(
        SignInName.pool_id == bindparam("pool_id"),
        SignInName.name == bindparam("name"),
    )
)
USER_BY_ID = Prepared(select(*User.__table__.columns).where(User.id == bindparam("user_id")))
FAMILY_AND_USER = Prepared(
    select(*RefreshFamily.__table__.columns, *User.__table__.columns)
    .join_from(RefreshFamily.__table__, User.__table__)
    .where(RefreshFamily.id == bindparam("family_id"))
)
INSERT_FAMILY = Prepared(insert(RefreshFamily), FAMILY_COLUMNS)
_COUNTED = and_(
    AttemptCount.pool_id == bindparam("pool_id"), AttemptCount.subject == bindparam("subject")
)
ATTEMPTS = Prepared(select(AttemptCount.attempts, AttemptCount.last).where(_COUNTED))
DELETE_ATTEMPTS = Prepared(delete(AttemptCount).where(_COUNTED))
GROUPS = Prepared(
    select(Group.name, Group.role_arn, Group.precedence)
    .join(
        GroupMember,
        (GroupMember.pool_id == Group.pool_id) & (GroupMember.group_name == Group.name),
    )
    .where(GroupMember.user_id == bindparam("user_id"))
    .order_by(Group.precedence.is_(None), Group.precedence, Group.name)
)


def client_and_pool(
    rows: Rows, client_id: str
) -> tuple[UserPoolClient, UserPool, list[SealedSecret]] | None:
    """The client, its pool, and its sealed secrets, the newest last; None: no such client."""
    found = rows.all(CLIENT_AND_POOL, client_id=client_id)
    if not found:
        return None
    secrets = [SealedSecret(*row[-2:]) for row in found if row[-1] is not None]
    row, middle = found[0], len(CLIENT_COLUMNS)
    return _client(row[:middle]), _pool(row[middle:-2]), secrets


def pool_by_id(rows: Rows, pool_id: str) -> UserPool | None:
    """`pools.present`, for units that change nothing."""
    row = rows.first(POOL, pool_id=pool_id)
    pool = None if row is None else _pool(row)
    return None if pool is None or pool.is_withdrawn else pool


def user_by_name(rows: Rows, pool_id: str, normalised: str) -> User | None:
    """The user of a sign-in name in its normalised form."""
    row = rows.first(USER_BY_NAME, pool_id=pool_id, name=normalised)
    return _read_nobody() if row is None else _user(row)


def user_by_id(rows: Rows, user_id: str) -> User | None:
    row = rows.first(USER_BY_ID, user_id=user_id)
    return _read_nobody() if row is None else _user(row)


def _read_nobody() -> User | None:
    """None. Reading a row that is there takes 5 µs, which would tell by itself, asked for often
    enough: a made-up one is read instead."""
    document = orjson.loads(NOBODYS_ATTRIBUTES)
    _user([document, *NOBODYS_ROW])
    return None


def family_and_user(rows: Rows, family_id: str) -> tuple[RefreshFamily, User] | None:
    """A sign-in and who signed in."""
    row = rows.first(FAMILY_AND_USER, family_id=family_id)
    if row is None:
        return None
    middle = len(FAMILY_COLUMNS)
    return _family(row[:middle]), _user(row[middle:])


def insert_family(rows: Rows, family: RefreshFamily) -> None:
    """Store a new sign-in. A `sign_in_id` that was used before breaks a unique constraint."""
    rows.run(INSERT_FAMILY, **{name: getattr(family, name) for name in FAMILY_COLUMNS})


def attempts(rows: Rows, pool_id: str, subject: str) -> tuple[int, datetime] | None:
    """How many attempts are counted for `subject`, and when the last one was."""
    row = rows.first(ATTEMPTS, pool_id=pool_id, subject=subject)
    return None if row is None else (row[0], row[1])


def delete_attempts(rows: Rows, pool_id: str, subject: str) -> None:
    rows.run(DELETE_ATTEMPTS, pool_id=pool_id, subject=subject)


def groups(rows: Rows, user_id: str) -> Sequence[MemberOf]:
    """The user's groups, the strongest first."""
    return [MemberOf(*row) for row in rows.all(GROUPS, user_id=user_id)]
