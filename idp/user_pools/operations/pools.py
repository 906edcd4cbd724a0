"""CreateUserPool, DescribeUserPool, ListUserPools, UpdateUserPool, DeleteUserPool, tags, schema."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.errors import PoolNotFound, ResourceNotFound
from idp.models import UserPool
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.services import pages, pool_settings, pools, signing_keys
from kernel.aws.operations import Call, Input, Output
from kernel.threads import compute

family = cognito_idp()


@family.operation("CreateUserPool")
def create_user_pool(call: Call, request: Input) -> Output:
    pool_settings.for_new_pool(request)  # refuse before the keys are made
    keys = compute(signing_keys.make, pools.KEYS_OF_A_POOL)

    def unit(session: Session) -> Output:
        return {"UserPool": pools.describe(session, pools.create(session, call, request, keys))}

    return call.kernel.database.write(unit)


@family.reads("DescribeUserPool")
def describe_user_pool(session: Session, call: Call, request: Input) -> Output:
    return {
        "UserPool": pools.describe(session, pools.require(session, call, request["UserPoolId"]))
    }


@family.reads("ListUserPools")
def list_user_pools(session: Session, call: Call, request: Input) -> Output:
    limit = request["MaxResults"]
    after = pages.position(call, request.get("NextToken"), call.account)
    rows = pools.page(session, call, after, limit)
    page, token = pages.cut(call, rows, limit, lambda pool: pool.id, call.account)
    return with_token({"UserPools": [_summary(pool) for pool in page]}, "NextToken", token)


@family.writes("UpdateUserPool")
def update_user_pool(session: Session, call: Call, request: Input) -> Output:
    pools.update(session, call, request)
    return {}


@family.operation("DeleteUserPool")
def delete_user_pool(call: Call, request: Input) -> None:
    """Its tokens end with it, at the gateway too."""
    call.kernel.database.write(pools.delete, call, request["UserPoolId"])
    signing_keys.announce_withdrawal(call.kernel, request["UserPoolId"])


@family.writes("AddCustomAttributes")
def add_custom_attributes(session: Session, call: Call, request: Input) -> Output:
    pools.add_custom_attributes(session, call, request)
    return {}


@family.writes("TagResource")
def tag_resource(session: Session, call: Call, request: Input) -> Output:
    pool = _by_arn(session, call, request["ResourceArn"])
    tags = {**pool.settings["UserPoolTags"], **request["Tags"]}
    pool_settings.check_tags(tags)
    pool.settings = {**pool.settings, "UserPoolTags": tags}
    return {}


@family.writes("UntagResource")
def untag_resource(session: Session, call: Call, request: Input) -> Output:
    pool = _by_arn(session, call, request["ResourceArn"])
    removed = set(request["TagKeys"])
    tags = {
        key: value for key, value in pool.settings["UserPoolTags"].items() if key not in removed
    }
    pool.settings = {**pool.settings, "UserPoolTags": tags}
    return {}


@family.reads("ListTagsForResource")
def list_tags_for_resource(session: Session, call: Call, request: Input) -> Output:
    return {"Tags": _by_arn(session, call, request["ResourceArn"]).settings["UserPoolTags"]}


def _by_arn(session: Session, call: Call, arn: str) -> UserPool:
    pool_id = arn.rpartition("/")[2]
    try:
        pool = pools.require(session, call, pool_id)
    except PoolNotFound:
        raise ResourceNotFound(f"Resource {arn} does not exist.") from None
    if pools.arn(pool) != arn:
        raise ResourceNotFound(f"Resource {arn} does not exist.")
    return pool


def _summary(pool: UserPool) -> Output:
    """UserPoolDescriptionType."""
    return {
        "Id": pool.id,
        "Name": pool.name,
        "LambdaConfig": pool.settings["LambdaConfig"],
        "LastModifiedDate": pool.modified,
        "CreationDate": pool.created,
    }
