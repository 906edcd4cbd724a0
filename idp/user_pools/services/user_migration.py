"""UserMigration: people of another directory become users when they first turn up here.

Beyond AWS, the pool itself asks a directory (`mode` `migrate`). The function hears the password
that was typed, says whether it is that person's, and describes him. Its refusal is answered as a
wrong password or missing user is. Where the client hides who exists, so is every failure of the
function: it would tell that a name is not here yet.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from sqlalchemy.orm import Session

from idp.errors import (
    AliasExists,
    DirectoryUnavailable,
    IdpError,
    InvalidLambdaResponse,
    InvalidParameter,
    NotAuthorized,
    UserLambdaValidation,
    UsernameExists,
)
from idp.models import User, UserPool
from idp.user_pools.rules import delivery, second_factors
from idp.user_pools.rules import user_migration as rules
from idp.user_pools.rules.user_migration import Migrated
from idp.user_pools.services import (
    credentials,
    directory_users,
    invitations,
    registration,
    triggers,
    users,
)
from idp.user_pools.services.credentials import Credential
from idp.user_pools.services.registration import NewUser
from idp.user_pools.services.sign_in.attempt import Attempt, R
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.triggers import TriggerEvent
from idp.user_pools.services.user_directories import (
    ARRIVAL,
    Directory,
    Person,
    UserDirectories,
)
from kernel.runtime import Kernel

TRIGGER = "UserMigration"

log = structlog.get_logger("poolgate.migration")


def is_configured(pool: UserPool) -> bool:
    return TRIGGER in pool.settings["LambdaConfig"]


def at_sign_in(attempt: Attempt[R], password: str) -> User | None:
    """The new user, stored with this password; None where the function refuses it."""
    kernel, context = attempt.kernel, attempt.context
    request = rules.request(password, attempt.validation_data, attempt.client_metadata)
    try:
        found = _ask(kernel, context, "Authentication", attempt.username, request, "CONFIRMED")
        user = _store(kernel, context.pool, attempt.username, found, password)
    except UserLambdaValidation:
        return None
    except (UsernameExists, AliasExists):
        return _made_meanwhile(attempt, password)
    except IdpError as error:
        _hide(context, error)
        return None
    if found.welcomes:
        invitations.welcome(kernel, context.pool, user, found.mediums, context.client.id)
    return user


def at_forgot_password(
    kernel: Kernel, context: ClientContext, username: str, metadata: Mapping[str, str]
) -> None:
    """Make the user who has forgotten his password there, so that a code can go to him here."""
    directory = context.directory if _migrates(context) else None
    if not is_configured(context.pool) and directory is None:
        return
    if kernel.database.look_up(users.look_for_sign_in_name, context.pool, username) is not None:
        return
    if directory is not None and _found_in(kernel, context, directory, username):
        return
    if not is_configured(context.pool):
        return
    request = rules.request(None, {}, metadata)
    try:
        found = _ask(kernel, context, "ForgotPassword", username, request, "RESET_REQUIRED")
        _store(kernel, context.pool, username, found, None)
    except (UsernameExists, AliasExists):
        return
    except IdpError as error:
        _hide(context, error)


def from_directory(
    attempt: Attempt[R], directory: Directory, person: Person, password: str | None
) -> User | None:
    """The new user of a person whom the directory has proved. Without a password, where it has
    expired there, he has to set one here."""
    kernel, context = attempt.kernel, attempt.context
    known = kernel.database.read(directory_users.find, context.pool.id, person)
    if known is not None:
        return _release(kernel, context.pool, directory, known, person, password)
    if attempt.user is not None:  # the name is another one's
        return None
    try:
        return _take_over(kernel, context.pool, directory, person, password)
    except (UsernameExists, AliasExists):
        return None if password is None else _made_meanwhile(attempt, password)
    except IdpError:  # it is in the log
        return None


def _release(
    kernel: Kernel,
    pool: UserPool,
    directory: Directory,
    user: User,
    person: Person,
    password: str | None,
) -> User | None:
    """Somebody who came while the directory was the authority, or by a code that was asked for in
    his name, gets a password of his own."""
    made = None if password is None else credentials.make(kernel, pool, user.username, password)
    return kernel.database.write(
        directory_users.release, kernel, pool, directory, user.id, person, made
    )


def _migrates(context: ClientContext) -> bool:
    return context.directory is not None and not context.directory.settings.is_source


def _found_in(kernel: Kernel, context: ClientContext, directory: Directory, username: str) -> bool:
    """Whether the directory knows who has forgotten his password. Then he is a user now, if a code
    can go to him: nobody has proved anything, and without it he could do nothing here."""
    try:
        person = kernel.of(UserDirectories).talk.find(directory, username)
        if person is None or person.is_disabled:
            return False
        if _can_be_sent_a_code(context.pool, person) and not kernel.database.read(
            directory_users.has_come, context.pool.id, person
        ):
            _take_over(kernel, context.pool, directory, person, None, is_proved=False)
    except (UsernameExists, AliasExists):
        return False
    except DirectoryUnavailable as error:
        log.warning("directory_unavailable", pool=context.pool.id, reason=error.reason)
        if not context.hides_missing_users:
            raise
        return False
    except IdpError as error:
        _hide(context, error)
        return False
    return True


def _can_be_sent_a_code(pool: UserPool, person: Person) -> bool:
    blocked = second_factors.not_for_recovery(pool.settings, person.attributes, {})
    try:
        delivery.recovery_destination(pool.settings, person.attributes, blocked)
    except (InvalidParameter, NotAuthorized):
        return False
    return True


def _take_over(
    kernel: Kernel,
    pool: UserPool,
    directory: Directory,
    person: Person,
    password: str | None,
    *,
    is_proved: bool = True,
) -> User:
    found = Migrated(
        {name: value for name, value in person.attributes.items() if value},
        directory_users.register_as(pool, person),
        "RESET_REQUIRED" if password is None else "CONFIRMED",
        welcomes=False,
        mediums=(),
        takes_over_aliases=False,
        enables_sms=False,
    )
    user = _store(kernel, pool, person.username, found, password)
    kernel.database.write(_complete, kernel, pool, directory, user.id, person, is_proved)
    return user


def _complete(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    directory: Directory,
    user_id: str,
    person: Person,
    is_proved: bool,
) -> None:
    user = users.by_id(session, user_id, to_change=True)
    if not is_proved:
        directory_users.remember(session, kernel, directory, user, person, ARRIVAL)
    directory_users.set_groups(session, kernel, pool, directory, user, person)


def _ask(
    kernel: Kernel,
    context: ClientContext,
    occasion: str,
    username: str,
    request: Mapping[str, object],
    default_status: str,
) -> Migrated:
    source = f"{TRIGGER}_{occasion}"
    event = TriggerEvent(TRIGGER, source, username, request, rules.RESPONSE, context.client.id)
    response = triggers.fire(kernel, context.pool, event)
    return rules.read(response or {}, default_status)


def _store(
    kernel: Kernel, pool: UserPool, typed: str, found: Migrated, password: str | None
) -> User:
    """Raises `InvalidLambdaResponse` where the pool cannot have such a user.

    The password is not held against the policy: it is the person's own already.
    """
    if found.enables_sms and (
        pool.settings["MfaConfiguration"] == "OFF" or "phone_number" not in found.attributes
    ):
        raise InvalidLambdaResponse
    try:
        new = registration.prepare(
            kernel,
            pool,
            found.username or typed,
            found.attributes,
            writable=None,
            require_all=True,
        )
    except IdpError as error:
        log.warning("migrated_user_unfit", pool=pool.id, reason=error.message)
        raise InvalidLambdaResponse from None
    credential = credentials.make(kernel, pool, new.username, password) if password else None
    return kernel.database.write(_insert, kernel, pool, new, found, credential)


def _insert(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    new: NewUser,
    found: Migrated,
    credential: Credential | None,
) -> User:
    user = registration.store(
        session,
        kernel,
        pool,
        new,
        found.status,
        credential,
        take_over_aliases=found.takes_over_aliases,
    )
    if found.enables_sms:
        user.mfa = {"enabled": ["SMS_MFA"], "preferred": "SMS_MFA"}
    return user


def _made_meanwhile(attempt: Attempt[R], password: str) -> User | None:
    """Two sign-ins of the same person may come at once: the second finds what the first made."""
    kernel, pool = attempt.kernel, attempt.context.pool
    user = kernel.database.look_up(users.look_for_sign_in_name, pool, attempt.username)
    if user is None:
        return None
    credential = credentials.open_credential(kernel, user)
    return user if credentials.check(pool.id, user.username, credential, password) else None


def _hide(context: ClientContext, error: IdpError) -> None:
    """Let nobody know where who exists is hidden; the operator finds it in the log."""
    log.warning("migration_failed", pool=context.pool.id, reason=type(error).__name__)
    if not context.hides_missing_users:
        raise error
