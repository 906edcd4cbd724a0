"""A pool's directory: its settings as they are stored, and what it is asked.

What talks LDAP is above this package, and is handed in by `app.create_app` as `UserDirectories`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

import orjson
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from idp.models import (
    Group,
    PoolDocument,
    ScimResource,
    User,
    UserPool,
    UserPoolClient,
)
from idp.models.users import EXTERNAL_PROVIDER
from idp.user_pools.rules import auth_flows, directory_settings
from idp.user_pools.rules.directory_settings import DirectorySettings
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.rules.schema import by_name
from idp.user_pools.rules.usernames import came_from_elsewhere
from idp.user_pools.services import credentials, documents
from kernel.sealing import Sealer
from kernel.statements import Prepared, Rows

KIND, KEY = "directory", "pool"
PASSWORD = "bind_password"
PERSON = "DirectoryPerson"
"""The kind of the `ScimResource` rows that say which user a person is (`directory_users`)."""
ARRIVAL = "DirectoryArrival"
"""The same of those who came because a code was asked for in their name: who asked is not known."""
NOT_CHANGED_HERE = "User password cannot be changed in the current state."

DOCUMENT = Prepared(
    select(PoolDocument.document).where(
        PoolDocument.pool_id == bindparam("pool_id"),
        PoolDocument.kind == KIND,
        PoolDocument.key == KEY,
    )
)


@dataclass(frozen=True)
class Directory:
    """A pool's, with its secret sealed."""

    pool_id: str
    settings: DirectorySettings
    sealed: str = field(repr=False)

    def bind_password(self, sealer: Sealer) -> str:
        """Empty where nobody binds to search."""
        purpose = documents.purpose(self.pool_id, KIND, KEY)
        secrets = orjson.loads(sealer.open(base64.b64decode(self.sealed), purpose))
        return str(secrets.get(PASSWORD, ""))


@dataclass(frozen=True)
class Person:
    """Somebody in the directory, in the pool's terms."""

    id: str
    """Stays the same when he is renamed (entryUUID, objectGUID)."""
    username: str
    attributes: Mapping[str, str]
    groups: frozenset[str] = frozenset()
    """Of the pool; known once his password has proved right."""
    is_disabled: bool = False


class Verdict(Enum):
    """What the directory says of a password."""

    PROVED = "proved"
    WRONG = "wrong"
    """Or nobody's, or of somebody who is locked out there."""
    MUST_CHANGE = "must change"
    """It is right, and has expired or must be changed at the next sign-in."""
    DISABLED = "disabled"
    """It is right, and its owner may not sign in."""


@dataclass(frozen=True)
class Proof:
    verdict: Verdict
    person: Person | None = None
    """Whose it is, unless it is wrong."""


WRONG = Proof(Verdict.WRONG)
Admit = Callable[[Person | None], bool]


class UserDirectory(Protocol):
    """What talks to directories. All raise `DirectoryUnavailable`."""

    def prove(self, directory: Directory, username: str, password: str, admit: Admit) -> Proof:
        """Whether the password is that of the person whom `username` finds.

        `admit` is asked once, before the password is sent: whoever it refuses, and nobody, cost the
        same work with a name that the directory does not have.
        """

    def find(self, directory: Directory, username: str) -> Person | None:
        """The person with that name, with his groups."""

    def present(self, directory: Directory, ids: Sequence[str]) -> Mapping[str, Person]:
        """Those of these people, by their ids, who are still there and let in by the filter;
        without attributes and groups."""


class UserDirectories:
    """Where `kernel.of` finds it."""

    def __init__(self, talk: UserDirectory) -> None:
        self.talk = talk


def load(rows: Rows, pool_id: str) -> Directory | None:
    found = rows.first(DOCUMENT, pool_id=pool_id)
    return None if found is None else _directory(pool_id, found[0])


def find(session: Session, pool_id: str) -> Directory | None:
    row = documents.find(session, pool_id, KIND, KEY)
    return None if row is None else _directory(pool_id, row.document)


def _directory(pool_id: str, document: Mapping[str, Any]) -> Directory:
    settings = {name: value for name, value in document.items() if name != documents.SEALED}
    return Directory(pool_id, directory_settings.parse(settings), document[documents.SEALED])


def vouches_for(directory: Directory | None, user: User) -> bool:
    """Whether the user's password is the directory's business, and nobody's here."""
    return directory is not None and directory.settings.is_source and is_external(user)


def is_external(user: User) -> bool:
    """Whether he has no password here, and is no other provider's."""
    return user.status == EXTERNAL_PROVIDER and not came_from_elsewhere(user.attributes)


def may_know_password(directory: Directory, user: User) -> bool:
    """Whether the directory is asked about his password: nobody has one here for him yet. Where
    people migrate anybody can have them made so (`user_migration.at_forgot_password`)."""
    if is_external(user):
        return True
    awaits_one = user.status == "RESET_REQUIRED" and credentials.has_none(user)
    return awaits_one and not directory.settings.is_source


def put(
    session: Session, sealer: Sealer, pool: UserPool, given: Any, now: datetime
) -> DirectorySettings:
    """Store the operator's document. Raises `WrongSetting`."""
    if not isinstance(given, dict):
        raise WrongSetting("The document", "must be a JSON object")
    document = {name: value for name, value in given.items() if name != PASSWORD}
    settings = directory_settings.parse(document)
    password = _password(settings, given.get(PASSWORD))
    _check_identifiers(session, pool.id, settings)
    _check_attributes(pool, settings)
    _check_groups(session, pool, settings)
    if settings.is_source:
        _check_clients(session, pool)
    purpose = documents.purpose(pool.id, KIND, KEY)
    document[documents.SEALED] = documents.seal(sealer, purpose, {PASSWORD: password})
    documents.put(session, pool.id, KIND, KEY, document, now)
    return settings


def show(session: Session, pool_id: str) -> dict[str, Any] | None:
    """The document without its secret."""
    row = documents.find(session, pool_id, KIND, KEY)
    if row is None:
        return None
    return {name: value for name, value in row.document.items() if name != documents.SEALED}


def _password(settings: DirectorySettings, password: Any) -> str:
    """RFC 4513 §5.1.2: a DN without a password is an unauthenticated bind, which servers may take
    for a success."""
    if password is not None and (not isinstance(password, str) or len(password) > 1024):
        raise WrongSetting(PASSWORD, "must be a text")
    if bool(settings.bind_dn) != bool(password):
        raise WrongSetting(PASSWORD, "and bind_dn need one another")
    return password or ""


def _check_identifiers(session: Session, pool_id: str, settings: DirectorySettings) -> None:
    """By another identifier nobody would be known again, and everybody's name be taken."""
    known_by = session.scalar(
        select(ScimResource.details["by"].as_string())
        .where(ScimResource.pool_id == pool_id, ScimResource.kind == PERSON)
        .limit(1)
    )
    if known_by is not None and known_by != settings.id_attribute.lower():
        complaint = f"cannot change: there are users who are known by their {known_by}"
        raise WrongSetting("id_attribute", complaint)


def _check_attributes(pool: UserPool, settings: DirectorySettings) -> None:
    known = by_name(pool.schema)
    for name in settings.attributes:
        if name not in known:
            raise WrongSetting("attributes", f"has {name}, which the pool's schema has not")
    for name in pool.settings.get("UsernameAttributes", ())[:1]:
        if name not in settings.attributes:
            raise WrongSetting("attributes", f"must fill {name}: the pool's users sign in with it")


def _check_groups(session: Session, pool: UserPool, settings: DirectorySettings) -> None:
    for name in sorted(set(settings.groups.mapping.values()) if settings.groups else ()):
        if session.get(Group, (pool.id, name)) is None:
            raise WrongSetting("groups", f"lead to {name}, which is no group of the pool")


def _check_clients(session: Session, pool: UserPool) -> None:
    """As for a pool that keeps hashes: a password that is checked elsewhere has no verifier."""
    for client in session.scalars(select(UserPoolClient).where(UserPoolClient.pool_id == pool.id)):
        by_verifier = auth_flows.needing_verifier(client.settings["ExplicitAuthFlows"])
        if by_verifier:
            raise WrongSetting(
                "mode",
                f"cannot be source: client {client.id} has {min(by_verifier)}, which allows "
                "USER_SRP_AUTH, and the directory needs the password itself",
            )
