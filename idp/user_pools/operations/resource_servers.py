"""Resource servers: the APIs whose custom scopes access tokens carry."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.models import ResourceServer
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.services import pages, pools, resource_servers
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()

DEFAULT_PAGE = 50


@family.writes("CreateResourceServer")
def create_resource_server(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    server = resource_servers.create(session, call.kernel, pool, request)
    return {"ResourceServer": resource_servers.describe(server)}


@family.reads("DescribeResourceServer")
def describe_resource_server(session: Session, call: Call, request: Input) -> Output:
    return {"ResourceServer": resource_servers.describe(_server(session, call, request))}


@family.reads("ListResourceServers")
def list_resource_servers(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    limit = pages.size(request.get("MaxResults"), DEFAULT_PAGE)
    after = pages.position(call, request.get("NextToken"), pool.id)
    rows = resource_servers.page(session, pool, after, limit)
    page, token = pages.cut(call, rows, limit, lambda server: server.identifier, pool.id)
    described = [resource_servers.describe(server) for server in page]
    return with_token({"ResourceServers": described}, "NextToken", token)


@family.writes("UpdateResourceServer")
def update_resource_server(session: Session, call: Call, request: Input) -> Output:
    server = _server(session, call, request)
    resource_servers.update(server, call.kernel, request)
    return {"ResourceServer": resource_servers.describe(server)}


@family.writes("DeleteResourceServer")
def delete_resource_server(session: Session, call: Call, request: Input) -> None:
    session.delete(_server(session, call, request))


def _server(session: Session, call: Call, request: Input) -> ResourceServer:
    pool = pools.require(session, call, request["UserPoolId"])
    return resource_servers.require(session, pool, request["Identifier"])
