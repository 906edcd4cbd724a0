"""Replicas of a pool in other regions, of which there are none: one database holds a pool."""

from __future__ import annotations

from typing import NoReturn

from sqlalchemy.orm import Session

from idp.errors import (
    InvalidParameter,
    OperationNotEnabled,
    ResourceNotFound,
)
from idp.models import UserPool
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.rules import tiers
from idp.user_pools.services import pages, pool_settings, pools
from kernel.aws.credential_scope import REGION
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.reads("CreateUserPoolReplica")
def create_user_pool_replica(session: Session, call: Call, request: Input) -> NoReturn:
    pool, region = _named(session, call, request)
    pool_settings.check_tags(request.get("UserPoolTags", {}))
    if region == pool.region:
        raise InvalidParameter(f"The user pool is in {region} already.")
    tiers.check(pool.settings, "UserPoolReplica")
    raise OperationNotEnabled("Replication to other regions is not available on this server.")


@family.reads("UpdateUserPoolReplica")
def update_user_pool_replica(session: Session, call: Call, request: Input) -> NoReturn:
    pool, region = _named(session, call, request)
    if region == pool.region:
        raise OperationNotEnabled(f"The primary user pool cannot become {request['Status']}.")
    raise _no_replica(pool, region)


@family.reads("DeleteUserPoolReplica")
def delete_user_pool_replica(session: Session, call: Call, request: Input) -> NoReturn:
    pool, region = _named(session, call, request)
    if region == pool.region:
        raise OperationNotEnabled("The primary user pool is deleted by DeleteUserPool.")
    raise _no_replica(pool, region)


@family.reads("ListUserPoolReplicas")
def list_user_pool_replicas(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    pages.position(call, request.get("NextToken"), pool.id)
    return {"UserPoolReplicas": []}


def _named(session: Session, call: Call, request: Input) -> tuple[UserPool, str]:
    pool = pools.require(session, call, request["UserPoolId"])
    region: str = request["RegionName"]
    if not REGION.fullmatch(region):
        raise InvalidParameter(f"{region} is not the name of a region.")
    return pool, region


def _no_replica(pool: UserPool, region: str) -> ResourceNotFound:
    return ResourceNotFound(f"User pool {pool.id} has no replica in {region}.")
