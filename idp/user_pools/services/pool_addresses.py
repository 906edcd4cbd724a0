"""Where a pool's pages and endpoints are reached: at a domain of its own, or at this server."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from idp.models import PoolDomain
from kernel.settings import Settings
from kernel.statements import Prepared, Rows

DOMAINS = Prepared(
    select(PoolDomain.domain)
    .where(PoolDomain.pool_id == bindparam("pool_id"))
    .order_by(PoolDomain.domain)
)


def base_url(rows: Rows, settings: Settings, pool_id: str, region: str) -> str | None:
    """Where clients reach the pool's endpoints; None where it has neither domain nor path.

    The root comes first where it is served: *.localhost resolves in browsers only.
    """
    if settings.serves_path_addresses:
        return settings.origin
    host = own_host(rows, pool_id, region, settings.public_host)
    return None if host is None else f"{settings.origin.partition('://')[0]}://{host}"


def own_host(rows: Rows, pool_id: str, region: str, server: str) -> str | None:
    """The custom domain, else the prefix domain's host below `server`; None without a domain."""
    domains = [domain for (domain,) in rows.all(DOMAINS, pool_id=pool_id)]
    for domain in sorted(domains, key=lambda domain: "." not in domain):
        return domain if "." in domain else f"{domain}.auth.{region}.{server}"
    return None
