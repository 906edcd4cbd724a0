"""The numbers that grow with every change that a data plane must notice.

One counts everything; a second one those of API keys and usage plans, of which there may be so
many that they are read again only where they have changed.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.control.models import GatewayVersion

CHANNEL = "gateway-config"
"""Where the new number is published after each commit, in decimal."""

EVERYTHING = 1
KEYS = 2
"""API keys, usage plans, and which plan has which key."""


def version(session: Session, of: int = EVERYTHING) -> int:
    """The number of the latest change; 0 before the first."""
    return session.scalar(select(GatewayVersion.number).where(GatewayVersion.id == of)) or 0


def advance(session: Session, of: int = EVERYTHING) -> int:
    """Count a change, in the transaction that makes it, and return its number."""
    number = _increment(session, of)
    if number is None:
        _make_row(session, of)
        number = _increment(session, of)
    if number is None:
        raise RuntimeError("the configuration version has no row")
    return number


def _increment(session: Session, of: int) -> int | None:
    return session.scalar(
        update(GatewayVersion)
        .where(GatewayVersion.id == of)
        .values(number=GatewayVersion.number + 1)
        .returning(GatewayVersion.number)
    )


def _make_row(session: Session, of: int) -> None:
    try:
        with session.begin_nested():
            session.add(GatewayVersion(id=of, number=0))
    except IntegrityError:
        return  # another transaction made it first
