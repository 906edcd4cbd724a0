"""CreateUserPoolClient and what follows it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.services import client_documents, clients, pages, pools, revocation
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.writes("CreateUserPoolClient")
def create_user_pool_client(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    client = clients.create(session, call, pool, request)
    return {"UserPoolClient": clients.describe(session, call.kernel, client)}


@family.reads("DescribeUserPoolClient")
def describe_user_pool_client(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    client = clients.require(session, pool, request["ClientId"])
    return {"UserPoolClient": clients.describe(session, call.kernel, client)}


@family.reads("ListUserPoolClients")
def list_user_pool_clients(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    limit = pages.size(request.get("MaxResults"))
    after = pages.position(call, request.get("NextToken"), pool.id)
    rows = clients.page(session, pool, after, limit, request.get("ClientType"))
    page, token = pages.cut(call, rows, limit, lambda client: client.id, pool.id)
    summaries = [
        {"ClientId": client.id, "UserPoolId": pool.id, "ClientName": client.name} for client in page
    ]
    return with_token({"UserPoolClients": summaries}, "NextToken", token)


@family.writes("UpdateUserPoolClient")
def update_user_pool_client(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    client = clients.update(session, call, pool, request)
    return {"UserPoolClient": clients.describe(session, call.kernel, client)}


@family.operation("DeleteUserPoolClient")
def delete_user_pool_client(call: Call, request: Input) -> None:
    """The client's sign-ins end with it, at the gateway too."""
    call.kernel.database.write(_delete, call, request)
    revocation.announce(call.kernel)


def _delete(session: Session, call: Call, request: Input) -> None:
    pool = pools.require(session, call, request["UserPoolId"])
    client = clients.require(session, pool, request["ClientId"])
    client_documents.delete_client(session, client, call.kernel.clock.now())
