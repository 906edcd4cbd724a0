"""Branding of the classic hosted UI: CSS and a logo, for one app client or for all of a pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter
from idp.models import PoolAsset, PoolDocument, PoolDomain, UserPool
from idp.user_pools.rules import images, ui_css
from idp.user_pools.services import clients, documents
from kernel.runtime import Kernel

KIND = "ui_customization"
ALL = "ALL"
LARGEST_IMAGE = 102_400
IMAGE_KINDS = frozenset({"PNG", "JPEG"})
LOGO_PATH = "/hosted-ui/logo"


def set_customization(
    session: Session, kernel: Kernel, pool: UserPool, request: Mapping[str, Any]
) -> PoolDocument | None:
    """Replace the branding; without CSS and image it is taken away. Raises `InvalidParameter`."""
    client_id = _client(session, pool, request)
    if not session.scalar(select(PoolDomain.domain).where(PoolDomain.pool_id == pool.id)):
        raise InvalidParameter("There has to be an existing domain associated with this user pool.")
    css, image = request.get("CSS", ""), request.get("ImageFile", b"")
    ui_css.parse(css)
    kind = _check_image(image) if image else ""
    remove(session, pool.id, client_id)
    if not css.strip() and not image:
        return None
    now = kernel.clock.now()
    document: dict[str, Any] = {"CSS": css, "CSSVersion": f"{now:%Y%m%d%H%M%S}"}
    if image:
        document["Image"] = f"{kernel.randomness.uuid()}.{kind.lower()}"
        session.add(
            PoolAsset(
                pool_id=pool.id,
                id=_asset_id(document["Image"]),
                content_type=images.CONTENT_TYPES[kind],
                content=image,
                created=now,
            )
        )
    return documents.add(session, pool.id, KIND, client_id, document, now)


def present(session: Session, pool: UserPool, request: Mapping[str, Any]) -> PoolDocument | None:
    """The client's branding, else that of all clients, else none."""
    client_id = _client(session, pool, request)
    row = documents.find(session, pool.id, KIND, client_id)
    return row or documents.find(session, pool.id, KIND, ALL)


def describe(kernel: Kernel, row: PoolDocument | None) -> dict[str, Any]:
    """UICustomizationType; empty where there is none."""
    if row is None:
        return {}
    image = row.document.get("Image")
    url = f"{kernel.settings.origin}{LOGO_PATH}/{row.pool_id}/{image}"
    return {
        "UserPoolId": row.pool_id,
        "ClientId": row.key,
        **({"ImageUrl": url} if image else {}),
        "CSS": row.document["CSS"],
        "CSSVersion": row.document["CSSVersion"],
        "CreationDate": row.created,
        "LastModifiedDate": row.modified,
    }


def remove(session: Session, pool_id: str, client_id: str) -> None:
    """Delete the branding of a client, if it has one."""
    row = documents.find(session, pool_id, KIND, client_id, to_change=True)
    if row is None:
        return
    asset = session.get(PoolAsset, (pool_id, _asset_id(row.document.get("Image", ""))))
    if asset is not None:
        session.delete(asset)
    session.delete(row)
    session.flush()


def image(session: Session, pool_id: str, name: str) -> tuple[str, bytes] | None:
    """Content type and content of a logo that is in use."""
    asset = session.get(PoolAsset, (pool_id, _asset_id(name)))
    return None if asset is None else (asset.content_type, asset.content)


def _asset_id(name: str) -> str:
    return f"ui-logo/{name}"


def _client(session: Session, pool: UserPool, request: Mapping[str, Any]) -> str:
    client_id: str = request.get("ClientId", ALL)
    if client_id != ALL:
        clients.require(session, pool, client_id)
    return client_id


def _check_image(image: bytes) -> str:
    if len(image) > LARGEST_IMAGE:
        raise InvalidParameter("ImageFile can have at most 100 KB.")
    return images.check(image, IMAGE_KINDS, "ImageFile")
