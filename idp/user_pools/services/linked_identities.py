"""Links between a pool's users and identities at its providers.

The links are rows; a user's attribute `identities` repeats them in AWS's form, so that whoever
reads the user sees them without another query. One unit, which holds the user, writes both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, LimitExceeded, UserNotFound
from idp.models import (
    ConfirmationCode,
    LinkedIdentity,
    PoolDocument,
    User,
    UserPool,
)
from idp.models.users import EXTERNAL_PROVIDER
from idp.user_pools.rules import codes, usernames
from idp.user_pools.rules.provider_identities import SUBJECT, ProviderIdentity
from idp.user_pools.services import documents, revocation, users
from kernel.runtime import Kernel

ATTRIBUTE = "identities"
TAKEN_AWAY, DIGEST_CHARACTERS = "identity_taken_away", 64
MOST_LINKS = 5
"""AdminLinkProviderForUser: five is "the maximum number of federated identities"."""


def link(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    destination: User,
    source: ProviderIdentity,
) -> None:
    """Make the identity one of the user's. Raises `InvalidParameter`, `LimitExceeded`."""
    present = session.get(LinkedIdentity, (pool.id, *source.key))
    if present is not None and present.user_id == destination.id:
        raise InvalidParameter("SourceUser is already linked to DestinationUser")
    if present is not None or _is_somebody(session, pool, source):
        raise InvalidParameter(
            "Merging is not currently supported, provide a SourceUser that has not been signed up "
            "in order to link"
        )
    if len(of_user(session, destination.id)) >= MOST_LINKS:
        raise LimitExceeded(f"A user can have at most {MOST_LINKS} linked identities.")
    now = kernel.clock.now()
    provider, attribute, value = source.key
    session.add(
        LinkedIdentity(
            pool_id=pool.id,
            provider=provider,
            attribute=attribute,
            value=value,
            user_id=destination.id,
            created=now,
        )
    )
    session.flush()
    documents.remove(session, pool.id, TAKEN_AWAY, _document_key(source))
    _show(session, pool, destination, now)


def was_taken_away(session: Session, pool: UserPool, source: ProviderIdentity) -> bool:
    """Whether the identity belonged to somebody who did not want it any more, or whose
    administrator did not: then it comes back by an administrator's word alone."""
    return documents.find(session, pool.id, TAKEN_AWAY, _document_key(source)) is not None


def unlink(session: Session, kernel: Kernel, pool: UserPool, source: ProviderIdentity) -> None:
    """Take the identity away from its user. Raises `UserNotFound` where nobody has it."""
    row = session.get(LinkedIdentity, (pool.id, *source.key))
    if row is None:
        raise UserNotFound
    user = users.by_id(session, row.user_id, to_change=True)
    session.delete(row)
    session.flush()
    now = kernel.clock.now()
    documents.put(session, pool.id, TAKEN_AWAY, _document_key(source), {}, now)
    _show(session, pool, user, now)
    revocation.end_federated_sign_ins(session, user.id, now)


def owner(session: Session, pool: UserPool, identity: ProviderIdentity) -> User:
    """Whose the identity is, to be changed. Raises `UserNotFound`."""
    row = session.get(LinkedIdentity, (pool.id, *identity.key))
    if row is None:
        raise UserNotFound
    return users.by_id(session, row.user_id, to_change=True)


def of_user(session: Session, user_id: str) -> Sequence[LinkedIdentity]:
    """A user's links, the oldest first."""
    return session.scalars(
        select(LinkedIdentity)
        .where(LinkedIdentity.user_id == user_id)
        .order_by(LinkedIdentity.created, LinkedIdentity.provider, LinkedIdentity.value)
    ).all()


def disable_password(session: Session, pool: UserPool, username: str, now: datetime) -> None:
    """Take a local user's password away. Raises `UserNotFound`.

    EXTERNAL_PROVIDER is a state in which no code sets a new one: only an administrator does.
    """
    user = users.find_by_sign_in_name(session, pool, username, to_change=True)
    if user is None or not _is_username(pool, user, username):
        raise UserNotFound
    user.srp_salt = user.sealed_verifier = user.password_hash = user.password_set = None
    user.sealed_password_history = None
    session.execute(
        delete(ConfirmationCode).where(
            ConfirmationCode.user_id == user.id, ConfirmationCode.purpose == codes.FORGOT_PASSWORD
        )
    )
    user.status, user.modified = EXTERNAL_PROVIDER, now
    users.index(session, pool, user)


def _is_username(pool: UserPool, user: User, name: str) -> bool:
    """The value "must be user's local username": an alias is none."""
    typed, own = (usernames.normalise(each, pool.settings) for each in (name, user.username))
    return typed == own


def forget_provider(session: Session, pool: UserPool, provider: str, now: datetime) -> None:
    """Delete all links to a provider that is deleted."""
    rows = session.scalars(
        select(LinkedIdentity).where(
            LinkedIdentity.pool_id == pool.id, LinkedIdentity.provider == provider
        )
    ).all()
    for row in rows:
        session.delete(row)
    taken_away = documents.keys(pool.id, TAKEN_AWAY)
    beginning = f"{provider}/"
    for key in session.scalars(taken_away.where(PoolDocument.key.startswith(beginning))).all():
        if len(key) == len(beginning) + DIGEST_CHARACTERS:
            documents.remove(session, pool.id, TAKEN_AWAY, key)
    session.flush()
    for user_id in {row.user_id for row in rows}:
        _show(session, pool, users.by_id(session, user_id, to_change=True), now)


def _document_key(source: ProviderIdentity) -> str:
    value = f"{source.attribute} {source.value}"
    return f"{source.provider}/{hashlib.sha256(value.encode()).hexdigest()}"


def _is_somebody(session: Session, pool: UserPool, source: ProviderIdentity) -> bool:
    """Whether a user has come from there already: AWS calls him PROVIDER_SUBJECT."""
    if source.attribute != SUBJECT:
        return False
    name = f"{source.provider}_{source.value}"
    return users.find_by_sign_in_name(session, pool, name) is not None


def _show(session: Session, pool: UserPool, user: User, now: datetime) -> None:
    """Write the attribute `identities` anew."""
    # That by which a user came from elsewhere is no link, and stays.
    own = [e for e in orjson.loads(user.attributes.get(ATTRIBUTE, "[]")) if e.get("primary")]
    entries = [*own, *(_entry(session, pool, row) for row in of_user(session, user.id))]
    attributes = {name: value for name, value in user.attributes.items() if name != ATTRIBUTE}
    if entries:
        attributes[ATTRIBUTE] = orjson.dumps(entries).decode()
    user.attributes, user.modified = attributes, now


def _entry(session: Session, pool: UserPool, row: LinkedIdentity) -> dict[str, object]:
    provider = documents.find(session, pool.id, documents.IDENTITY_PROVIDER, row.provider)
    return {
        "userId": row.value,
        "providerName": row.provider,
        "providerType": _type(provider),
        "issuer": None,
        "primary": False,
        "dateCreated": int(row.created.timestamp() * 1000),
    }


def _type(provider: PoolDocument | None) -> str | None:
    return provider.document["ProviderType"] if provider else None
