"""Recovery codes, beyond AWS: they stand in for a lost second factor, each once.

Ten of them are made with a user's first authenticator on the hosted pages, and shown there once;
the database has keyed hashes.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import CursorResult, update
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from idp.models import RecoveryCode
from kernel.runtime import Kernel

NUMBER = 10
LENGTH = 12
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Without I, L, O, U, 0 and 1, which hands mistake: 58 bits in a code."""
GROUP = 4


def make(session: Session, kernel: Kernel, user_id: str) -> list[str]:
    """New codes in place of any old ones, as people write them: `ABCD-EFGH-JKMN`."""
    delete(session, user_id)
    codes = [kernel.randomness.text(LENGTH, ALPHABET) for _ in range(NUMBER)]
    now = kernel.clock.now()
    for code in codes:
        session.add(
            RecoveryCode(user_id=user_id, code_hash=_hash(kernel, user_id, code), created=now)
        )
    return ["-".join(code[i : i + GROUP] for i in range(0, LENGTH, GROUP)) for code in codes]


def use(session: Session, kernel: Kernel, user_id: str, typed: str) -> bool:
    """Whether this is one of the user's codes that was not used; from now on it is."""
    statement = (
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == _hash(kernel, user_id, _normalised(typed)),
            RecoveryCode.used.is_(None),
        )
        .values(used=kernel.clock.now())
    )
    return cast("CursorResult[object]", session.execute(statement)).rowcount == 1


def delete(session: Session, user_id: str) -> None:
    session.execute(delete_rows(RecoveryCode).where(RecoveryCode.user_id == user_id))


def _normalised(typed: str) -> str:
    """Without what people put between the letters."""
    return "".join(c for c in typed.upper() if c in ALPHABET)


def _hash(kernel: Kernel, user_id: str, code: str) -> bytes:
    return kernel.sealer.derive("recovery-code", user_id, code)
