"""Where a person may sign in elsewhere."""

from __future__ import annotations

from urllib.parse import urlencode

from sqlalchemy.orm import Session

from idp.errors import IdpError
from idp.hosted_ui import paths, plain_pages
from idp.hosted_ui.visit import Visit
from idp.oauth.clients import LOCAL_USERS
from idp.user_pools.rules.provider_details import SOCIAL
from idp.user_pools.services import documents, identity_providers, upstream
from idp.user_pools.services.upstream import Upstream, UpstreamProviders

UPSTREAM = "provider"
"""The parameter of `paths.ELSEWHERE` that names the provider."""


def only_one(visit: Visit) -> str | None:
    """The provider that the request or the client leaves no choice but; None lets the page ask."""
    asked = visit.purpose.authorization_request.identity_provider
    identifier = visit.parameter("idp_identifier")
    if asked or not identifier:
        upstreams = visit.client.upstreams
        alone = len(upstreams) == 1 and not visit.client.signs_in_local_users
        return (asked if asked != LOCAL_USERS else None) or (upstreams[0] if alone else None)
    try:
        found = visit.kernel.database.read(
            identity_providers.by_identifier, visit.context.pool, identifier
        )
    except IdpError:
        detail = "idp_identifier names no identity provider of the user pool"
        raise plain_pages.cannot_go_on(detail) from None
    return found.key


def links(visit: Visit) -> list[tuple[str, str, bool]]:
    """The names of the other providers, the links that lead there, and whether each is a social one
    (AWS's class `socialButton`) or of an organisation (`idpButton`)."""
    carried = visit.purpose.request.carried
    return [
        (name, f"{paths.ELSEWHERE}?{urlencode({**carried, UPSTREAM: name})}", kind in SOCIAL)
        for name, kind in _supported(visit).items()
    ]


def _supported(visit: Visit) -> dict[str, str]:
    """The client's providers of types that this server can talk to, with their types."""
    if not visit.client.upstreams:
        return {}
    kinds, pool_id = visit.kernel.of(UpstreamProviders), visit.client.pool_id

    def load(session: Session) -> dict[str, str]:
        rows = [
            documents.find(session, pool_id, identity_providers.KIND, name)
            for name in visit.client.upstreams
        ]
        types = {row.key: row.document["ProviderType"] for row in rows if row}
        return {name: kind for name, kind in types.items() if kinds.supports(kind)}

    return visit.kernel.database.read(load)


def find(visit: Visit, name: str) -> Upstream:
    """A provider of the client. Raises `PageError`."""
    if name not in visit.client.upstreams:
        raise plain_pages.cannot_go_on("the identity provider is not enabled for this client")

    def load(session: Session) -> Upstream:
        row = identity_providers.require(session, visit.context.pool, name)
        return upstream.load(session, visit.kernel.sealer, row)

    try:
        return visit.kernel.database.read(load)
    except IdpError:
        raise plain_pages.cannot_go_on("there is no such identity provider") from None
