"""Where a person may sign in elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from idp.errors import IdpError
from idp.hosted_ui import paths, plain_pages
from idp.hosted_ui.visit import Visit
from idp.user_pools.rules.provider_details import LOCAL_USERS, SOCIAL
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


@dataclass(frozen=True)
class Offered:
    """What the sign-in page says of other providers."""

    links: Sequence[tuple[str, str, bool]] = ()
    """Their names, the links that lead there, and whether each is a social provider, not one of an
    organisation."""
    by_address: bool = False
    """Whether one of them is found by the domain of an e-mail address."""


def offered(visit: Visit) -> Offered:
    """The client's providers of types that this server can talk to."""
    if not visit.client.upstreams:
        return Offered()
    found = visit.kernel.database.read(_supported, visit)
    carried = visit.purpose.request.carried
    links = [
        (
            name,
            f"{paths.ELSEWHERE}?{urlencode({**carried, UPSTREAM: name})}",
            known["ProviderType"] in SOCIAL,
        )
        for name, known in found.items()
    ]
    identifiers = chain.from_iterable(known["IdpIdentifiers"] for known in found.values())
    return Offered(links, any(map(_is_domain, identifiers)))


def of_address(visit: Visit, address: str) -> str | None:
    """The provider whose IdpIdentifiers have the domain of an e-mail address."""
    local, at, domain = address.strip().rpartition("@")
    if not (local and at and _is_domain(domain)) or not visit.client.upstreams:
        return None
    domain = domain.casefold()
    found = visit.kernel.database.read(_supported, visit)
    for name, known in found.items():
        if domain in map(str.casefold, known["IdpIdentifiers"]):
            return name
    return None


def _supported(session: Session, visit: Visit) -> dict[str, Mapping[str, Any]]:
    """Their documents, by their names."""
    kinds = visit.kernel.of(UpstreamProviders)
    rows = (
        documents.find(session, visit.client.pool_id, identity_providers.KIND, name)
        for name in visit.client.upstreams
    )
    return {
        row.key: row.document
        for row in rows
        if row and kinds.supports(row.document["ProviderType"])
    }


def _is_domain(identifier: str) -> bool:
    """ "Identifiers in a domain format also enable the use of email-address matching"
    (CreateIdentityProvider)."""
    return "." in identifier.strip(".")


def find(visit: Visit, name: str) -> Upstream:
    """A provider of the client. Raises `PageError`."""
    if name not in visit.client.upstreams:
        raise plain_pages.cannot_go_on("the identity provider is not enabled for this client")

    kernel, pool_id = visit.kernel, visit.client.pool_id
    found = kernel.database.read(upstream.find, kernel.sealer, pool_id, name)
    if found is None:
        raise plain_pages.cannot_go_on("there is no such identity provider")
    return found
