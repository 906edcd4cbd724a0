"""Users as a company's directory provisions them: the pool's users, and what is kept beside them.

What an administrator's operations do is done here too: PreSignUp may refuse a new user as with
AdminCreateUser, a disabled user is signed out everywhere, and AttributeChange and UserDeletion hear
of what has happened. The directory's word takes effect at once: no code is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, NotAuthorized, NotProvisioned, UserNotFound
from idp.models import ScimResource, User, UserPool
from idp.user_pools.rules import passwords
from idp.user_pools.rules.provider_identities import ProviderIdentity
from idp.user_pools.rules.provisioning import Provisioning
from idp.user_pools.services import (
    credentials,
    own_triggers,
    pools,
    profiles,
    provisioned_links,
    revocation,
    user_directories,
    users,
)
from idp.user_pools.services.credentials import Credential
from idp.user_pools.services.sign_in import sessions
from kernel.runtime import Kernel

KIND = "User"
LONGEST_EXTERNAL_ID = 1024
MOST_DETAILS = 16_384
"""Bytes of what is kept beside a user."""


OWN, LINK = "own", "link"
"""Members of the details that no representation has: whose the user is, and the identity at the
provider that he was linked to."""


class Changed(Exception):
    """The user or group is not as it was when it was read, or as the caller thinks it is."""


@dataclass(frozen=True)
class Provisioned:
    """A user of the pool as the directory sees him."""

    user: User
    external_id: str | None
    details: Mapping[str, Any]
    modified: datetime

    @property
    def is_own(self) -> bool:
        """Whether the directory has made the user, or has changed him when it might."""
        return bool(self.details.get(OWN))

    @property
    def version(self) -> str:
        """Of what the directory can change, and of whatever changes it elsewhere."""
        user = self.user
        state = [user.username, user.enabled, user.attributes, self.external_id, self.details]
        dumped = orjson.dumps(state, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(dumped).hexdigest()[:32]


@dataclass(frozen=True)
class Wanted:
    """How the directory wants a user to be. An empty text is no attribute."""

    name: str
    attributes: Mapping[str, str]
    enabled: bool | None
    password: str | None = field(repr=False)
    external_id: str | None
    details: dict[str, Any]


def find(session: Session, pool_id: str, user_id: str) -> Provisioned:
    """Raises `UserNotFound`."""
    found = several(session, pool_id, [user_id])
    if not found:
        raise UserNotFound
    return found[0]


def several(session: Session, pool_id: str, user_ids: Sequence[str]) -> list[Provisioned]:
    """Those of the users that are there, in the order of their ids."""
    rows = session.execute(
        select(User, ScimResource)
        .outerjoin(
            ScimResource, (ScimResource.pool_id == User.pool_id) & (ScimResource.id == User.id)
        )
        .where(User.pool_id == pool_id, User.id.in_(user_ids))
        .order_by(User.id)
    )
    return [_provisioned(user, row) for user, row in rows]


def _provisioned(user: User, row: ScimResource | None) -> Provisioned:
    if row is None:
        return Provisioned(user, None, {}, user.modified)
    return Provisioned(user, row.external_id, row.details, max(user.modified, row.modified))


def update(
    kernel: Kernel,
    pool: UserPool,
    settings: Provisioning,
    before: Provisioned,
    wanted: Wanted,
) -> None:
    """Make the user as he is wanted, if he still is as `before`.

    Raises `Changed`, `NotProvisioned`, `NotAuthorized` for the password of somebody whom an LDAP
    directory vouches for, and what making a user raises.
    """
    check_kept(wanted)
    check_own(settings, is_own=before.is_own)
    user = before.user
    credential = None
    if wanted.password is not None:
        directory = kernel.database.look_up(user_directories.load, pool.id)
        if user_directories.vouches_for(directory, user):
            raise NotAuthorized(user_directories.NOT_CHANGED_HERE)
        passwords.check_password_policy(pools.password_policy(pool), wanted.password)
        credentials.check_history(kernel, pool, user, wanted.password)
        credential = credentials.make(kernel, pool, user.username, wanted.password)
    with own_triggers.changing(kernel, pool, "AdminUpdateUserAttributes", lambda: user):
        kernel.database.write(_update, kernel, pool, settings, before, wanted, credential)
    if wanted.enabled is False and user.enabled:
        revocation.announce(kernel)
        sessions.end_all(kernel, user.id)


def _update(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    settings: Provisioning,
    before: Provisioned,
    wanted: Wanted,
    credential: Credential | None,
) -> None:
    user, now = users.by_id(session, before.user.id, to_change=True), kernel.clock.now()
    present = find(session, pool.id, user.id)
    if present.version != before.version:
        raise Changed
    changes = {
        name: value
        for name, value in wanted.attributes.items()
        if value != user.attributes.get(name, "")
    }
    profiles.change_by_directory(
        session, pool, user, changes, now, are_verified=settings.addresses_are_verified
    )
    if credential is not None:
        _set_password(session, kernel, pool, user, credential, now)
    if wanted.enabled is not None and wanted.enabled != user.enabled:
        _set_enabled(session, pool, user, enabled=wanted.enabled, now=now)
    old, new = _linked(present), identity(settings, wanted, user.attributes)
    if new != old:
        provisioned_links.renew(session, kernel, pool, user, old, new)
    keep(session, pool.id, user.id, wanted, new, now)


def _set_password(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    user: User,
    credential: Credential,
    now: datetime,
) -> None:
    """As AdminSetUserPassword with Permanent."""
    credentials.apply(kernel, user, credential, now, keep=credentials.history_size(pool))
    revocation.end_browser_sessions(session, user.id, now)
    user.status, user.modified = "CONFIRMED", now
    users.index(session, pool, user)


def _set_enabled(
    session: Session, pool: UserPool, user: User, *, enabled: bool, now: datetime
) -> None:
    user.enabled, user.modified = enabled, now
    users.index(session, pool, user)
    if not enabled:
        revocation.revoke_user(session, user.id, now)
        revocation.end_browser_sessions(session, user.id, now)


def delete(kernel: Kernel, pool: UserPool, settings: Provisioning, before: Provisioned) -> None:
    """Delete the user, if he still is as `before`.

    Raises `Changed`, `NotProvisioned`, `UserNotFound`.
    """
    check_own(settings, is_own=before.is_own)

    def unit(session: Session) -> User:
        user = users.by_id(session, before.user.id, to_change=True)
        if find(session, pool.id, user.id).version != before.version:
            raise Changed
        users.delete_user(session, user, kernel.clock.now())
        return user

    user = kernel.database.write(unit)
    revocation.announce(kernel)
    own_triggers.deleted(kernel, pool, "AdminDeleteUser", user)


def keep(
    session: Session,
    pool_id: str,
    user_id: str,
    wanted: Wanted,
    link: ProviderIdentity | None,
    now: datetime,
) -> None:
    """Store what the pool has no place for. The link that was made is remembered: the address that
    it was made by may change elsewhere."""
    row = session.get(ScimResource, (pool_id, user_id))
    details = {**wanted.details, OWN: True, **({LINK: list(link.key)} if link else {})}
    if row is None:
        row = ScimResource(pool_id=pool_id, id=user_id, kind=KIND, user_id=user_id, created=now)
        session.add(row)
    elif (row.external_id, row.details) == (wanted.external_id, details):
        return
    row.external_id, row.details, row.modified = wanted.external_id, details, now


def _linked(present: Provisioned) -> ProviderIdentity | None:
    key = present.details.get(LINK)
    return None if key is None else ProviderIdentity(*key)


def check_own(settings: Provisioning, *, is_own: bool) -> None:
    """Raises `NotProvisioned`."""
    if not (is_own or settings.everybody):
        raise NotProvisioned


def check_kept(wanted: Wanted) -> None:
    if len((wanted.external_id or "").encode()) > LONGEST_EXTERNAL_ID:
        raise InvalidParameter(f"externalId has more than {LONGEST_EXTERNAL_ID} bytes.")
    if len(orjson.dumps(wanted.details)) > MOST_DETAILS:
        raise InvalidParameter(f"What is kept of a user has {MOST_DETAILS} bytes at most.")


def identity(
    settings: Provisioning, wanted: Wanted, attributes: Mapping[str, str]
) -> ProviderIdentity | None:
    return settings.identity(wanted.external_id, wanted.name, attributes.get("email", ""))
