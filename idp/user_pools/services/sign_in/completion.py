"""The end of every flow: may this user sign in, and then what he gets for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from idp.errors import (
    NotAuthorized,
    PasswordResetRequired,
    SessionSpent,
    UserDisabled,
    UserNotConfirmed,
    UserNotFound,
)
from idp.models import RefreshFamily, User
from idp.user_pools.rules.claims import Subject
from idp.user_pools.services import lockout, quick_reads, subjects, triggers
from idp.user_pools.services.sign_in.attempt import Attempt, R
from idp.user_pools.services.tokens import Tokens, TokenSet
from kernel.statements import Rows
from kernel.telemetry import metrics


def refuse(attempt: Attempt[R]) -> NotAuthorized | UserNotFound | PasswordResetRequired:
    """Count a wrong password, and say what the caller may know of it.

    This is the one place where a missing user is told from a wrong password
    (PreventUserExistenceErrors).
    """
    kernel, pool = attempt.kernel, attempt.context.pool
    kernel.database.write(
        lockout.record_failure, pool.id, attempt.failure_subject, kernel.clock.now()
    )
    count(attempt, "refused")
    if attempt.context.hides_missing_users:
        return NotAuthorized()
    if attempt.user is None:
        return UserNotFound()
    if _was_imported_without_password(attempt.user):
        # No password is right for him: he learns that he has to set one, as on AWS.
        return PasswordResetRequired()
    return NotAuthorized()


def _was_imported_without_password(user: User) -> bool:
    has_password = user.sealed_verifier is not None or user.password_hash is not None
    return user.status == "RESET_REQUIRED" and not has_password


def check_state(user: User) -> None:
    """Raises where the user's state forbids signing in, whatever the password."""
    if not user.enabled:
        raise UserDisabled
    if user.status == "UNCONFIRMED":
        raise UserNotConfirmed
    if user.status == "RESET_REQUIRED":
        raise PasswordResetRequired


def with_tokens(attempt: Attempt[TokenSet], user: User) -> TokenSet:
    """Record the sign-in and sign its tokens; a replayed sign-in is refused here at the latest."""
    kernel, context = attempt.kernel, attempt.context
    try:
        family, subject = kernel.database.record(_record, attempt, user.id, kernel.clock.now())
    except IntegrityError:
        raise SessionSpent from None
    count(attempt, "accepted")
    customisation = triggers.customise_tokens(
        kernel,
        context,
        "TokenGeneration_Authentication",
        user,
        subject,
        family.scopes,
        attempt.client_metadata,
    )
    tokens = kernel.of(Tokens).sign(context, family, subject, customisation)
    triggers.post_authentication(kernel, context, user, attempt.client_metadata)
    return tokens


def _record(
    rows: Rows, attempt: Attempt[TokenSet], user_id: str, now: datetime
) -> tuple[RefreshFamily, Subject]:
    user = confirm(rows, attempt, user_id, now)
    family = attempt.kernel.of(Tokens).open_family(
        rows, attempt.context, user.id, sign_in_id=attempt.sign_in_id, opening=attempt.opening
    )
    return family, subjects.subject(rows, user)


def confirm(rows: Rows, attempt: Attempt[R], user_id: str, now: datetime) -> User:
    """Look once more, in the unit that records the sign-in: parallel guesses may have been
    counted since, and the user may have been disabled or deleted."""
    lockout.check_and_clear(rows, attempt.context.pool.id, attempt.failure_subject, now)
    user = quick_reads.user_by_id(rows, user_id)
    if user is None:
        raise NotAuthorized
    check_state(user)
    return user


def count(attempt: Attempt[R], outcome: str) -> None:
    """Never inside of a unit of work, which may run twice."""
    metrics.of(metrics.sign_ins, attempt.flow, outcome).inc()
