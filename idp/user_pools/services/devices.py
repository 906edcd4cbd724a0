"""Devices as rows: confirming, finding, describing and forgetting them.

A device's key is handed out by a sign-in and bound to it (`RefreshFamily.device_key`); the row is
made when the client confirms the device, so that clients that know nothing of devices leave none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, true, update
from sqlalchemy.orm import Session

from idp.errors import (
    AccessTokenRevoked,
    DeviceKeyExists,
    DeviceNotFound,
    InvalidParameter,
    InvalidPoolConfiguration,
)
from idp.models import Device, RefreshFamily, User, UserPool
from idp.user_pools.rules import devices
from idp.user_pools.rules.devices import Tracking
from idp.user_pools.services import revocation
from idp.user_pools.services.access import Person
from kernel.database import Document, UtcDateTime
from kernel.runtime import Kernel
from kernel.statements import Prepared, Rows, loader

MOST_ADDRESS_CHARACTERS = 64
"""Of an address that an administrator's request tells; an IP address has 45 at most."""
REMEMBERED, NOT_REMEMBERED = "remembered", "not_remembered"

_device = loader(Device)
_OF_USER = (Device.user_id == bindparam("of_user"), Device.device_key == bindparam("of_key"))
DEVICE = Prepared(select(*Device.__table__.columns).where(*_OF_USER))
_SIGNED_IN = (
    update(Device)
    .where(*_OF_USER)
    .values(
        last_authenticated=bindparam("signed_in", type_=UtcDateTime()),
        attributes=bindparam("seen", type_=Document),
    )
)
SIGNED_IN = Prepared(_SIGNED_IN)
SIGNED_IN_REMEMBERED = Prepared(_SIGNED_IN.where(Device.remembered.is_(true())))


def find(rows: Rows, user_id: str, device_key: str) -> Device | None:
    """The user's confirmed device of that key; another user's is none."""
    row = rows.first(DEVICE, of_user=user_id, of_key=device_key)
    return None if row is None else _device(row)


def record_sign_in(
    rows: Rows, user_id: str, device_key: str, now: datetime, address: str, *, remembered: bool
) -> bool:
    """Note that the user has signed in on the device, which must be there, and be remembered where
    the caller relies on it: False where it is not. Until the unit ends nobody forgets it."""
    statement = SIGNED_IN_REMEMBERED if remembered else SIGNED_IN
    seen = _attributes(address)
    count = rows.run(statement, of_user=user_id, of_key=device_key, signed_in=now, seen=seen)
    return count == 1


def group_key(kernel: Kernel, pool_id: str, device_key: str) -> str:
    """DeviceGroupKey of a new device: nothing needs to be kept of it before it is confirmed."""
    return devices.group_key(kernel.sealer.derive("device-group", pool_id, device_key))


def confirm(session: Session, kernel: Kernel, person: Person, request: Mapping[str, Any]) -> bool:
    """Store the device that the sign-in was given; whether the user must be asked first.

    Raises `InvalidPoolConfiguration`, `InvalidParameter`, `DeviceKeyExists`.
    """
    pool, user, key = person.context.pool, person.user, request["DeviceKey"]
    tracking = require_tracking(pool)
    family = session.get(RefreshFamily, person.family.id, with_for_update=True)
    if family is None or family.revoked is not None:
        raise AccessTokenRevoked
    if family.device_key != key:
        raise InvalidParameter("Invalid device key given.")
    verifier = devices.parse_verifier(request.get("DeviceSecretVerifierConfig"))
    if session.get(Device, (user.id, key)) is not None:
        raise DeviceKeyExists
    now = kernel.clock.now()
    session.add(
        Device(
            user_id=user.id,
            device_key=key,
            group_key=group_key(kernel, pool.id, key),
            name=request.get("DeviceName"),
            salt=verifier.salt,
            sealed_verifier=kernel.sealer.seal(verifier.verifier, _purpose(key)),
            remembered=not tracking.asks_user,
            attributes=_attributes(family.address),
            created=now,
            modified=now,
            last_authenticated=family.auth_time,
        )
    )
    return tracking.asks_user


def require_tracking(pool: UserPool) -> Tracking:
    """Raises `InvalidPoolConfiguration` where the pool does not track devices."""
    tracking = devices.tracking(pool.settings)
    if tracking is None:
        raise InvalidPoolConfiguration("User pool is not configured to track devices.")
    return tracking


def require(session: Session, user_id: str, device_key: str, *, to_change: bool = False) -> Device:
    """The user's device. Raises `DeviceNotFound`."""
    device = session.get(Device, (user_id, device_key), with_for_update=to_change)
    if device is None:
        raise DeviceNotFound
    return device


def page(session: Session, user_id: str, after: str, limit: int) -> Sequence[Device]:
    """One row more than `limit`, where there are as many."""
    query = (
        select(Device)
        .where(Device.user_id == user_id, Device.device_key > after)
        .order_by(Device.device_key)
        .limit(limit + 1)
    )
    return session.scalars(query).all()


def forget(session: Session, user_id: str, device_key: str, now: datetime) -> None:
    """Delete the device and end its sign-ins. Raises `DeviceNotFound`.

    The row is locked first: a sign-in on the device has either been recorded by then, and ends
    here, or finds no device any more.
    """
    session.delete(require(session, user_id, device_key, to_change=True))
    revocation.revoke_device(session, user_id, device_key, now)


def set_status(
    session: Session, user_id: str, device_key: str, status: str | None, now: datetime
) -> None:
    """Remember the device, or no longer. Raises `DeviceNotFound`, `InvalidParameter`."""
    if status is None:
        raise InvalidParameter("Missing required parameter DeviceRememberedStatus")
    device = require(session, user_id, device_key, to_change=True)
    device.remembered = status == REMEMBERED
    device.modified = now


def open_verifier(kernel: Kernel, device: Device) -> bytes:
    """The SRP verifier. Raises `DeviceNotFound` for a device that has none."""
    if device.sealed_verifier is None:
        raise DeviceNotFound
    return kernel.sealer.open(device.sealed_verifier, _purpose(device.device_key))


def describe(pool: UserPool, user: User, device: Device) -> dict[str, Any]:
    """DeviceType. The attributes are those that AWS gives, but `dev:device_sdk`: nobody says it."""
    owner = f"{user.username}.{pool.id}"
    resource = f"owner/{owner}/device/{device.device_key}"
    attributes = {
        "device_status": "valid",
        "device_name": device.name,
        "dev:device_arn": f"arn:aws:cognito-idp:{pool.region}:{pool.account}:{resource}",
        "dev:device_owner": owner,
        "last_ip_used": device.attributes.get("last_ip_used"),
        "dev:device_remembered_status": REMEMBERED if device.remembered else NOT_REMEMBERED,
    }
    return {
        "DeviceKey": device.device_key,
        "DeviceAttributes": [
            {"Name": name, "Value": value} for name, value in attributes.items() if value
        ],
        "DeviceCreateDate": device.created,
        "DeviceLastModifiedDate": device.modified,
        "DeviceLastAuthenticatedDate": device.last_authenticated,
    }


def _attributes(address: str) -> dict[str, Any]:
    return {"last_ip_used": address[:MOST_ADDRESS_CHARACTERS]}


def _purpose(device_key: str) -> str:
    return f"device-verifier:{device_key}"
