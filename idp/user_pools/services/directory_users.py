"""People whose password a directory checks, as users of the pool: made, brought up to date, let go.

Which user a person of the directory is stands in a `ScimResource` row of a kind of its own, by the
identifier that he keeps when he is renamed; `modified` is when the directory last knew him.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import AliasExists, GroupNotFound, IdpError, LimitExceeded, UsernameExists
from idp.models import (
    BrowserSession,
    RefreshFamily,
    ScimResource,
    User,
    UserPool,
)
from idp.models.users import EXTERNAL_PROVIDER
from idp.user_pools.rules import attributes, usernames
from idp.user_pools.services import credentials, groups, registration, revocation, users
from idp.user_pools.services.credentials import Credential
from idp.user_pools.services.user_directories import ARRIVAL, PERSON, Directory, Person
from kernel.runtime import Kernel

DISABLED = "disabled"
"""When the directory took the user's access away: an administrator's disabling stays."""
PREFIXES = {PERSON: "directory", ARRIVAL: "directory-arrival"}

log = structlog.get_logger("poolgate.directory")


def admit(kernel: Kernel, pool: UserPool, directory: Directory, person: Person) -> User | None:
    """The user of a person whose password has just proved right. None where the pool cannot have
    him: the operator finds out why in the log."""
    try:
        return kernel.database.write(_admit, kernel, pool, directory, person)
    except (UsernameExists, AliasExists):
        again = kernel.database.write(_known, kernel, pool, directory, person)
        if again is None:
            log.warning("directory_person_name_taken", pool=pool.id, person=person.id)
        return again
    except IdpError as error:
        log.warning("directory_person_unfit", pool=pool.id, reason=error.message)
        return None


def register_as(pool: UserPool, person: Person) -> str:
    """What he signs up as: the address that fills the pool's first UsernameAttributes, or his
    username."""
    for name in pool.settings.get("UsernameAttributes", ())[:1]:
        return person.attributes.get(name, "")
    return person.username


def _admit(
    session: Session, kernel: Kernel, pool: UserPool, directory: Directory, person: Person
) -> User:
    user = _known(session, kernel, pool, directory, person)
    if user is not None:
        return user
    new = registration.prepare(
        kernel,
        pool,
        register_as(pool, person),
        attributes.without_empty(person.attributes),
        writable=None,
        require_all=True,
    )
    user = registration.store(session, kernel, pool, new, EXTERNAL_PROVIDER, None)
    remember(session, kernel, directory, user, person)
    set_groups(session, kernel, pool, directory, user, person)
    return user


def _known(
    session: Session, kernel: Kernel, pool: UserPool, directory: Directory, person: Person
) -> User | None:
    """The user who came before, as the directory describes him now."""
    row = session.get(ScimResource, (pool.id, _key(person.id)), with_for_update=True)
    if row is None or row.user_id is None:
        return None
    user, now = users.by_id(session, row.user_id, to_change=True), kernel.clock.now()
    _enable(session, pool, row, user, now)
    row.modified, row.details = now, _details(directory)
    _update(session, pool, user, person, now)
    set_groups(session, kernel, pool, directory, user, person)
    return user


def _enable(session: Session, pool: UserPool, row: ScimResource, user: User, now: datetime) -> None:
    """Whom the directory had turned away, and nobody else."""
    if not user.enabled and row.details.get(DISABLED) == user.modified.isoformat():
        user.enabled, user.modified = True, now
        users.index(session, pool, user)


def find(session: Session, pool_id: str, person: Person) -> User | None:
    """Whom the person is while he has no password here."""
    row = _row_without_password(session, pool_id, person, to_change=False)
    return None if row is None else users.by_id(session, str(row.user_id))


def has_come(session: Session, pool_id: str, person: Person) -> bool:
    """Whether the person is a user already, by whatever name he went then."""
    return any(session.get(ScimResource, (pool_id, key)) for key in _keys(person))


def remember(
    session: Session,
    kernel: Kernel,
    directory: Directory,
    user: User,
    person: Person,
    kind: str = PERSON,
) -> None:
    """Which user the person is. `ARRIVAL` is for whom a code was asked for: he is that person until
    he has a password here."""
    now = kernel.clock.now()
    session.add(
        ScimResource(
            pool_id=user.pool_id,
            id=_key(person.id, kind),
            kind=kind,
            user_id=user.id,
            external_id=person.id,
            details=_details(directory),
            created=now,
            modified=now,
        )
    )


def release(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    directory: Directory,
    user_id: str,
    person: Person,
    credential: Credential | None,
) -> User | None:
    """Make a person of the directory the pool's own user, as it describes him now, with this
    password or without any; None where it is another one's, or he has a password by now."""
    row = _row_without_password(session, pool.id, person, to_change=True)
    if row is None or row.user_id != user_id:
        return None
    user, now = users.by_id(session, user_id, to_change=True), kernel.clock.now()
    _enable(session, pool, row, user, now)
    _update(session, pool, user, person, now)
    set_groups(session, kernel, pool, directory, user, person)
    if credential is not None:
        credentials.apply(kernel, user, credential, now, keep=0)
    user.status = "RESET_REQUIRED" if credential is None else "CONFIRMED"
    user.modified = now
    users.index(session, pool, user)
    session.delete(row)
    return user


def _row_without_password(
    session: Session, pool_id: str, person: Person, *, to_change: bool
) -> ScimResource | None:
    """That of the person, while his user has no password here."""
    for key in _keys(person):
        row = session.get(ScimResource, (pool_id, key), with_for_update=to_change)
        user_id = None if row is None else row.user_id
        if user_id and credentials.has_none(users.by_id(session, user_id, to_change=to_change)):
            return row
    return None


def _update(session: Session, pool: UserPool, user: User, person: Person, now: datetime) -> None:
    """Attributes that the mapping fills are the directory's; the others are the pool's. An address
    that another user has stays with him."""
    present = user.attributes
    changes = {n: v for n, v in person.attributes.items() if present.get(n, "") != v}
    for address in usernames.ADDRESSES:
        if address in changes and f"{address}_verified" not in person.attributes:
            changes[f"{address}_verified"] = "false"
    if not changes:
        return
    stored = attributes.changed_attributes(pool.schema, changes)
    try:
        with session.begin_nested():
            user.attributes = attributes.without_empty({**present, **stored})
            user.modified = now
            users.index(session, pool, user)
    except IdpError:  # a name or address that is another's, or another provider's to give
        session.refresh(user)
        log.warning("directory_update_refused", pool=pool.id, user=user.id)


def set_groups(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    directory: Directory,
    user: User,
    person: Person,
) -> None:
    """Memberships of the groups that the mapping leads to; all others stay as they are."""
    settings = directory.settings.groups
    for name in sorted(set(settings.mapping.values()) if settings else ()):
        try:
            group = groups.require(session, pool, name)
            if name in person.groups:
                groups.add_member(session, kernel, group, user)
            else:
                groups.remove_member(session, group, user)
        except (GroupNotFound, LimitExceeded) as error:
            log.warning("directory_group_left_out", pool=pool.id, reason=type(error).__name__)


def to_check(
    session: Session, pool_id: str, since: datetime, now: datetime, limit: int
) -> list[tuple[str, str]]:
    """Ids of people, and of the users they are, who are signed in and whom the directory was not
    asked about since then; those first who have waited longest."""
    has_tokens = select(RefreshFamily.id).where(
        RefreshFamily.user_id == ScimResource.user_id,
        RefreshFamily.revoked.is_(None),
        RefreshFamily.expires > now,
    )
    has_session = select(BrowserSession.id_hash).where(
        BrowserSession.user_id == ScimResource.user_id
    )
    found = session.execute(
        select(ScimResource.external_id, ScimResource.user_id)
        .join(User, User.id == ScimResource.user_id)
        .where(
            ScimResource.pool_id == pool_id,
            ScimResource.kind == PERSON,
            ScimResource.modified < since,
            User.enabled.is_(True),
            has_tokens.exists() | has_session.exists(),
        )
        .order_by(ScimResource.modified)
        .limit(limit)
    )
    return [(str(person_id), str(user_id)) for person_id, user_id in found]


def note_present(session: Session, pool_id: str, person_id: str, now: datetime) -> None:
    row = session.get(ScimResource, (pool_id, _key(person_id)), with_for_update=True)
    if row is not None:
        row.modified = now


def turn_away(session: Session, pool: UserPool, person_id: str, now: datetime) -> None:
    """Disable the user of somebody who is gone, or disabled, and end all that he has open. He is
    let in again when his password proves right there."""
    row = session.get(ScimResource, (pool.id, _key(person_id)), with_for_update=True)
    if row is None or row.user_id is None:
        return
    user = users.by_id(session, row.user_id, to_change=True)
    if user.enabled:
        user.enabled, user.modified = False, now
        users.index(session, pool, user)
        row.details = {**row.details, DISABLED: now.isoformat()}
    sign_out(session, user.id, now)


def sign_out(session: Session, user_id: str, now: datetime) -> None:
    revocation.revoke_user(session, user_id, now)
    revocation.end_browser_sessions(session, user_id, now + timedelta(microseconds=1))


def sign_all_out(session: Session, pool_id: str, now: datetime) -> int:
    """End what the people of a directory that is removed have open; how many they are."""
    people = session.scalars(
        select(ScimResource.user_id).where(
            ScimResource.pool_id == pool_id, ScimResource.kind == PERSON
        )
    ).all()
    for user_id in people:
        sign_out(session, str(user_id), now)
    return len(people)


def _details(directory: Directory) -> dict[str, str]:
    return {"by": directory.settings.id_attribute.lower()}


def _keys(person: Person) -> list[str]:
    return [_key(person.id, kind) for kind in PREFIXES]


def _key(person_id: str, kind: str = PERSON) -> str:
    """SCIM's own ids are those of users: this is none."""
    return f"{PREFIXES[kind]}:{hashlib.sha256(person_id.encode()).hexdigest()}"
