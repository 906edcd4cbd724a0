"""Device authorizations (RFC 8628): a device waits under its device code, a person finds it by the
user code and lets it in or not.

The device code has 256 bits and is stored as a hash. It buys tokens once; its replay revokes them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from idp.errors import LimitExceeded
from idp.models import DeviceAuthorization
from idp.oauth import codes
from idp.oauth.clients import OAuthClient
from idp.oauth.sessions import SignedIn
from idp.user_pools.rules import user_codes
from idp.user_pools.services import attempt_counts
from idp.user_pools.services.circumstances import Circumstances
from idp.user_pools.services.tokens import MOST_USER_AGENT_CHARACTERS
from kernel.clock import Randomness
from kernel.statements import Prepared, Rows

LIFETIME = timedelta(minutes=15)
INTERVAL, MOST_INTERVAL = 5, 60
"""Seconds between two polls: at first, and where a device does not slow down."""
SLOWER = 5
PENDING, APPROVED, DENIED, REDEEMED = "PENDING", "APPROVED", "DENIED", "REDEEMED"
ORIGIN = "requested_from"
"""The member of `binding` that says where the device's request came from; no token has it."""

GUESS_WINDOW = timedelta(hours=1)
MOST_GUESSES, MOST_GUESSES_OF_POOL = 10, 1000
"""Wrong user codes (§5.1): from one address, and in all."""

CLAIM = Prepared(
    update(DeviceAuthorization)
    .where(
        DeviceAuthorization.device_code_hash == bindparam("device_code"),
        DeviceAuthorization.status == APPROVED,
    )
    .values(status=REDEEMED, family_id=bindparam("family"))
)


@dataclass(frozen=True)
class Started:
    """What a device is given, once."""

    device_code: str
    user_code: str


class Standing(Enum):
    """What a device that polls is told."""

    UNKNOWN = auto()
    PENDING = auto()
    TOO_FAST = auto()
    DENIED = auto()
    EXPIRED = auto()
    REPLAYED = auto()
    APPROVED = auto()


def hash_of(device_code: str) -> bytes:
    """What is stored of a device code."""
    return hashlib.sha256(device_code.encode()).digest()


def start(
    session: Session,
    client: OAuthClient,
    scopes: tuple[str, ...],
    resources: tuple[str, ...],
    here: Circumstances,
    randomness: Randomness,
    now: datetime,
) -> Started:
    """Let a device wait, under a user code that no other one of the pool has."""
    user_code = user_codes.new(randomness)
    while _row(session, client.pool_id, user_code) is not None:
        user_code = user_codes.new(randomness)
    started = Started(codes.new_code(randomness.bytes), user_code)
    session.add(
        DeviceAuthorization(
            device_code_hash=hash_of(started.device_code),
            pool_id=client.pool_id,
            client_id=client.client_id,
            user_code=user_code,
            scopes=list(scopes),
            binding={**_origin(here), **({"resource": list(resources)} if resources else {})},
            status=PENDING,
            interval=INTERVAL,
            expires=now + LIFETIME,
        )
    )
    return started


def enter(
    session: Session, pool_id: str, user_code: str | None, address: str, now: datetime
) -> DeviceAuthorization | None:
    """The device that waits under a user code; None counts as a wrong guess.

    `address` is a keyed hash of where the guess comes from. Its count is locked first, so that of a
    burst of guesses no more are looked at than of a row of them. Raises `LimitExceeded`.
    """
    limits = ((f"device-code:{address}", MOST_GUESSES), ("device-code", MOST_GUESSES_OF_POOL))
    counts = [attempt_counts.find(session, pool_id, subject, now) for subject, _ in limits]
    for count, (_, most) in zip(counts, limits, strict=True):
        if now - count.last >= GUESS_WINDOW:
            count.attempts = 0
        if count.attempts >= most:
            raise LimitExceeded
    row = _row(session, pool_id, user_code) if user_code else None
    if row is not None and row.status == PENDING and row.expires > now:
        return row
    for count in counts:
        count.attempts, count.last = count.attempts + 1, now
    return None


def waiting(
    session: Session, pool_id: str, user_code: str, now: datetime
) -> DeviceAuthorization | None:
    """The device that waits under a user code. Nobody else decides on it until the unit ends."""
    row = _row(session, pool_id, user_code)
    return row if row is not None and row.status == PENDING and row.expires > now else None


def decide(
    session: Session,
    pool_id: str,
    user_code: str,
    signed_in: SignedIn,
    now: datetime,
    *,
    lets_in: bool,
) -> bool:
    """Let the device in, as who is signed in, or not; False where it no longer waits.

    Raises `codes.SessionOver` where the person's session has ended meanwhile.
    """
    codes.note_use(session, signed_in, now)
    row = waiting(session, pool_id, user_code, now)
    if row is None:
        return False
    row.status = APPROVED if lets_in else DENIED
    row.user_id, row.auth_time = signed_in.user_id, signed_in.auth_time
    row.factors = list(signed_in.opening.factors)
    row.browser_session_id = signed_in.opening.browser_session_id
    return True


def poll(
    session: Session, device_code: str, client_id: str, now: datetime
) -> tuple[Standing, DeviceAuthorization | None]:
    """How things stand for the device (§3.5)."""
    row = session.get(DeviceAuthorization, hash_of(device_code), with_for_update=True)
    if row is None or row.client_id != client_id:
        return Standing.UNKNOWN, None
    if row.status == REDEEMED:
        return Standing.REPLAYED, row
    if row.expires <= now:
        return Standing.EXPIRED, row
    if row.status == PENDING:
        return _pace(row, now), row
    return Standing[row.status], row


def claim(rows: Rows, row: DeviceAuthorization, family_id: str) -> None:
    """Spend the device code on a refresh family. Raises `codes.CodeSpent` for all but the first."""
    if rows.run(CLAIM, device_code=row.device_code_hash, family=family_id) != 1:
        raise codes.CodeSpent


def _origin(here: Circumstances) -> dict[str, Any]:
    agent = here.user_agent[:MOST_USER_AGENT_CHARACTERS]
    return {ORIGIN: {"address": here.address, "user_agent": agent}}


def _pace(row: DeviceAuthorization, now: datetime) -> Standing:
    """§3.5, slow_down: "the interval MUST be increased by 5 seconds for this and all subsequent
    requests"."""
    is_too_fast = row.polled is not None and now - row.polled < timedelta(seconds=row.interval)
    row.polled = now
    if not is_too_fast:
        return Standing.PENDING
    row.interval = min(row.interval + SLOWER, MOST_INTERVAL)
    return Standing.TOO_FAST


def _row(session: Session, pool_id: str, user_code: str) -> DeviceAuthorization | None:
    return session.scalar(
        select(DeviceAuthorization)
        .where(DeviceAuthorization.pool_id == pool_id, DeviceAuthorization.user_code == user_code)
        .with_for_update()
    )
