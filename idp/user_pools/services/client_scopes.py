"""Which scopes an app client is allowed, of those that its pool defines today."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from idp.models import ResourceServer
from idp.user_pools.rules.scopes import STANDARD_SCOPES
from idp.user_pools.services.subjects import ClientContext
from kernel.runtime import Kernel
from kernel.statements import Prepared, Rows

RESOURCE_SERVERS = Prepared(
    select(ResourceServer.identifier, ResourceServer.scopes).where(
        ResourceServer.pool_id == bindparam("pool_id")
    )
)


def custom(rows: Rows, context: ClientContext) -> tuple[str, ...]:
    """The allowed scopes that a resource server of the pool defines."""
    scopes = context.client.settings.get("AllowedOAuthScopes", ())
    allowed = [scope for scope in scopes if scope not in STANDARD_SCOPES]
    if not allowed:
        return ()
    servers = rows.all(RESOURCE_SERVERS, pool_id=context.pool.id)
    defined = {f"{server}/{scope['ScopeName']}" for server, scopes in servers for scope in scopes}
    return tuple(scope for scope in allowed if scope in defined)


def kept_servers(rows: Rows, kernel: Kernel, pool_id: str) -> frozenset[str]:
    """The identifiers of the pool's resource servers, from memory while nobody changes them."""

    def read() -> frozenset[str]:
        return frozenset(row[0] for row in rows.all(RESOURCE_SERVERS, pool_id=pool_id))

    return kernel.configuration.get(rows, ("resource servers", pool_id), read) or frozenset()


def kept_custom(rows: Rows, kernel: Kernel, context: ClientContext) -> tuple[str, ...]:
    """`custom`, from memory while nobody changes the configuration."""
    key = ("custom scopes", context.client.id)
    return kernel.configuration.get(rows, key, lambda: custom(rows, context)) or ()
