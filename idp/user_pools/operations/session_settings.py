"""Session tracking of a pool, and how long its clients reuse a browser's session."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.services import clients, pools, session_settings
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.reads("GetUserPoolSessionConfiguration")
def get_user_pool_session_configuration(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    return session_settings.of_pool(session, pool)


@family.writes("SetUserPoolSessionConfiguration")
def set_user_pool_session_configuration(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    return session_settings.set_for_pool(session, pool, request, call.kernel.clock.now())


@family.reads("GetUserPoolClientSessionConfiguration")
def get_user_pool_client_session_configuration(
    session: Session, call: Call, request: Input
) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    client = clients.require(session, pool, request["ClientId"])
    return session_settings.of_client(session, pool, client.id)


@family.writes("SetUserPoolClientSessionConfiguration")
def set_user_pool_client_session_configuration(
    session: Session, call: Call, request: Input
) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    client = clients.require(session, pool, request["ClientId"], to_change=True)
    now = call.kernel.clock.now()
    return session_settings.set_for_client(session, pool, client.id, request, now)
