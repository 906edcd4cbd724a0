"""Styles of managed login, one for each app client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from idp.errors import BrandingExists, InvalidParameter, ResourceNotFound
from idp.models import PoolAsset, PoolDocument, UserPool
from idp.user_pools.rules import images, managed_login
from idp.user_pools.rules.managed_login import Asset
from idp.user_pools.rules.managed_login_defaults import DEFAULTS
from idp.user_pools.services import documents
from kernel.runtime import Kernel

KIND = "managed_login_branding"
OF_CLIENT = "managed_login_branding_of_client"


def create(
    session: Session, kernel: Kernel, pool: UserPool, request: Mapping[str, Any]
) -> PoolDocument:
    """A style for a client of the pool. Raises `BrandingExists`, `InvalidParameter`."""
    client_id = request["ClientId"]
    if documents.find(session, pool.id, OF_CLIENT, client_id):
        raise BrandingExists
    branding_id, now = kernel.randomness.uuid(), kernel.clock.now()
    documents.add(session, pool.id, OF_CLIENT, client_id, {"Id": branding_id}, now)
    empty = {
        "ClientId": client_id,
        "UseCognitoProvidedValues": False,
        "Settings": {},
        "Assets": [],
    }
    row = documents.add(session, pool.id, KIND, branding_id, empty, now)
    return _apply(session, kernel, row, request)


def update(
    session: Session, kernel: Kernel, pool: UserPool, request: Mapping[str, Any]
) -> PoolDocument:
    """Change what the request names: "preserves existing style settings that you don't specify"."""
    row = require(session, pool, request["ManagedLoginBrandingId"], to_change=True)
    return _apply(session, kernel, row, request)


def require(
    session: Session, pool: UserPool, branding_id: str, *, to_change: bool = False
) -> PoolDocument:
    """The style. Raises `ResourceNotFound`."""
    row = documents.find(session, pool.id, KIND, branding_id.lower(), to_change=to_change)
    if row is None:
        raise ResourceNotFound(f"Managed login branding {branding_id} does not exist.")
    return row


def of_client(session: Session, pool: UserPool, client_id: str) -> PoolDocument:
    """The style of a client. Raises `ResourceNotFound`."""
    found = documents.find(session, pool.id, OF_CLIENT, client_id)
    if found is None:
        raise ResourceNotFound(f"App client {client_id} has no managed login branding.")
    return require(session, pool, found.document["Id"])


def delete(session: Session, row: PoolDocument) -> None:
    """Delete the style with its assets."""
    _delete_assets(session, row, row.document["Assets"])
    documents.remove(session, row.pool_id, OF_CLIENT, row.document["ClientId"])
    session.delete(row)


def forget_client(session: Session, pool_id: str, client_id: str) -> None:
    """Delete the style of a client that is deleted."""
    found = documents.find(session, pool_id, OF_CLIENT, client_id)
    if found is not None:
        row = documents.find(session, pool_id, KIND, found.document["Id"])
        if row is not None:
            delete(session, row)


def describe(session: Session, row: PoolDocument, *, is_merged: bool = False) -> dict[str, Any]:
    """ManagedLoginBrandingType; with the defaults of what the style leaves out where asked."""
    document = row.document
    settings = document["Settings"]
    if is_merged:
        settings = managed_login.merged(DEFAULTS, settings)
    return {
        "ManagedLoginBrandingId": row.key,
        "UserPoolId": row.pool_id,
        "UseCognitoProvidedValues": document["UseCognitoProvidedValues"],
        "Settings": settings,
        "Assets": [_described(session, row, each) for each in document["Assets"]],
        "CreationDate": row.created,
        "LastModifiedDate": row.modified,
    }


def _apply(
    session: Session, kernel: Kernel, row: PoolDocument, request: Mapping[str, Any]
) -> PoolDocument:
    document, now = dict(row.document), kernel.clock.now()
    uses_defaults = request.get("UseCognitoProvidedValues", False)
    if uses_defaults and ("Settings" in request or "Assets" in request):
        raise InvalidParameter(
            "Settings and Assets cannot be set together with UseCognitoProvidedValues."
        )
    if uses_defaults:
        _delete_assets(session, row, document["Assets"])
        document |= {"Settings": {}, "Assets": []}
    if "Settings" in request:
        managed_login.check_settings(request["Settings"])
        document["Settings"] = managed_login.merged(document["Settings"], request["Settings"])
        managed_login.check_settings(document["Settings"])
    if "Assets" in request:
        given = managed_login.read_assets(request["Assets"])
        document["Assets"] = _with_assets(session, kernel, row, given)
    is_customised = bool(document["Settings"] or document["Assets"])
    document["UseCognitoProvidedValues"] = uses_defaults or (
        document["UseCognitoProvidedValues"] and not is_customised
    )
    documents.change(row, document, now)
    return row


def _with_assets(
    session: Session, kernel: Kernel, row: PoolDocument, given: Iterable[Asset]
) -> list[dict[str, Any]]:
    """The style's assets with the given ones in their places."""
    present = {_place(entry): entry for entry in row.document["Assets"]}
    for asset in given:
        former = present.get(asset.place)
        if asset.content is None and (former is None or former["Extension"] != asset.extension):
            raise InvalidParameter(f"The asset of the category {asset.category} has no Bytes.")
        if asset.content is None:
            continue
        if former is not None:
            _delete_assets(session, row, [former])
        present[asset.place] = _stored(session, kernel, row, asset, asset.content)
    entries = list(present.values())
    if len(entries) > managed_login.MOST_ASSETS:
        raise InvalidParameter(f"A style can have {managed_login.MOST_ASSETS} assets.")
    if sum(entry["Size"] for entry in entries) > managed_login.LARGEST_ASSETS:
        raise InvalidParameter(
            f"The assets of a style can have {managed_login.LARGEST_ASSETS} bytes together."
        )
    return entries


def _stored(
    session: Session, kernel: Kernel, row: PoolDocument, asset: Asset, content: bytes
) -> dict[str, Any]:
    asset_id = f"managed-login/{row.key}/{kernel.randomness.uuid()}"
    session.add(
        PoolAsset(
            pool_id=row.pool_id,
            id=asset_id,
            content_type=images.CONTENT_TYPES[asset.extension],
            content=content,
            created=kernel.clock.now(),
        )
    )
    return {
        "Category": asset.category,
        "ColorMode": asset.colour_mode,
        "Extension": asset.extension,
        **({"ResourceId": asset.resource_id} if asset.resource_id else {}),
        "AssetId": asset_id,
        "Size": len(content),
    }


def _place(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    return entry["Category"], entry["ColorMode"], entry.get("ResourceId", "")


def _described(session: Session, row: PoolDocument, entry: Mapping[str, Any]) -> dict[str, Any]:
    asset = session.get_one(PoolAsset, (row.pool_id, entry["AssetId"]))
    shown = {name: value for name, value in entry.items() if name not in ("AssetId", "Size")}
    return {**shown, "Bytes": asset.content}


def _delete_assets(
    session: Session, row: PoolDocument, entries: Iterable[Mapping[str, Any]]
) -> None:
    for entry in entries:
        asset = session.get(PoolAsset, (row.pool_id, entry["AssetId"]))
        if asset is not None:
            session.delete(asset)
