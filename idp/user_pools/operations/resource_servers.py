"""Resource servers: the APIs whose custom scopes access tokens carry."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, ResourceNotFound
from idp.models import ResourceServer, UserPool
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.services import pages, pools
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()

DEFAULT_PAGE = 50


@family.writes("CreateResourceServer")
def create_resource_server(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    if session.get(ResourceServer, (pool.id, request["Identifier"])):
        raise InvalidParameter(f"{request['Identifier']} already exists in user pool {pool.id}.")
    server = ResourceServer(
        pool_id=pool.id,
        identifier=request["Identifier"],
        name=request["Name"],
        scopes=_scopes(request),
    )
    session.add(server)
    return {"ResourceServer": _describe(server)}


@family.reads("DescribeResourceServer")
def describe_resource_server(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    return {"ResourceServer": _describe(_require(session, pool, request["Identifier"]))}


@family.reads("ListResourceServers")
def list_resource_servers(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    limit = pages.size(request.get("MaxResults"), DEFAULT_PAGE)
    after = pages.position(call, request.get("NextToken"), pool.id)
    rows = session.scalars(
        select(ResourceServer)
        .where(ResourceServer.pool_id == pool.id, ResourceServer.identifier > after)
        .order_by(ResourceServer.identifier)
        .limit(limit + 1)
    ).all()
    page, token = pages.cut(call, rows, limit, lambda server: server.identifier, pool.id)
    return with_token(
        {"ResourceServers": [_describe(server) for server in page]}, "NextToken", token
    )


@family.writes("UpdateResourceServer")
def update_resource_server(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    server = _require(session, pool, request["Identifier"])
    server.name, server.scopes = request["Name"], _scopes(request)
    return {"ResourceServer": _describe(server)}


@family.writes("DeleteResourceServer")
def delete_resource_server(session: Session, call: Call, request: Input) -> None:
    pool = pools.require(session, call, request["UserPoolId"])
    session.delete(_require(session, pool, request["Identifier"]))


def _require(session: Session, pool: UserPool, identifier: str) -> ResourceServer:
    server = session.get(ResourceServer, (pool.id, identifier))
    if server is None:
        raise ResourceNotFound("Resource server does not exist.")
    return server


def _scopes(request: Input) -> list[Output]:
    scopes = request.get("Scopes", [])
    names = [scope["ScopeName"] for scope in scopes]
    if len(set(names)) != len(names):
        raise InvalidParameter("Scope names must be unique within a resource server.")
    return list(scopes)


def _describe(server: ResourceServer) -> Output:
    return {
        "UserPoolId": server.pool_id,
        "Identifier": server.identifier,
        "Name": server.name,
        "Scopes": server.scopes,
    }
