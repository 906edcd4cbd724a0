"""A user's TOTP authenticator: handing out its secret, taking it into use, and checking codes.

The secret is sealed at rest for its user. Each code is taken once: its step is claimed in the row
that holds the secret, in the unit of work that compares it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from idp.errors import (
    CodeUsed,
    IdpError,
    InvalidParameter,
    SoftwareTokenNotEnabled,
    SoftwareTokenNotVerified,
    WrongSecondFactor,
)
from idp.models import SoftwareToken, User
from idp.user_pools.rules import one_time_passwords as totp
from idp.user_pools.rules.second_factors import SOFTWARE_TOKEN
from idp.user_pools.services import recovery_codes
from kernel.runtime import Kernel
from kernel.statements import Prepared, Rows

LONGEST_NAME = 256

# One token a user: the name, where the secret is in use.
IN_USE = Prepared(
    select(SoftwareToken.user_id, SoftwareToken.friendly_name).where(
        SoftwareToken.user_id == bindparam("user_id"), SoftwareToken.sealed_secret.is_not(None)
    )
)
CHANGED = Prepared(
    select(SoftwareToken.modified, SoftwareToken.sealed_secret).where(
        SoftwareToken.user_id == bindparam("user_id")
    )
)


def is_in_use(rows: Rows, user_id: str) -> bool:
    """Whether the user has an authenticator whose secret was verified."""
    return rows.first(IN_USE, user_id=user_id) is not None


def has_changed(rows: Rows, user_id: str, since: datetime) -> bool:
    """Whether the user was handed out a secret, or took one into use, after a moment."""
    row = rows.first(CHANGED, user_id=user_id)
    return row is not None and row[0] > since


def modified(rows: Rows, user_id: str) -> datetime | None:
    """When the user's authenticator was taken into use, or another secret handed out beside it.
    None where he has no authenticator."""
    row = rows.first(CHANGED, user_id=user_id)
    return None if row is None or row[1] is None else row[0]


def friendly_name(rows: Rows, user_id: str) -> str:
    """What the user called his authenticator."""
    row = rows.first(IN_USE, user_id=user_id)
    return "" if row is None else row[1] or ""


def new_secret(kernel: Kernel) -> bytes:
    return kernel.randomness.bytes(totp.SECRET_BYTES)


def hand_out(session: Session, kernel: Kernel, user_id: str, secret: bytes) -> None:
    """Keep a secret until `take_into_use`; the one in use stays until then."""
    row = _row(session, user_id) or _new_row(session, user_id)
    row.sealed_pending = kernel.sealer.seal(secret, _purpose(user_id))
    row.modified = kernel.clock.now()


def take_into_use(
    session: Session, kernel: Kernel, user_id: str, code: str, name: str | None
) -> IdpError | None:
    """The secret that was handed out, proved by a code. The refusal is returned, not raised."""
    row = _row(session, user_id)
    if row is None or row.sealed_pending is None:
        return SoftwareTokenNotEnabled("No software token waits for verification.")
    secret = kernel.sealer.open(row.sealed_pending, _purpose(user_id))
    step = totp.matching_step(secret, code, kernel.clock.now())
    if step is None:
        return SoftwareTokenNotVerified()
    keep(session, kernel, user_id, secret, step, name)
    return None


def keep(
    session: Session, kernel: Kernel, user_id: str, secret: bytes, step: int, name: str | None
) -> datetime:
    """Take a secret into use whose code of `step` has been seen; `modified` from now on. The
    recovery codes that stood in for another authenticator end with it: who replaces one may have
    lost both."""
    row = _row(session, user_id) or _new_row(session, user_id)
    if row.sealed_secret is not None:
        recovery_codes.delete(session, user_id)
    row.sealed_secret = kernel.sealer.seal(secret, _purpose(user_id))
    row.sealed_pending = None
    row.last_step, row.friendly_name = step, name
    row.modified = kernel.clock.now()
    return row.modified


def claim(session: Session, kernel: Kernel, user_id: str, code: str) -> IdpError | None:
    """Compare a code with the secret in use, and claim its step. The refusal is returned."""
    row = _row(session, user_id)
    if row is None or row.sealed_secret is None:
        return WrongSecondFactor()
    secret = kernel.sealer.open(row.sealed_secret, _purpose(user_id))
    step = totp.matching_step(secret, code, kernel.clock.now())
    if step is None:
        return WrongSecondFactor()
    if step <= row.last_step:
        return CodeUsed()
    row.last_step = step
    return None


def delete(session: Session, kernel: Kernel, user: User) -> None:
    """Forget the authenticator, its place in the user's preferences, and the recovery codes that
    stand in for it. `user` was loaded to be changed."""
    row = _row(session, user.id)
    if row is not None:
        session.delete(row)
    recovery_codes.delete(session, user.id)
    mfa = dict(user.mfa)
    mfa["enabled"] = [each for each in mfa.get("enabled", []) if each != SOFTWARE_TOKEN]
    if mfa.get("preferred") == SOFTWARE_TOKEN:
        del mfa["preferred"]
    user.mfa, user.modified = mfa, kernel.clock.now()


def check_name(name: str | None) -> None:
    """FriendlyDeviceName. Raises `InvalidParameter`."""
    if name is not None and (len(name) > LONGEST_NAME or not name.isprintable()):
        raise InvalidParameter(
            f"FriendlyDeviceName must be at most {LONGEST_NAME} printable characters."
        )


def _row(session: Session, user_id: str) -> SoftwareToken | None:
    return session.get(SoftwareToken, user_id, with_for_update=True)


def _new_row(session: Session, user_id: str) -> SoftwareToken:
    row = SoftwareToken(user_id=user_id, last_step=0)
    session.add(row)
    return row


def _purpose(user_id: str) -> str:
    return f"software-token:{user_id}"
