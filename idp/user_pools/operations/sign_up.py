"""SignUp, ConfirmSignUp, ResendConfirmationCode, AdminConfirmSignUp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from idp.errors import UserCannotBeConfirmed
from idp.models import User, UserPool
from idp.user_pools.operations import circumstances
from idp.user_pools.operations.family import cognito_idp, with_token
from idp.user_pools.rules import risk_policy, secret_hash
from idp.user_pools.services import (
    pools,
    profiles,
    sign_up,
    sign_up_confirmation,
    subjects,
    triggers,
    users,
)
from idp.user_pools.services.sign_in import signed_up as sessions_of_sign_up
from idp.user_pools.services.sign_up import Application
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.threats import events, occasions
from kernel.aws.operations import Call, Input, Output

family = cognito_idp()


def client_context(call: Call, request: Mapping[str, Any]) -> ClientContext:
    """The client that an unsigned request names, once its SECRET_HASH is checked."""
    context = call.kernel.database.look_up(subjects.load_client, call.kernel, request["ClientId"])
    secret_hash.check_secret_hash(
        request.get("SecretHash"), context.secrets, {request["Username"]}, context.client.id
    )
    return context


@family.operation("SignUp")
def sign_up_operation(call: Call, request: Input) -> Output:
    context = client_context(call, request)
    application = Application(
        username=request["Username"],
        password=request.get("Password") or None,
        attributes=profiles.as_mapping(request.get("UserAttributes", [])),
        validation_data=profiles.as_mapping(request.get("ValidationData", [])),
        metadata=request.get("ClientMetadata", {}),
        circumstances=circumstances.of_person(call, request),
    )
    signed_up = sign_up.sign_up(call.kernel, context, application)
    output: Output = {
        "UserConfirmed": signed_up.user.status == "CONFIRMED",
        "UserSub": signed_up.user.id,
    }
    if signed_up.destination is not None:
        output["CodeDeliveryDetails"] = signed_up.destination.details()
        session = sessions_of_sign_up.after_sign_up(
            call.kernel, context, signed_up.user, request["Username"]
        )
        output = with_token(output, "Session", session)
    return output


@family.operation("ConfirmSignUp")
def confirm_sign_up(call: Call, request: Input) -> Output:
    context = client_context(call, request)
    if "Session" in request:
        sessions_of_sign_up.check_sign_up(
            call.kernel, context, request["Session"], request["Username"]
        )
    confirmed = sign_up_confirmation.confirm(
        call.kernel,
        context,
        request["Username"],
        request["ConfirmationCode"],
        request.get("ClientMetadata", {}),
        take_over_alias=request.get("ForceAliasCreation", False),
        here=circumstances.of_person(call, request),
    )
    if confirmed is None:
        return {}
    session = sessions_of_sign_up.after_confirmation(
        call.kernel, context, confirmed.user, confirmed.proved
    )
    return with_token({}, "Session", session)


@family.operation("ResendConfirmationCode")
def resend_confirmation_code(call: Call, request: Input) -> Output:
    destination = sign_up_confirmation.resend(
        call.kernel,
        client_context(call, request),
        request["Username"],
        request.get("ClientMetadata", {}),
        circumstances.of_person(call, request),
    )
    return {"CodeDeliveryDetails": destination.details()}


@family.operation("AdminConfirmSignUp")
def admin_confirm_sign_up(call: Call, request: Input) -> Output:
    """An administrator vouches for the user; his addresses stay unverified, as in AWS."""
    pool, user = call.kernel.database.write(_confirm, call, request)
    triggers.post_confirmation(
        call.kernel,
        pool,
        "PostConfirmation_ConfirmSignUp",
        user,
        request.get("ClientMetadata", {}),
    )
    return {}


def _confirm(session: Session, call: Call, request: Input) -> tuple[UserPool, User]:
    pool = pools.require(session, call, request["UserPoolId"])
    user = users.require(session, pool, request["Username"], to_change=True)
    if user.status != "UNCONFIRMED":
        raise UserCannotBeConfirmed(user.status)
    user.status = "CONFIRMED"
    if risk_policy.is_on(pool.settings):
        events.finish_last(session, user.id, occasions.SIGN_UP, "Pass")
    profiles.write(session, pool, user, {}, call.kernel.clock.now())
    return pool, user
