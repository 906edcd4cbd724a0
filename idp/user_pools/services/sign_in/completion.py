"""The end of every flow: may this user sign in, and then what he gets for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

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
from idp.user_pools.services import (
    credentials,
    lockout,
    quick_reads,
    subjects,
    token_customisation,
    triggers,
)
from idp.user_pools.services.sign_in import devices, risk, sessions, step_up
from idp.user_pools.services.sign_in.attempt import Attempt, R
from idp.user_pools.services.threats.observation import Observation
from idp.user_pools.services.token_sets import NewDevice, TokenSet
from idp.user_pools.services.tokens import Tokens
from kernel.statements import Rows
from kernel.telemetry import metrics


def refuse(attempt: Attempt[R]) -> NotAuthorized | UserNotFound | PasswordResetRequired:
    """Count a wrong password, and say what the caller may know of it.

    This is the one place where a missing user is told from a wrong password
    (PreventUserExistenceErrors).
    """
    count_failure(attempt)
    if attempt.context.hides_missing_users:
        return NotAuthorized()
    if attempt.user is None:
        # A directory has people who are no users yet: whether the name is one's is not told.
        return UserNotFound() if attempt.context.directory is None else NotAuthorized()
    if _was_imported_without_password(attempt.user):
        # No password is right for him: he learns that he has to set one, as on AWS.
        return PasswordResetRequired()
    return NotAuthorized()


def _was_imported_without_password(user: User) -> bool:
    return user.status == "RESET_REQUIRED" and credentials.has_none(user)


def count_failure(attempt: Attempt[R]) -> None:
    """Count a wrong password, code or proof, for whomever it was given."""
    kernel, seen = attempt.kernel, risk.observe_failure(attempt)
    kernel.database.write(_record_failure, attempt, seen, kernel.clock.now())
    count(attempt, "refused")
    risk.announce(attempt, attempt.user)


def _record_failure(
    session: Session, attempt: Attempt[R], seen: Observation | None, now: datetime
) -> None:
    lockout.record_failure(session, attempt.context.pool.id, attempt.failure_subject, now)
    risk.note_failure(session, attempt, seen)


def check_state(user: User) -> None:
    """Raises where the user's state forbids signing in, whatever the password."""
    if not user.enabled:
        raise UserDisabled
    if user.status == "UNCONFIRMED":
        raise UserNotConfirmed
    if user.status == "RESET_REQUIRED":
        raise PasswordResetRequired


def with_tokens(attempt: Attempt[R], user: User) -> TokenSet:
    """Record the sign-in and sign its tokens; a replayed sign-in is refused here at the latest."""
    kernel, context = attempt.kernel, attempt.context
    try:
        family, subject, device = kernel.database.record(
            _record, attempt, user.id, kernel.clock.now()
        )
    except IntegrityError:
        raise SessionSpent from None
    count(attempt, "accepted")
    risk.announce(attempt, user)
    customisation = token_customisation.of_user(
        kernel,
        context,
        _token_source(attempt),
        user,
        subject,
        family.scopes,
        attempt.client_metadata,
    )
    tokens = kernel.of(Tokens).sign(context, family, subject, customisation)
    triggers.post_authentication(
        kernel, context, user, attempt.client_metadata, new_device_used=device is not None
    )
    return replace(tokens, new_device=device)


def _token_source(attempt: Attempt[R]) -> str:
    """The guide lists `NewPasswordChallenge` for tokens that follow a replaced temporary password,
    and `AuthenticateDevice` for those that follow a device's proof."""
    if attempt.has_new_password:
        return "TokenGeneration_NewPasswordChallenge"
    if devices.NAME in attempt.factors:
        return "TokenGeneration_AuthenticateDevice"
    return "TokenGeneration_Authentication"


def _record(
    rows: Rows, attempt: Attempt[R], user_id: str, now: datetime
) -> tuple[RefreshFamily, Subject, NewDevice | None]:
    user = confirm(rows, attempt, user_id, now)
    # After the lock-out, during which nobody may learn that his password was right.
    step_up.check_reached(attempt)
    bound = devices.bind(rows, attempt, user, now)
    opening = replace(attempt.opening, device_key=bound.device_key)
    family = attempt.kernel.of(Tokens).open_family(
        rows, attempt.context, user.id, sign_in_id=attempt.sign_in_id, opening=opening
    )
    return family, subjects.subject(rows, user), bound.new


def confirm(rows: Rows, attempt: Attempt[R], user_id: str, now: datetime) -> User:
    """Look once more, in the unit that records the sign-in: parallel guesses may have been
    counted since, and the user may have been disabled or deleted, or have got another password
    than the one that was proved."""
    lockout.check_and_clear(rows, attempt.context.pool.id, attempt.failure_subject, now)
    user = quick_reads.user_by_id(rows, user_id)
    if user is None:
        raise NotAuthorized
    check_state(user)
    is_same = sessions.password_mark(user) == sessions.password_mark(attempt.user)
    if risk.PASSWORD in attempt.factors and not is_same:
        raise NotAuthorized
    risk.note_success(rows, attempt, user, now)
    return user


def count(attempt: Attempt[R], outcome: str) -> None:
    """Never inside of a unit of work, which may run twice."""
    metrics.of(metrics.sign_ins, attempt.flow, outcome).inc()
