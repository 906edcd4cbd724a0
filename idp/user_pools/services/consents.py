"""What people allowed clients that ask them (the client's metadata `require_consent`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from idp.models import Consent, UserPoolClient
from idp.user_pools.services import revocation
from kernel.statements import Prepared, Rows

CLAIM = "claim:"
"""Before a claim that is asked for by name; no scope begins so."""

SCOPES = Prepared(
    select(Consent.scopes).where(
        Consent.user_id == bindparam("user_id"), Consent.client_id == bindparam("client_id")
    )
)


@dataclass(frozen=True)
class Allowed:
    """What one client may see and do, for people to look over."""

    client_id: str
    client_name: str
    scopes: tuple[str, ...]
    """Scopes, and claims as `claim:NAME`."""
    granted: datetime


def asked(scopes: Iterable[str], binding: Mapping[str, Any]) -> tuple[str, ...]:
    """What a request asks somebody to allow, in the form in which it is remembered."""
    wishes = binding.get("claims", {}).values()
    names = [CLAIM + name for place in wishes for name in place]
    return tuple(dict.fromkeys([*scopes, *names]))


def covers(rows: Rows, user_id: str, client_id: str, wanted: Iterable[str]) -> bool:
    """Whether the user has allowed the client all of it."""
    row = rows.first(SCOPES, user_id=user_id, client_id=client_id)
    return row is not None and set(wanted) <= set(row[0])


def of_user(session: Session, user_id: str) -> list[Allowed]:
    """Everything that a user has allowed, by the clients' names."""
    rows = session.execute(
        select(Consent, UserPoolClient.name)
        .join(UserPoolClient, UserPoolClient.id == Consent.client_id)
        .where(Consent.user_id == user_id)
        .order_by(UserPoolClient.name, Consent.client_id)
    )
    return [
        Allowed(consent.client_id, name, tuple(consent.scopes), consent.granted)
        for consent, name in rows
    ]


def give(
    session: Session, user_id: str, client_id: str, wanted: Iterable[str], now: datetime
) -> None:
    """Remember it, beside what was allowed before."""
    row = session.get(Consent, (user_id, client_id), with_for_update=True)
    if row is None:
        row = Consent(user_id=user_id, client_id=client_id, scopes=[])
        session.add(row)
    row.scopes = list(dict.fromkeys([*row.scopes, *wanted]))
    row.granted = now


def withdraw(session: Session, user_id: str, client_id: str, now: datetime) -> bool:
    """Forget it, and end what the client got by it. Answers whether there was anything; the caller
    announces it once the unit has committed (`revocation.announce`)."""
    row = session.get(Consent, (user_id, client_id), with_for_update=True)
    if row is None:
        return False
    session.delete(row)
    revocation.revoke_client_of_user(session, user_id, client_id, now)
    return True
