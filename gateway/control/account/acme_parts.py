"""What ACME left in the database: the account's key, and certificates by the name they are for.

A private key is sealed; `PURPOSE` and the row's id open it. Ids are unique across accounts, as
names are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.control.account.models import AccountPart

ACME_ACCOUNT = "acme-account"
ACME_CERTIFICATE = "acme-certificate"
PURPOSE = "gateway acme"


class Issued(NamedTuple):
    """A certificate that is here."""

    digest: str
    renew_at: float
    """Seconds since the epoch."""


def issued(session: Session) -> dict[str, Issued]:
    """By the name they are for."""
    return {
        document["Name"]: Issued(
            document["Digest"], datetime.fromisoformat(document["RenewAt"]).timestamp()
        )
        for document in _documents(session)
        if document.get("Digest")
    }


def _documents(session: Session) -> list[Mapping[str, Any]]:
    query = select(AccountPart.document).where(AccountPart.kind == ACME_CERTIFICATE)
    return list(session.scalars(query))


def find(session: Session, part_id: str) -> AccountPart | None:
    """The row of an id that `certificate_id` or `account_id` made."""
    return session.scalar(
        select(AccountPart).where(
            AccountPart.kind.in_((ACME_ACCOUNT, ACME_CERTIFICATE)), AccountPart.id == part_id
        )
    )


def forget(session: Session, name: str) -> None:
    """The domain is gone, or belongs to somebody else from now on."""
    session.execute(
        delete(AccountPart).where(
            AccountPart.kind == ACME_CERTIFICATE, AccountPart.id == certificate_id(name)
        )
    )


def certificate_id(name: str) -> str:
    """The id of the part that keeps the certificate of a domain."""
    return f"{ACME_CERTIFICATE}-{hashlib.sha256(name.encode()).hexdigest()}"


def account_id(directory_url: str) -> str:
    """The id of the part that keeps the account of an ACME server."""
    return f"{ACME_ACCOUNT}-{hashlib.sha256(directory_url.encode()).hexdigest()}"


def purpose(part_id: str) -> str:
    """What the private key of a part is sealed for."""
    return f"{PURPOSE} {part_id}"
