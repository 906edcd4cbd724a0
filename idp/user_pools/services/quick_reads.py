"""The reads of every sign-in, and its one insert, prepared once as Core statements.

Building a statement and tracking its rows costs the ORM several times what the query itself does,
so sign-in, refresh and token checks read through here. The objects that come back belong to no
session: they are values, and changing them stores nothing. Units that write load rows themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Row, bindparam, insert, select
from sqlalchemy.orm import Session

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
from kernel.database import Base

M = TypeVar("M", bound=Base)


def _names(model: type[Base]) -> tuple[str, ...]:
    return tuple(column.key for column in model.__table__.columns)


class SealedSecret(NamedTuple):
    """A client's secret as it is stored."""

    id: str
    sealed: bytes


COLUMNS: Mapping[type[Base], tuple[str, ...]] = {
    model: _names(model) for model in (UserPool, UserPoolClient, User, RefreshFamily)
}

# A client has no secret, one, or two while they are rotated: as many rows, and one without any.
CLIENT_AND_POOL = (
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
SECRETS = (
    select(ClientSecret.id, ClientSecret.sealed)
    .where(ClientSecret.client_id == bindparam("client_id"))
    .order_by(ClientSecret.created)
)
USER_BY_NAME = (
    select(*User.__table__.columns)
    .join(SignInName, SignInName.user_id == User.id)
    .where(
        SignInName.pool_id == bindparam("pool_id"),
        SignInName.name == bindparam("name"),
    )
)
USER_BY_ID = select(*User.__table__.columns).where(User.id == bindparam("user_id"))
FAMILY_AND_USER = (
    select(*RefreshFamily.__table__.columns, *User.__table__.columns)
    .join_from(RefreshFamily.__table__, User.__table__)
    .where(RefreshFamily.id == bindparam("family_id"))
)
INSERT_FAMILY = insert(RefreshFamily)
ATTEMPTS = select(AttemptCount.attempts, AttemptCount.last).where(
    AttemptCount.pool_id == bindparam("pool_id"), AttemptCount.subject == bindparam("subject")
)
GROUPS = (
    select(Group.name, Group.role_arn, Group.precedence)
    .join(
        GroupMember,
        (GroupMember.pool_id == Group.pool_id) & (GroupMember.group_name == Group.name),
    )
    .where(GroupMember.user_id == bindparam("user_id"))
    .order_by(Group.precedence.is_(None), Group.precedence, Group.name)
)


def client_and_pool(
    session: Session, client_id: str
) -> tuple[UserPoolClient, UserPool, list[SealedSecret]] | None:
    """The client, its pool, and its sealed secrets, the newest last; None: no such client."""
    rows = session.connection().execute(CLIENT_AND_POOL, {"client_id": client_id}).all()
    if not rows:
        return None
    secrets = [SealedSecret(*row[-2:]) for row in rows if row[-1] is not None]
    return *_pair(rows[0][:-2], UserPoolClient, UserPool), secrets


def sealed_secrets(session: Session, client_id: str) -> list[SealedSecret]:
    """The client's secrets, the newest last."""
    rows = session.connection().execute(SECRETS, {"client_id": client_id})
    return [SealedSecret(row.id, row.sealed) for row in rows]


def user_by_name(session: Session, pool_id: str, normalised: str) -> User | None:
    """The user of a sign-in name in its normalised form."""
    row = _first(session, USER_BY_NAME, pool_id=pool_id, name=normalised)
    return None if row is None else _value(User, row)


def user_by_id(session: Session, user_id: str) -> User | None:
    row = _first(session, USER_BY_ID, user_id=user_id)
    return None if row is None else _value(User, row)


def family_and_user(session: Session, family_id: str) -> tuple[RefreshFamily, User] | None:
    """A sign-in and who signed in."""
    row = _first(session, FAMILY_AND_USER, family_id=family_id)
    return None if row is None else _pair(row, RefreshFamily, User)


def insert_family(session: Session, family: RefreshFamily) -> None:
    """Store a new sign-in. A `sign_in_id` that was used before breaks a unique constraint."""
    values = {name: getattr(family, name) for name in COLUMNS[RefreshFamily]}
    session.connection().execute(INSERT_FAMILY, values)


def attempts(session: Session, pool_id: str, subject: str) -> Row[Any] | None:
    """(attempts, last) of what is counted for `subject`."""
    return _first(session, ATTEMPTS, pool_id=pool_id, subject=subject)


def groups(session: Session, user_id: str) -> Sequence[Row[str, str | None, int | None]]:
    """(name, role_arn, precedence) of the user's groups, the strongest first."""
    return session.connection().execute(GROUPS, {"user_id": user_id}).all()


def _first(session: Session, statement: Any, **values: str) -> Row[Any] | None:
    return session.connection().execute(statement, values).first()


def _pair(row: Sequence[Any], first: type[M], second: type[Any]) -> Any:
    middle = len(COLUMNS[first])
    return _value(first, row[:middle]), _value(second, row[middle:])


def _value(model: type[M], values: Sequence[Any]) -> M:
    return model(**dict(zip(COLUMNS[model], values, strict=True)))
