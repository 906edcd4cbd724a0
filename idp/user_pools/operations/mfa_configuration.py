"""SetUserPoolMfaConfig and GetUserPoolMfaConfig: a pool's second factors, and its passkeys."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.rules import mfa_settings
from idp.user_pools.services import pools
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.writes("SetUserPoolMfaConfig")
def set_user_pool_mfa_config(session: Session, call: Call, request: Input) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    pool.settings = mfa_settings.changed(pool.settings, request)
    pool.modified = call.kernel.clock.now()
    return mfa_settings.describe(pool.settings)


@family.reads("GetUserPoolMfaConfig")
def get_user_pool_mfa_config(session: Session, call: Call, request: Input) -> Output:
    return mfa_settings.describe(pools.require(session, call, request["UserPoolId"]).settings)
