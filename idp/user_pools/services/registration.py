"""Making a user: what SignUp, AdminCreateUser and user migration share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from idp.errors import AliasExists, InvalidParameter, UsernameExists
from idp.models import User, UserPool
from idp.user_pools.rules import attributes, first_factors, usernames
from idp.user_pools.services import credentials, users
from idp.user_pools.services.credentials import Credential
from kernel.runtime import Kernel
from kernel.statements import Rows


@dataclass(frozen=True)
class NewUser:
    """A user who conforms to the pool's rules but is not stored yet."""

    id: str
    username: str
    attributes: Mapping[str, str]


def prepare(
    kernel: Kernel,
    pool: UserPool,
    typed: str,
    given: Mapping[str, str],
    *,
    writable: Collection[str] | None,
    require_all: bool,
) -> NewUser:
    """Check name and attributes. Raises `InvalidParameter`, `NotAuthorized`."""
    user_id = usernames.new_user_id(kernel.randomness.bytes(16))
    username, filled = usernames.new_user(pool.settings, typed, user_id, given)
    # The address that was typed as the username is not a client's write to that attribute.
    may_write = None if writable is None else {*writable, *(set(filled) - set(given))}
    stored = attributes.new_attributes(
        pool.schema, filled, writable=may_write, require_all=require_all
    )
    if "preferred_username" in stored:
        usernames.check_preferred_username(pool.settings, stored["preferred_username"])
    return NewUser(user_id, username, attributes.without_empty(stored))


def check_passwordless(pool: UserPool, new: NewUser) -> None:
    """Raises `InvalidParameter` where the user could not sign in without a password."""
    addresses = frozenset(name for name in new.attributes if new.attributes[name])
    if not first_factors.can_be_passwordless(pool.settings, addresses):
        raise InvalidParameter(
            "Password is required: no one-time password can be sent to this user to sign in with."
        )


def check_free(rows: Rows, pool: UserPool, new: NewUser) -> None:
    """Raises `UsernameExists` before triggers run and passwords are hashed for nothing."""
    if users.look_for(rows, pool, new.username) is not None:
        raise UsernameExists


def store(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    new: NewUser,
    status: str,
    credential: Credential | None,
    *,
    take_over_aliases: bool = False,
) -> User:
    """Insert the user. Raises `UsernameExists`, `AliasExists`."""
    now = kernel.clock.now()
    user = User(
        id=new.id,
        pool_id=pool.id,
        username=new.username,
        status=status,
        enabled=True,
        attributes=dict(new.attributes),
        pending_attributes={},
        created=now,
        modified=now,
    )
    if credential is not None:
        credentials.apply(kernel, user, credential, now, keep=0)
    session.add(user)
    session.flush()
    try:
        users.index(session, pool, user, take_over=take_over_aliases)
    except AliasExists as error:
        # Where addresses are the usernames, a taken address is a taken username.
        if usernames.generates_usernames(pool.settings):
            raise UsernameExists(error.message) from None
        raise
    return user
