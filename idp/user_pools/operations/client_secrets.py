"""A confidential client's secrets: two at a time, so that they can be rotated without a pause."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, LimitExceeded, ResourceNotFound
from idp.models import ClientSecret, UserPoolClient
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.services import clients, pools
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()

SECRETS_OF_A_CLIENT = 2


@family.writes("AddUserPoolClientSecret")
def add_user_pool_client_secret(session: Session, call: Call, request: Input) -> Output:
    """The value is shown once, and only where it was generated."""
    client = _client(session, call, request)
    present = clients.secret_rows(session, client.id)
    if not present:
        raise InvalidParameter("The client is not a confidential one: it has no secret.")
    if len(present) >= SECRETS_OF_A_CLIENT:
        raise LimitExceeded(f"A client can have {SECRETS_OF_A_CLIENT} secrets at a time.")
    given = request.get("ClientSecret")
    secret = given or clients.new_secret(call.kernel)
    row = clients.add_secret(session, call.kernel, client.id, secret)
    value = {} if given else {"ClientSecretValue": secret}
    return {"ClientSecretDescriptor": {**_describe(row), **value}}


@family.reads("ListUserPoolClientSecrets")
def list_user_pool_client_secrets(session: Session, call: Call, request: Input) -> Output:
    """There are never more than one page of them."""
    pool = pools.require(session, call, request["UserPoolId"])
    client = clients.require(session, pool, request["ClientId"])
    if request.get("NextToken"):
        raise InvalidParameter("The pagination token is invalid.")
    rows = clients.secret_rows(session, client.id)
    return {"ClientSecrets": [_describe(row) for row in rows]}


@family.writes("DeleteUserPoolClientSecret")
def delete_user_pool_client_secret(session: Session, call: Call, request: Input) -> Output:
    """ "You cannot delete the last remaining secret for an app client." """
    client = _client(session, call, request)
    rows = {row.id: row for row in clients.secret_rows(session, client.id)}
    row = rows.get(request["ClientSecretId"])
    if row is None:
        raise ResourceNotFound("Client secret does not exist.")
    if len(rows) == 1:
        raise InvalidParameter("The last secret of a client cannot be deleted.")
    session.delete(row)
    return {}


def _client(session: Session, call: Call, request: Input) -> UserPoolClient:
    pool = pools.require(session, call, request["UserPoolId"])
    client = clients.require(session, pool, request["ClientId"], to_change=True)
    if clients.is_registered(session, client):
        # UserPoolClientType, ClientType: "These app clients don't support client secret operations
        # such as AddUserPoolClientSecret".
        raise InvalidParameter("The secret of a client that has registered itself stays as it is.")
    return client


def _describe(row: ClientSecret) -> Output:
    """ClientSecretDescriptorType, without the value."""
    return {"ClientSecretId": row.id, "ClientSecretCreateDate": row.created}
