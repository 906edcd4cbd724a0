"""Remembered devices: ConfirmDevice, and what users and administrators do with devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, ResourceNotFound, UserNotFound
from idp.models import User, UserPool
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.services import access, devices, pages, pools, revocation, users
from idp.user_pools.services.sign_in.attempt import parameter
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.operation("ConfirmDevice")
def confirm_device(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    must_ask = call.kernel.database.write(devices.confirm, call.kernel, person, request)
    return {"UserConfirmationNecessary": must_ask}


@family.operation("GetDevice")
def get_device(call: Call, request: Input) -> Output:
    if "AccessToken" not in request:
        raise InvalidParameter("Missing required parameter AccessToken")
    person = access.authenticate(call.kernel, _access_token(request))
    return call.kernel.database.read(_get, person.context.pool, person.user, request)


@family.reads("AdminGetDevice")
def admin_get_device(session: Session, call: Call, request: Input) -> Output:
    pool, user = _owner(session, call, request)
    return _get(session, pool, user, request)


@family.operation("ListDevices")
def list_devices(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    return call.kernel.database.read(_list, call, person.context.pool, person.user, request)


@family.reads("AdminListDevices")
def admin_list_devices(session: Session, call: Call, request: Input) -> Output:
    pool, user = _owner(session, call, request)
    return _list(session, call, pool, user, request)


@family.operation("ForgetDevice")
def forget_device(call: Call, request: Input) -> None:
    person = access.authenticate(call.kernel, _access_token(request))
    now = call.kernel.clock.now()
    call.kernel.database.write(devices.forget, person.user.id, request["DeviceKey"], now)
    revocation.announce(call.kernel)


@family.operation("AdminForgetDevice")
def admin_forget_device(call: Call, request: Input) -> None:
    call.kernel.database.write(_admin_forget, call, request)
    revocation.announce(call.kernel)


@family.operation("UpdateDeviceStatus")
def update_device_status(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    call.kernel.database.write(_set_status, call, person.context.pool, person.user.id, request)
    return {}


@family.writes("AdminUpdateDeviceStatus")
def admin_update_device_status(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"])
    _set_status(session, call, pool, user.id, request)
    return {}


def _get(session: Session, pool: UserPool, user: User, request: Mapping[str, Any]) -> Output:
    device = devices.require(session, user.id, request["DeviceKey"])
    return {"Device": devices.describe(pool, user, device)}


def _list(session: Session, call: Call, pool: UserPool, user: User, request: Input) -> Output:
    limit = pages.size(request.get("Limit"))
    after = pages.position(call, request.get("PaginationToken"), user.id)
    rows = devices.page(session, user.id, after, limit)
    page, token = pages.cut(call, rows, limit, lambda device: device.device_key, user.id)
    described = [devices.describe(pool, user, device) for device in page]
    return with_token({"Devices": described}, "PaginationToken", token)


def _admin_forget(session: Session, call: Call, request: Input) -> None:
    pool = pools.require(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"])
    devices.forget(session, user.id, request["DeviceKey"], call.kernel.clock.now())


def _set_status(session: Session, call: Call, pool: UserPool, user_id: str, request: Input) -> None:
    devices.require_tracking(pool)
    status = request.get("DeviceRememberedStatus")
    now = call.kernel.clock.now()
    devices.set_status(session, user_id, request["DeviceKey"], status, now)


def _owner(session: Session, call: Call, request: Input) -> tuple[UserPool, User]:
    """AdminGetDevice and AdminListDevices name no UserNotFoundException among their errors."""
    pool = pools.require(session, call, request["UserPoolId"])
    try:
        return pool, users.require(session, pool, request["Username"])
    except UserNotFound as error:
        raise ResourceNotFound(error.message) from None


def _access_token(request: Input) -> str:
    """The model does not require it here; AWS does. Raises `InvalidParameter`."""
    return parameter(request, "AccessToken")
