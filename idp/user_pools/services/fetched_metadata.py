"""The last good metadata that was fetched for a SAML provider: what holds in any process while its
address is away. It is only text; whoever reads it checks it as if it had just come."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from idp.user_pools.services import documents

KIND = "saml_metadata"
NOTED_EVERY = 86_400.0
"""Seconds after which the same text is noted as fetched again."""


@dataclass(frozen=True)
class Fetched:
    """What an address said, and when, in seconds since 1970."""

    address: str
    octets: bytes
    at: float


def last(session: Session, pool_id: str, provider: str) -> Fetched | None:
    row = documents.find(session, pool_id, KIND, provider)
    if row is None:
        return None
    octets = base64.b64decode(row.document["Octets"])
    return Fetched(row.document["Address"], octets, row.document["FetchedAt"])


def keep(session: Session, pool_id: str, provider: str, fetched: Fetched, now: datetime) -> None:
    present = last(session, pool_id, provider)
    if (
        present is not None
        and (present.address, present.octets) == (fetched.address, fetched.octets)
        and fetched.at - present.at < NOTED_EVERY
    ):
        return
    document = {
        "Address": fetched.address,
        "Octets": base64.b64encode(fetched.octets).decode(),
        "FetchedAt": fetched.at,
    }
    documents.put(session, pool_id, KIND, provider, document, now)


def forget(session: Session, pool_id: str, provider: str) -> None:
    documents.remove(session, pool_id, KIND, provider)
