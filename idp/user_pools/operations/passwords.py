"""ForgotPassword, ConfirmForgotPassword, ChangePassword, AdminResetUserPassword."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, NotAuthorized
from idp.models import User, UserPool
from idp.user_pools.operations import circumstances
from idp.user_pools.operations.family import cognito_idp
from idp.user_pools.operations.sign_up import client_context
from idp.user_pools.rules import passwords, risk_policy
from idp.user_pools.rules.delivery import Delivery, Destination
from idp.user_pools.services import (
    access,
    credentials,
    lockout,
    messages,
    password_reset,
    pools,
    revocation,
    users,
)
from idp.user_pools.services.threats import compromised, occasions
from idp.user_pools.services.threats.occasions import Occasion
from kernel.aws.operations import Call, Input, Output
from kernel.statements import Rows

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
    """The previous password is a password attempt like any other: it counts for the lock-out."""
    kernel = call.kernel
    person = access.authenticate(kernel, request["AccessToken"])
    pool, user = person.context.pool, person.user
    previous, proposed = request.get("PreviousPassword"), request["ProposedPassword"]
    here = circumstances.of_person(call, request)
    occasion = occasions.begin(kernel, person.context, occasions.PASSWORD_CHANGE, here)
    credential = credentials.open_credential(kernel, user)
    if credential and not previous:
        raise InvalidParameter("PreviousPassword is required.")
    # "If the user has no password and only signs in with passwordless authentication options, you
    # can omit this parameter" (PreviousPassword).
    with lockout.guess(kernel, pool.id, user.id):
        if (credential or previous) and not credentials.check(
            pool.id, user.username, credential, previous or ""
        ):
            kernel.database.write(_count_failure, occasion, user, kernel.clock.now())
            occasions.announce(occasion, user)
            raise NotAuthorized
    passwords.check_password_policy(pools.password_policy(pool), proposed)
    is_known = compromised.check_new(kernel, person.context, risk_policy.PASSWORD_CHANGE, proposed)
    risk = occasions.assess_change(occasion, user, compromised=is_known)
    credentials.check_history(kernel, pool, user, proposed)
    changed = credentials.make(kernel, pool, user.username, proposed)

    def unit(session: Session) -> None:
        present = users.by_id(session, user.id, to_change=True)
        now = kernel.clock.now()
        if present.password_set != user.password_set:
            raise NotAuthorized  # another change was quicker: the previous password is no more
        credentials.apply(kernel, present, changed, now, keep=credentials.history_size(pool))
        revocation.end_browser_sessions(session, user.id, now)
        lockout.clear(Rows.of(session), pool.id, user.id)
        present.modified = now
        occasions.note(session, occasion, present, "Pass", risk)

    kernel.database.write(unit)
    occasions.announce(occasion, user)
    return {}


def _count_failure(session: Session, occasion: Occasion | None, user: User, now: datetime) -> None:
    lockout.record_failure(session, user.pool_id, user.id, now)
    occasions.note(session, occasion, user, "Fail")


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
