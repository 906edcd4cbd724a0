"""Where a pool's endpoints as a SAML identity provider are: under each host that its pages have."""

from __future__ import annotations

from flask import Response, abort, request

from federation.saml_idp import description, keys
from idp.errors import PoolNotFound
from idp.oauth.provider import Provider
from idp.user_pools.services.issuers import is_pool_id

CONTENT_TYPE = "application/samlmetadata+xml"


def check(provider: Provider, pool_id: str) -> None:
    """404 for a pool that the present host is not of."""
    if not is_pool_id(pool_id) or provider.address().pool_id not in (None, pool_id):
        abort(404)


def origin(provider: Provider) -> str:
    """That of the present request, which is the server's own or a pool's: what else a Host header
    says counts for nothing."""
    return provider.origin_of(request.host, provider.address().pool_id)


def address(provider: Provider, pool_id: str, place: str) -> str:
    return origin(provider) + description.path(pool_id, place)


def metadata(provider: Provider, pool_id: str) -> Response:
    """GET .../metadata: what applications have to know, all of it public."""
    check(provider, pool_id)
    kernel = provider.kernel
    try:
        found = keys.of(kernel, pool_id)
    except PoolNotFound:
        abort(404)
    document = description.metadata(
        description.entity_id(kernel.settings, pool_id),
        origin(provider),
        pool_id,
        found.certificates(kernel.clock.now()),
    )
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
    return Response(document, content_type=CONTENT_TYPE, headers=headers)
