"""The number that grows with every change that a data plane must notice."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.control.models import GatewayVersion

CHANNEL = "gateway-config"
"""Where the new number is published after each commit, in decimal."""

_ONLY_ROW = 1


def version(session: Session) -> int:
    """The number of the latest change; 0 before the first."""
    return session.scalar(select(GatewayVersion.number)) or 0


def advance(session: Session) -> int:
    """Count a change, in the transaction that makes it, and return its number."""
    number = _increment(session)
    if number is None:
        _make_row(session)
        number = _increment(session)
    if number is None:
        raise RuntimeError("the configuration version has no row")
    return number


def _increment(session: Session) -> int | None:
    return session.scalar(
        update(GatewayVersion)
        .where(GatewayVersion.id == _ONLY_ROW)
        .values(number=GatewayVersion.number + 1)
        .returning(GatewayVersion.number)
    )


def _make_row(session: Session) -> None:
    try:
        with session.begin_nested():
            session.add(GatewayVersion(id=_ONLY_ROW, number=0))
    except IntegrityError:
        return  # another transaction made it first
