"""Resource servers of a pool, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, ResourceServerNotFound
from idp.models import ResourceServer, UserPool
from idp.user_pools.services import quotas
from kernel.runtime import Kernel


def create(
    session: Session, kernel: Kernel, pool: UserPool, request: Mapping[str, Any]
) -> ResourceServer:
    """Raises `InvalidParameter` where the pool has one of that identifier, `LimitExceeded`."""
    identifier = request["Identifier"]
    quotas.wait_for_turn(session, pool.id)
    if session.get(ResourceServer, (pool.id, identifier)):
        raise InvalidParameter(f"{identifier} already exists in user pool {pool.id}.")
    present = select(ResourceServer.identifier).where(ResourceServer.pool_id == pool.id)
    quotas.check_room(session, kernel, "resource_servers_per_user_pool", present)
    quotas.check_number(kernel, "scopes_per_resource_server", len(request.get("Scopes", [])))
    server = ResourceServer(
        pool_id=pool.id, identifier=identifier, name=request["Name"], scopes=_scopes(request)
    )
    session.add(server)
    return server


def update(server: ResourceServer, kernel: Kernel, request: Mapping[str, Any]) -> None:
    """Replace name and scopes. Raises `InvalidParameter`."""
    quotas.check_number(kernel, "scopes_per_resource_server", len(request.get("Scopes", [])))
    server.name, server.scopes = request["Name"], _scopes(request)


def require(session: Session, pool: UserPool, identifier: str) -> ResourceServer:
    """Raises `ResourceServerNotFound`."""
    server = session.get(ResourceServer, (pool.id, identifier))
    if server is None:
        raise ResourceServerNotFound
    return server


def page(session: Session, pool: UserPool, after: str, limit: int) -> Sequence[ResourceServer]:
    """Servers in the order of their identifiers, one more than `limit` when there are more."""
    return session.scalars(
        select(ResourceServer)
        .where(ResourceServer.pool_id == pool.id, ResourceServer.identifier > after)
        .order_by(ResourceServer.identifier)
        .limit(limit + 1)
    ).all()


def describe(server: ResourceServer) -> dict[str, Any]:
    """ResourceServerType."""
    return {
        "UserPoolId": server.pool_id,
        "Identifier": server.identifier,
        "Name": server.name,
        "Scopes": server.scopes,
    }


def _scopes(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    scopes = request.get("Scopes", [])
    names = [scope["ScopeName"] for scope in scopes]
    if len(set(names)) != len(names):
        raise InvalidParameter("Scope names must be unique within a resource server.")
    return list(scopes)
