"""Where a pool's hosted pages are found: prefix domains and custom domains."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.models import PoolDomain
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.services import domains, pools
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.writes("CreateUserPoolDomain")
def create_user_pool_domain(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    return _made(call, domains.create(session, call, pool, request))


@family.writes("UpdateUserPoolDomain")
def update_user_pool_domain(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    row = domains.require(session, pool, request["Domain"])
    domains.update(pool, row, request)
    return _made(call, row)


@family.reads("DescribeUserPoolDomain")
def describe_user_pool_domain(session: Session, call: Call, request: Input) -> Output:
    return {"DomainDescription": domains.describe(session, call, request["Domain"])}


@family.writes("DeleteUserPoolDomain")
def delete_user_pool_domain(session: Session, call: Call, request: Input) -> Output:
    session.delete(_domain(session, call, request))
    return {}


def _domain(session: Session, call: Call, request: Input) -> PoolDomain:
    pool = pools.require(session, call, request["UserPoolId"])
    return domains.require(session, pool, request["Domain"])


def _made(call: Call, row: PoolDomain) -> Output:
    """CloudFrontDomain is what a CNAME of the custom domain must point to: this server."""
    output: Output = {"ManagedLoginVersion": row.settings["ManagedLoginVersion"]}
    if domains.has_custom_name(row):
        output["CloudFrontDomain"] = call.kernel.settings.public_host
    return output
