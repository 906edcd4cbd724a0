"""Locks for what has no row to lock: the number of things of an account, say."""

from __future__ import annotations

import hashlib

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def hold(session: Session, *names: str) -> None:
    """Until the unit ends, no other one holds the lock of the same names. It may wait for it.

    SQLite needs none: its writing units run one after the other as it is. PostgreSQL numbers such
    locks with 64 bits, so other names might come by the same lock, and would wait without need.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    digest = hashlib.sha256("\0".join(names).encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    session.execute(select(func.pg_advisory_xact_lock(number)))
