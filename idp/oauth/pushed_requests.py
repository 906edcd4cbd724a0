"""Authorization requests that wait under a `request_uri` (RFC 9126): 256 random bits, stored as a
hash, bound to one client.

A reference must be opened within a minute. From then on it lives for as long as somebody may need
to sign in, because every screen carries it, and is spent with the response that it leads to: "it
may be necessary to allow for duplicate requests due to a user reloading/refreshing their user
agent" (§4). Nothing extends it a second time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from idp.errors import TooManyRequests
from idp.models import PushedRequest
from idp.oauth.request_parameters import KNOWN
from kernel.clock import Randomness
from kernel.runtime import Kernel
from kernel.statements import Prepared, Rows
from kernel.tokens import encoding

PREFIX = "urn:ietf:params:oauth:request_uri:"
REFERENCE_BYTES = 32
LIFETIME = timedelta(seconds=60)
OPEN_FOR = timedelta(minutes=30)
MOST_OPEN = 5_000
"""Of a public client, in whose name anybody can push: more are not kept at a time."""

REQUEST = Prepared(
    select(PushedRequest.client_id, PushedRequest.parameters, PushedRequest.expires).where(
        PushedRequest.id_hash == bindparam("reference")
    )
)


class Spent(Exception):
    """The request has led to a response already, or is over."""


@dataclass(frozen=True)
class Pushed:
    """What waits: checked parameters, and whether the client signed them (RFC 9101)."""

    parameters: Mapping[str, str]
    is_signed: bool = False


def new_reference(randomness: Randomness) -> str:
    """A `request_uri` that nobody guesses."""
    return PREFIX + encoding.encode(randomness.bytes(REFERENCE_BYTES))


def check_room(session: Session, client_id: str, now: datetime) -> None:
    """Raises `TooManyRequests`."""
    open_ones = (
        select(PushedRequest.id_hash)
        .where(PushedRequest.client_id == client_id, PushedRequest.expires > now)
        .limit(MOST_OPEN)
    )
    if (session.scalar(select(func.count()).select_from(open_ones.subquery())) or 0) >= MOST_OPEN:
        raise TooManyRequests


def store(
    session: Session,
    reference: str,
    client_id: str,
    pushed: Pushed,
    expires: datetime,
    *,
    is_open: bool = False,
) -> None:
    """Let the request wait. What nobody looks at is not kept."""
    known = {name: text for name, text in pushed.parameters.items() if name in KNOWN}
    session.add(
        PushedRequest(
            id_hash=_hash(reference),
            client_id=client_id,
            parameters={
                "parameters": known,
                "is_signed": pushed.is_signed,
                "is_open": is_open,
            },
            expires=expires,
        )
    )


def open_request(kernel: Kernel, reference: str, client_id: str) -> Pushed | None:
    """The client's request under a reference, while it may still lead somewhere."""
    now = kernel.clock.now()
    found = kernel.database.look_up(_find, reference)
    if found is None:
        return None
    owner, document, expires = found
    if owner != client_id or expires <= now:
        return None
    if not document["is_open"]:
        kernel.database.write(_keep, reference, now + OPEN_FOR)
    return Pushed(document["parameters"], document["is_signed"])


def spend(session: Session, reference: str) -> None:
    """Raises `Spent` for all but the first."""
    row = session.get(PushedRequest, _hash(reference), with_for_update=True)
    if row is None:
        raise Spent
    session.delete(row)
    session.flush()


def _find(rows: Rows, reference: str) -> tuple[str, dict[str, Any], datetime] | None:
    row = rows.first(REQUEST, reference=_hash(reference))
    return None if row is None else (row[0], row[1], row[2])


def _keep(session: Session, reference: str, expires: datetime) -> None:
    row = session.get(PushedRequest, _hash(reference), with_for_update=True)
    if row is not None and not row.parameters["is_open"]:
        row.parameters = {**row.parameters, "is_open": True}
        row.expires = expires


def _hash(reference: str) -> bytes:
    return hashlib.sha256(reference.encode()).digest()
