"""How a pool's pages look: classic hosted UI branding, and styles of managed login."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter
from idp.models import PoolDocument, UserPool
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.services import clients, managed_login, pools, ui_customization
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.writes("SetUICustomization")
def set_ui_customization(session: Session, call: Call, request: Input) -> Output:
    pool = _pool(session, call, request)
    row = ui_customization.set_customization(session, call.kernel, pool, request)
    return {"UICustomization": ui_customization.describe(call.kernel, row)}


@family.reads("GetUICustomization")
def get_ui_customization(session: Session, call: Call, request: Input) -> Output:
    row = ui_customization.present(session, _pool(session, call, request), request)
    return {"UICustomization": ui_customization.describe(call.kernel, row)}


@family.writes("CreateManagedLoginBranding")
def create_managed_login_branding(session: Session, call: Call, request: Input) -> Output:
    pool = _pool(session, call, request)
    clients.require(session, pool, request["ClientId"], to_change=True)
    row = managed_login.create(session, call.kernel, pool, request)
    return _described(session, row)


@family.writes("UpdateManagedLoginBranding")
def update_managed_login_branding(session: Session, call: Call, request: Input) -> Output:
    for name in ("UserPoolId", "ManagedLoginBrandingId"):
        if name not in request:
            raise InvalidParameter(f"{name} is required.")
    pool = _pool(session, call, request)
    return _described(session, managed_login.update(session, call.kernel, pool, request))


@family.writes("DeleteManagedLoginBranding")
def delete_managed_login_branding(session: Session, call: Call, request: Input) -> None:
    pool = _pool(session, call, request)
    branding_id = request["ManagedLoginBrandingId"]
    managed_login.delete(session, managed_login.require(session, pool, branding_id, to_change=True))


@family.reads("DescribeManagedLoginBranding")
def describe_managed_login_branding(session: Session, call: Call, request: Input) -> Output:
    pool = _pool(session, call, request)
    row = managed_login.require(session, pool, request["ManagedLoginBrandingId"])
    return _described(session, row, request)


@family.reads("DescribeManagedLoginBrandingByClient")
def describe_managed_login_branding_by_client(
    session: Session, call: Call, request: Input
) -> Output:
    pool = _pool(session, call, request)
    clients.require(session, pool, request["ClientId"])
    row = managed_login.of_client(session, pool, request["ClientId"])
    return _described(session, row, request)


def _pool(session: Session, call: Call, request: Input) -> UserPool:
    return pools.require(session, call, request["UserPoolId"])


def _described(session: Session, row: PoolDocument, request: Input | None = None) -> Output:
    is_merged = (request or {}).get("ReturnMergedResources", False)
    return {"ManagedLoginBranding": managed_login.describe(session, row, is_merged=is_merged)}
