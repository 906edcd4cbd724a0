"""ForgotPassword, ConfirmForgotPassword, ChangePassword, AdminResetUserPassword."""

from __future__ import annotations

from sqlalchemy.orm import Session

from idp.models import User, UserPool
from idp.user_pools.operations import circumstances
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.operations.sign_up import client_context
from idp.user_pools.rules.delivery import Delivery, Destination
from idp.user_pools.services import (
    access,
    messages,
    password_change,
    password_reset,
    pools,
    revocation,
    users,
)
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


@family.operation("ForgotPassword")
def forgot_password(call: Call, request: Input) -> Output:
    destination = password_reset.start(
        call.kernel,
        client_context(call, request),
        request["Username"],
        request.get("ClientMetadata", {}),
        circumstances.of_person(call, request),
    )
    return {"CodeDeliveryDetails": destination.details()}


@family.operation("ConfirmForgotPassword")
def confirm_forgot_password(call: Call, request: Input) -> Output:
    password_reset.confirm(
        call.kernel,
        client_context(call, request),
        request["Username"],
        request["ConfirmationCode"],
        request["Password"],
        request.get("ClientMetadata", {}),
        circumstances.of_person(call, request),
    )
    return {}


@family.operation("ChangePassword")
def change_password(call: Call, request: Input) -> Output:
    person = access.authenticate(call.kernel, request["AccessToken"])
    password_change.change(
        call.kernel,
        person,
        request.get("PreviousPassword"),
        request["ProposedPassword"],
        circumstances.of_person(call, request),
    )
    return {}


@family.operation("AdminResetUserPassword")
def admin_reset_user_password(call: Call, request: Input) -> Output:
    pool, user, code, destination = call.kernel.database.write(_reset, call, request)
    revocation.announce(call.kernel)
    messages.send_code(
        call.kernel,
        pool,
        user,
        Delivery(
            "CustomMessage_ForgotPassword", destination, code, request.get("ClientMetadata", {})
        ),
    )
    return {}


def _reset(session: Session, call: Call, request: Input) -> tuple[UserPool, User, str, Destination]:
    pool = pools.require(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"], to_change=True)
    code, destination = password_reset.reset_by_administrator(session, call.kernel, pool, user)
    return pool, user, code, destination
