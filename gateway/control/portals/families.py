"""The operations of portals."""

from __future__ import annotations

from gateway.control.portals import (
    endpoint_pages,
    portals,
    product_pages,
    products,
    publishing,
    sharing,
)

FAMILIES = (
    portals.family,
    publishing.family,
    products.family,
    sharing.family,
    product_pages.family,
    endpoint_pages.family,
)
