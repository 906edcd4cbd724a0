"""GetUserAuthFactors and AdminGetUserAuthFactors: what a user can prove himself with."""

from __future__ import annotations

from idp.models import User, UserPool
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.services import access, pools, user_directories, users
from idp.user_pools.services.sign_in import offers
from kernel.aws.operations import Call, Input, Output
from kernel.statements import Rows

family = cognito_idp()


@family.operation("GetUserAuthFactors")
def get_user_auth_factors(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    return _describe(call, person.context.pool, person.user)


@family.operation("AdminGetUserAuthFactors")
def admin_get_user_auth_factors(call: Call, request: Input) -> Output:
    def unit(rows: Rows) -> tuple[UserPool, User]:
        pool = pools.look(rows, call, request["UserPoolId"])
        return pool, users.look(rows, pool, request["Username"])

    return _describe(call, *call.kernel.database.look_up(unit))


def _describe(call: Call, pool: UserPool, user: User) -> Output:
    """ConfiguredUserAuthFactors has first factors, and SOFTWARE_TOKEN as a second one."""
    enabled = user.mfa.get("enabled", [])
    directory = call.kernel.database.look_up(user_directories.load, pool.id)
    factors = offers.configured(call.kernel, pool, directory, user)
    output: Output = {"Username": user.username, "ConfiguredUserAuthFactors": factors}
    if "SOFTWARE_TOKEN_MFA" in enabled:
        output["ConfiguredUserAuthFactors"] = [*factors, "SOFTWARE_TOKEN"]
    if enabled:
        output["UserMFASettingList"] = list(enabled)
    if user.mfa.get("preferred"):
        output["PreferredMfaSetting"] = user.mfa["preferred"]
    return output
