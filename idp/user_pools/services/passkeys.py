"""A user's passkeys: making one, listing and deleting them, and those that sign him in."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from idp.errors import (
    InvalidParameter,
    LimitExceeded,
    NotAuthorized,
    ResourceNotFound,
    WebAuthnChallengeNotFound,
    WebAuthnClientMismatch,
    WebAuthnNotEnabled,
)
from idp.models import Passkey, User, UserPool
from idp.user_pools.rules import first_factors, passkey_answers
from idp.user_pools.rules import passkeys as rules
from idp.user_pools.rules.passkey_answers import Attestation
from idp.user_pools.rules.passkeys import Account, Known, RelyingParty
from idp.user_pools.services import relying_party, users
from idp.user_pools.services.access import Owner
from kernel.runtime import Kernel
from kernel.sealing import Sealer, Unsealable
from kernel.statements import Prepared, Rows, loader

MOST_PASSKEYS = 20
"""Cognito developer guide: "You can register up to 20 passkeys for each user"."""
CHALLENGE_SECONDS = 300.0
HANDLE = "passkey_handle"
"""In `User.mfa`: the user handle of passkeys that were made on another server, in base64."""

_passkey = loader(Passkey)
OF_USER = Prepared(
    select(Passkey.credential_id, Passkey.transports).where(
        Passkey.user_id == bindparam("user_id"), Passkey.relying_party_id == bindparam("party_id")
    )
)
NEWEST = Prepared(
    select(Passkey.created)
    .where(Passkey.user_id == bindparam("user_id"))
    .order_by(Passkey.created.desc())
    .limit(1)
)
BY_ID = Prepared(
    select(*Passkey.__table__.columns).where(
        Passkey.pool_id == bindparam("pool_id"),
        Passkey.credential_id == bindparam("credential_id"),
    )
)


def start_registration(kernel: Kernel, person: Owner) -> dict[str, Any]:
    """CredentialCreationOptions. Raises `WebAuthnNotEnabled`, `WebAuthnConfigurationMissing`.

    The challenge is a sealed token, so nothing is stored for it: it names the user and the client,
    and is good for five minutes and one answer.
    """
    party, existing = kernel.database.look_up(_party_and_passkeys, kernel, person)
    token = kernel.sealer.seal_token(
        [person.user.id, person.context.client.id, kernel.randomness.uuid()],
        _purpose(person.context.pool),
        CHALLENGE_SECONDS,
    )
    account = _account(kernel, person)
    return rules.creation_options(party, account, token.encode(), existing)


def complete_registration(kernel: Kernel, person: Owner, credential: Any) -> None:
    """Store a new passkey. Raises what `start_registration` raises, `InvalidParameter`,
    `LimitExceeded`, and what tells why an answer is not believed: `WebAuthnChallengeNotFound`,
    `WebAuthnClientMismatch`, `WebAuthnOriginNotAllowed`, `WebAuthnRelyingPartyMismatch`,
    `WebAuthnCredentialNotSupported`."""
    party, _ = kernel.database.look_up(_party_and_passkeys, kernel, person)
    attestation = passkey_answers.parse_attestation(credential)
    _redeem_challenge(kernel, person, attestation.client_data.challenge)
    kernel.database.write(_store, person, _made(kernel, person, party, attestation))


def _party_and_passkeys(
    rows: Rows, kernel: Kernel, person: Owner
) -> tuple[RelyingParty, Sequence[Known]]:
    pool, user = person.context.pool, person.user
    if "WEB_AUTHN" not in first_factors.allowed(pool.settings):
        raise WebAuthnNotEnabled
    if user.status != "CONFIRMED":
        raise NotAuthorized("Only a confirmed user of the pool itself can have passkeys.")
    party = relying_party.find(rows, kernel, pool, user)
    return party, of_user(rows, user.id, party.id)


def _redeem_challenge(kernel: Kernel, person: Owner, challenge: bytes) -> None:
    try:
        user_id, client_id, number = kernel.sealer.open_token(
            challenge.decode("ascii"), _purpose(person.context.pool)
        )
    except (Unsealable, ValueError):
        raise WebAuthnChallengeNotFound from None
    if user_id != person.user.id:
        raise WebAuthnChallengeNotFound
    if client_id != person.context.client.id:
        raise WebAuthnClientMismatch
    if not kernel.shared_state.claim(f"passkey-challenge:{number}", CHALLENGE_SECONDS):
        raise WebAuthnChallengeNotFound


def _made(kernel: Kernel, person: Owner, party: RelyingParty, attestation: Attestation) -> Passkey:
    verified = passkey_answers.verify_attestation(party, attestation)
    credential = attestation.credential
    attachment = credential.authenticator_attachment
    named = None if attachment is None else str(attachment.value)
    return Passkey(
        pool_id=person.context.pool.id,
        credential_id=credential.id,
        user_id=person.user.id,
        relying_party_id=party.id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        friendly_name=rules.friendly_name(named, is_synced=verified.credential_backed_up),
        transports=rules.known_transports(credential.response.transports),
        attachment=named,
        created=kernel.clock.now(),
        last_used=None,
    )


def _store(session: Session, person: Owner, passkey: Passkey) -> None:
    """The user's row is locked, so that parallel answers cannot exceed the limit."""
    users.by_id(session, person.user.id, to_change=True)
    number = session.scalar(
        select(func.count()).select_from(Passkey).where(Passkey.user_id == passkey.user_id)
    )
    if (number or 0) >= MOST_PASSKEYS:
        raise LimitExceeded(f"A user can have at most {MOST_PASSKEYS} passkeys.")
    # WebAuthn §7.1, step 26: an identifier that is known already is refused, whosever it is.
    if session.get(Passkey, (passkey.pool_id, passkey.credential_id)) is not None:
        raise InvalidParameter("The credential is already registered.")
    session.add(passkey)


def page(session: Session, user: User, after: str, limit: int) -> Sequence[Passkey]:
    """Passkeys in the order of their identifiers, one more than `limit` when there are more."""
    return session.scalars(
        select(Passkey)
        .where(Passkey.user_id == user.id, Passkey.credential_id > after)
        .order_by(Passkey.credential_id)
        .limit(limit + 1)
    ).all()


def describe(passkey: Passkey) -> dict[str, Any]:
    """WebAuthnCredentialDescription."""
    described = {
        "CredentialId": passkey.credential_id,
        "FriendlyCredentialName": passkey.friendly_name,
        "RelyingPartyId": passkey.relying_party_id,
        "AuthenticatorTransports": passkey.transports,
        "CreatedAt": passkey.created,
    }
    if passkey.attachment is not None:
        described["AuthenticatorAttachment"] = passkey.attachment
    return described


def forget(session: Session, user: User, credential_id: str) -> None:
    """DeleteWebAuthnCredential. Raises `ResourceNotFound`, also for another user's passkey."""
    found = session.execute(
        delete(Passkey)
        .where(
            Passkey.pool_id == user.pool_id,
            Passkey.credential_id == credential_id,
            Passkey.user_id == user.id,
        )
        .returning(Passkey.credential_id)
    ).first()
    if found is None:
        raise ResourceNotFound("The passkey does not exist.")


def of_user(rows: Rows, user_id: str, party_id: str) -> Sequence[Known]:
    """The passkeys that this relying party can use."""
    found = rows.all(OF_USER, user_id=user_id, party_id=party_id)
    return rules.in_order([Known(*row) for row in found])


def has_new(rows: Rows, user_id: str, since: datetime) -> bool:
    """Whether the user has made a passkey after a moment."""
    row = rows.first(NEWEST, user_id=user_id)
    return row is not None and row[0] > since


def has_any(rows: Rows, user_id: str) -> bool:
    return rows.first(NEWEST, user_id=user_id) is not None


def by_id(rows: Rows, pool_id: str, credential_id: str) -> Passkey | None:
    row = rows.first(BY_ID, pool_id=pool_id, credential_id=credential_id)
    return None if row is None else _passkey(row)


def use(session: Session, passkey: Passkey, sign_count: int, now: datetime) -> bool:
    """Record a use. False where a parallel one has brought the counter as far, or where the
    passkey has been deleted."""
    key = (passkey.pool_id, passkey.credential_id)
    row = session.get(Passkey, key, with_for_update=True)
    if row is None or (max(row.sign_count, sign_count) > 0 and sign_count <= row.sign_count):
        return False
    row.sign_count, row.last_used = sign_count, now
    return True


def user_handle(sealer: Sealer, pool_id: str, user_id: str, mfa: Mapping[str, Any]) -> bytes:
    """Names the user to authenticators without being his `sub` (WebAuthn §14.6.1).

    It is made of the sealing key, unless he came from a server with another one: authenticators
    never learn of a move. `mfa` is `User.mfa`, which goes along.
    """
    kept = mfa.get(HANDLE)
    if kept is not None:
        return base64.b64decode(kept)
    return sealer.derive("passkey-user", pool_id, user_id)


def handle_of(kernel: Kernel, user: User) -> bytes:
    return user_handle(kernel.sealer, user.pool_id, user.id, user.mfa)


def with_handle(
    sealer: Sealer, pool_id: str, user_id: str, mfa: Mapping[str, Any]
) -> dict[str, Any]:
    """`User.mfa` of somebody with passkeys, for another server."""
    handle = user_handle(sealer, pool_id, user_id, mfa)
    return {**mfa, HANDLE: base64.b64encode(handle).decode()}


def _account(kernel: Kernel, person: Owner) -> Account:
    user = person.user
    name = user.attributes.get("preferred_username") or user.attributes.get("email")
    shown = name or user.attributes.get("phone_number") or user.username
    return Account(handle_of(kernel, user), shown, user.attributes.get("name") or shown)


def _purpose(pool: UserPool) -> str:
    return f"passkey-challenge:{pool.id}"
