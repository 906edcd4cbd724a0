"""SetUserMFAPreference and the older SetUserSettings, with their Admin twins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate

from sqlalchemy.orm import Session

from idp.models import User, UserPool
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.services import access, mfa_preferences, pools, users
from kernel.aws.operations import Call, Input, Output
from kernel.runtime import Kernel

family = cognito_idp()

Change = Callable[Concatenate[Session, Kernel, UserPool, User, ...], None]


@family.operation("SetUserMFAPreference")
def set_user_mfa_preference(call: Call, request: Input) -> Output:
    return _by_person(call, request, mfa_preferences.change, request)


@family.operation("SetUserSettings")
def set_user_settings(call: Call, request: Input) -> Output:
    return _by_person(call, request, mfa_preferences.set_legacy, request["MFAOptions"])


@family.writes("AdminSetUserMFAPreference")
def admin_set_user_mfa_preference(session: Session, call: Call, request: Input) -> Output:
    return _by_administrator(session, call, request, mfa_preferences.change, request)


@family.writes("AdminSetUserSettings")
def admin_set_user_settings(session: Session, call: Call, request: Input) -> Output:
    options = request["MFAOptions"]
    return _by_administrator(session, call, request, mfa_preferences.set_legacy, options)


def _by_person(call: Call, request: Input, change: Change, wanted: Any) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])

    def unit(session: Session) -> None:
        user = users.by_id(session, person.user.id, to_change=True)
        change(session, call.kernel, person.context.pool, user, wanted)

    call.kernel.database.write(unit)
    return {}


def _by_administrator(
    session: Session, call: Call, request: Input, change: Change, wanted: Any
) -> Output:
    pool = pools.require(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"], to_change=True)
    change(session, call.kernel, pool, user, wanted)
    return {}
