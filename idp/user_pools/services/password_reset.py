"""ForgotPassword, ConfirmForgotPassword and AdminResetUserPassword."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from idp.errors import (
    CodeMismatch,
    ExpiredCode,
    IdpError,
    InvalidParameter,
    NotAuthorized,
    UserDisabled,
    UserNotFound,
)
from idp.models import User, UserPool
from idp.models.users import EXTERNAL_PROVIDER
from idp.user_pools.rules import codes, delivery, passwords, risk_policy, second_factors
from idp.user_pools.rules.delivery import Delivery, Destination
from idp.user_pools.services import (
    confirmation,
    credentials,
    lockout,
    messages,
    own_triggers,
    pools,
    profiles,
    revocation,
    triggers,
    user_migration,
    users,
)
from idp.user_pools.services.circumstances import NOT_TOLD, Circumstances
from idp.user_pools.services.confirmation import Entered
from idp.user_pools.services.credentials import Credential
from idp.user_pools.services.equal_time import equally_long
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.threats import compromised, occasions
from idp.user_pools.services.threats.occasions import Occasion
from kernel.runtime import Kernel
from kernel.statements import Rows

RESETTABLE = frozenset({"CONFIRMED", "RESET_REQUIRED"})
NOT_RESETTABLE = "User password cannot be reset in the current state."

Started = tuple[User | None, str | None, Destination]


@equally_long
def start(
    kernel: Kernel,
    context: ClientContext,
    username: str,
    metadata: Mapping[str, str],
    here: Circumstances = NOT_TOLD,
) -> Destination:
    """Send a code to the user's recovery address, and answer where it went.

    A user who is missing, disabled or without a verified address is answered with a simulated
    destination where the client hides who exists.
    """
    own_triggers.pre_forgot_password(kernel, context, username, metadata)
    user_migration.at_forgot_password(kernel, context, username, metadata)
    occasion = occasions.begin(kernel, context, occasions.FORGOT_PASSWORD, here)
    user, code, destination = kernel.database.write(_start, kernel, context, username, occasion)
    occasions.announce(occasion, user)
    if user is not None and code is not None:
        messages.send_code(
            kernel,
            context.pool,
            user,
            Delivery(
                "CustomMessage_ForgotPassword",
                destination,
                code,
                metadata,
                context.client.id,
                in_background=context.hides_missing_users,
            ),
        )
    elif context.hides_missing_users:
        messages.deliver_to_nobody("CustomMessage_ForgotPassword")
    return destination


def _start(
    session: Session,
    kernel: Kernel,
    context: ClientContext,
    username: str,
    occasion: Occasion | None,
) -> Started:
    pool = context.pool
    user = users.find_by_sign_in_name(session, pool, username, to_change=True)
    try:
        destination = _destination(pool, user)
    except (InvalidParameter, NotAuthorized, UserDisabled, UserNotFound):
        if not context.hides_missing_users or _only_administrators_reset(pool):
            raise
        simulated = confirmation.simulate_issue(
            session, kernel, pool, codes.FORGOT_PASSWORD, username
        )
        occasions.note(session, occasion, None, "Fail")
        return None, None, simulated
    assert user is not None  # noqa: S101 - `_destination` raises for a missing user
    code = confirmation.issue(session, kernel, user, codes.FORGOT_PASSWORD, destination)
    occasions.note(session, occasion, user, "InProgress")
    return user, code, destination


def _destination(pool: UserPool, user: User | None) -> Destination:
    if user is None:
        if _only_administrators_reset(pool):
            delivery.recovery_destination(pool.settings, {})
        raise UserNotFound
    if not user.enabled:
        raise UserDisabled
    if user.status in ("FORCE_CHANGE_PASSWORD", EXTERNAL_PROVIDER):
        raise NotAuthorized(NOT_RESETTABLE)
    return _recovery_destination(pool, user)


def _recovery_destination(pool: UserPool, user: User) -> Destination:
    """Never where the user's second factor goes."""
    settings, attributes = pool.settings, user.attributes
    blocked = second_factors.not_for_recovery(settings, attributes, user.mfa)
    return delivery.recovery_destination(settings, attributes, blocked)


def _only_administrators_reset(pool: UserPool) -> bool:
    """A rule of the pool, which says nothing about any user."""
    mechanisms = pool.settings.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", ())
    return [mechanism["Name"] for mechanism in mechanisms] == ["admin_only"]


@equally_long
def confirm(
    kernel: Kernel,
    context: ClientContext,
    username: str,
    code: str,
    password: str,
    metadata: Mapping[str, str],
    here: Circumstances = NOT_TOLD,
) -> None:
    """Set a new password with a code. The user's sign-ins end: the old password may be known."""
    pool = context.pool
    occasion = occasions.begin(kernel, context, occasions.PASSWORD_CHANGE, here)
    passwords.check_password_policy(pools.password_policy(pool), password)
    # The code is looked at before anything that depends on the user's passwords.
    user = _with_right_code(kernel, context, username, code)
    is_known = compromised.check_new(kernel, context, risk_policy.PASSWORD_CHANGE, password)
    risk = occasions.assess_change(occasion, user, compromised=is_known)
    credentials.check_history(kernel, pool, user, password)
    credential = credentials.make(kernel, pool, user.username, password)

    def unit(session: Session) -> tuple[User | None, IdpError | None]:
        changed, refusal = _confirm(session, kernel, context, user.id, code, credential)
        if changed is not None:
            occasions.note(session, occasion, changed, "Pass", risk)
            occasions.finish(session, occasion, changed, occasions.FORGOT_PASSWORD, "Pass")
        return changed, refusal

    changed, refusal = kernel.database.write(unit)
    if changed is None or refusal is not None:
        raise refusal or UserNotFound()
    occasions.announce(occasion, changed)
    revocation.announce(kernel)
    triggers.post_confirmation(
        kernel,
        pool,
        "PostConfirmation_ConfirmForgotPassword",
        changed,
        metadata,
        context.client.id,
    )


def _with_right_code(kernel: Kernel, context: ClientContext, username: str, code: str) -> User:
    """The user whose code this is; it is not spent yet. A wrong one costs an attempt."""
    user, refusal = kernel.database.write(_check_code, kernel, context, username, code)
    if user is None or refusal is not None:
        raise refusal or UserNotFound()
    return user


def _check_code(
    session: Session, kernel: Kernel, context: ClientContext, username: str, code: str
) -> tuple[User | None, IdpError | None]:
    user = users.find_by_sign_in_name(session, context.pool, username, to_change=True)
    enabled = user if user is not None and user.enabled else None
    entered = Entered(codes.FORGOT_PASSWORD, username, code, spends=False)
    why_not = UserNotFound if user is None else UserDisabled
    sent, refusal = confirmation.enter_for(session, kernel, context, enabled, entered, why_not)
    if user is None or sent is None or refusal is not None:
        return None, refusal
    if user.attributes.get(sent.attribute) != sent.destination:
        # The address has changed since: its former owner must not get in by an old code.
        return None, CodeMismatch() if context.hides_missing_users else ExpiredCode()
    return user, None


def _confirm(
    session: Session,
    kernel: Kernel,
    context: ClientContext,
    user_id: str,
    code: str,
    credential: Credential,
) -> tuple[User | None, IdpError | None]:
    pool, user = context.pool, users.by_id(session, user_id, to_change=True)
    sent, refusal = confirmation.enter(session, kernel, user, codes.FORGOT_PASSWORD, code)
    if sent is None or refusal is not None:
        return None, refusal
    if user.attributes.get(sent.attribute) != sent.destination:
        return None, ExpiredCode()
    now = kernel.clock.now()
    credentials.apply(kernel, user, credential, now, keep=credentials.history_size(pool))
    user.status = "CONFIRMED"
    lockout.clear(Rows.of(session), pool.id, user.id)
    revocation.revoke_user(session, user.id, now)
    revocation.end_browser_sessions(session, user.id, now)
    profiles.write(session, pool, user, {f"{sent.attribute}_verified": "true"}, now)
    return user, None


def reset_by_administrator(
    session: Session, kernel: Kernel, pool: UserPool, user: User
) -> tuple[str, Destination]:
    """AdminResetUserPassword: the old password is refused until a code has set a new one."""
    if user.status not in RESETTABLE:
        raise NotAuthorized(NOT_RESETTABLE)
    destination = _recovery_destination(pool, user)
    code = confirmation.issue(session, kernel, user, codes.FORGOT_PASSWORD, destination)
    user.status = "RESET_REQUIRED"
    now = kernel.clock.now()
    revocation.revoke_user(session, user.id, now)
    profiles.write(session, pool, user, {}, now)
    return code, destination
