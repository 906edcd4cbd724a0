"""Managed login branding on the pages: a client's style (`theme`), and the images it has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Response, abort
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from idp.hosted_ui import theme
from idp.hosted_ui.page import Look
from idp.models import PoolAsset, PoolDocument, PoolDomain
from idp.oauth.provider import Provider
from idp.user_pools.rules.managed_login import merged
from idp.user_pools.rules.managed_login_defaults import DEFAULTS
from idp.user_pools.services import managed_login
from idp.user_pools.services.issuers import is_pool_id
from idp.user_pools.services.subjects import ClientContext
from kernel.statements import Prepared, Rows

PATH = "/hosted-ui/branding"
ROUTE = f"{PATH}/<pool_id>/<branding_id>/<name>"
ASSET_IDS = "managed-login"
MANAGED = 2

DOCUMENT = Prepared(
    select(PoolDocument.document).where(
        PoolDocument.pool_id == bindparam("pool_id"),
        PoolDocument.kind == bindparam("kind"),
        PoolDocument.key == bindparam("key"),
    )
)
DOMAINS = Prepared(select(PoolDomain.settings).where(PoolDomain.pool_id == bindparam("pool_id")))
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def look(rows: Rows, context: ClientContext) -> Look | None:
    """The client's style; None where it has none, or where the pool's domains have the classic
    pages (ManagedLoginVersion 1)."""
    pool_id = context.pool.id
    domains = [row[0] for row in rows.all(DOMAINS, pool_id=pool_id)]
    if domains and all(each.get("ManagedLoginVersion", 1) != MANAGED for each in domains):
        return None
    named = _document(rows, pool_id, managed_login.OF_CLIENT, context.client.id)
    style = named and _document(rows, pool_id, managed_login.KIND, named["Id"])
    return made(style["Settings"], _images(pool_id, style["Assets"])) if style else None


def made(settings: Mapping[str, Any], images: theme.Images) -> Look:
    """How pages look with these settings and images."""
    whole = merged(DEFAULTS, settings)
    has_logo = theme.find(whole, "components.form.logo.enabled") is True
    logos = [
        theme.image(images, "FORM_LOGO", each) if has_logo else "" for each in ("light", "dark")
    ]
    scheme = theme.scheme(settings)
    first = logos[1] if scheme == "dark" else logos[0]
    icons = (images.get((kind, "DYNAMIC")) for kind in ("FAVICON_SVG", "FAVICON_ICO"))
    return Look(
        stylesheet=theme.stylesheet(settings, images),
        logo=first or logos[1],
        dark_logo=logos[1] if scheme == "light dark" and logos[1] != first else "",
        icon=next(filter(None, icons), "") or next(iter(_icons(images)), ""),
        scheme=scheme,
        has_own_logo=False,
        has_menu=theme.find(whole, "categories.form.languageSelector.enabled") is True,
    )


def image(provider: Provider, pool_id: str, branding_id: str, name: str) -> Response:
    """An image of a style."""
    if not (is_pool_id(pool_id) and _UUID.fullmatch(branding_id) and _UUID.fullmatch(name)):
        abort(404)
    asset_id = f"{ASSET_IDS}/{branding_id}/{name}"
    found = provider.kernel.database.read(_content, pool_id, asset_id)
    if found is None:
        abort(404)
    content_type, content = found
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, content_type=content_type, headers=headers)


def _content(session: Session, pool_id: str, asset_id: str) -> tuple[str, bytes] | None:
    asset = session.get(PoolAsset, (pool_id, asset_id))
    return None if asset is None else (asset.content_type, asset.content)


def _document(rows: Rows, pool_id: str, kind: str, key: str) -> Mapping[str, Any] | None:
    row = rows.first(DOCUMENT, pool_id=pool_id, kind=kind, key=key)
    return row[0] if row else None


def _images(pool_id: str, entries: list[Mapping[str, Any]]) -> theme.Images:
    return {
        (entry["Category"], entry["ColorMode"]): (
            f"{PATH}/{pool_id}/{entry['AssetId'].removeprefix(f'{ASSET_IDS}/')}"
        )
        for entry in entries
        if not entry.get("ResourceId")
    }


def _icons(images: theme.Images) -> list[str]:
    return [address for (kind, _), address in images.items() if kind.startswith("FAVICON_")]
