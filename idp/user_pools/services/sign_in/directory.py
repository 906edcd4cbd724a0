"""A password that the pool's directory checks: at the first sign-in (`migrate`), or at each one.

The directory is asked about everybody whose password is not right here. So a wrong password takes
the same way whether its owner is the pool's own user, comes from the directory, or does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from idp.errors import (
    DirectoryPasswordExpired,
    DirectoryUnavailable,
    LimitExceeded,
    UserDisabled,
)
from idp.models import User
from idp.user_pools.rules import usernames
from idp.user_pools.services import (
    attempt_counts,
    directory_users,
    equal_time,
    user_directories,
    user_migration,
)
from idp.user_pools.services.sign_in.attempt import Attempt, R
from idp.user_pools.services.user_directories import (
    Directory,
    Person,
    Proof,
    UserDirectories,
    Verdict,
)
from kernel.statements import Rows

LONGEST = 256
"""Characters of a name or password that a directory is asked about: as many as Cognito takes."""

log = structlog.get_logger("poolgate.directory")


@contextmanager
def evenly(attempt: Attempt[R]) -> Iterator[None]:
    """Refuse everybody of a pool with a directory at the end of a step: what the directory itself
    takes for one name or another shows the less."""
    even = equal_time.refused(attempt.context, attempt.began)
    with even if attempt.context.directory is not None else nullcontext():
        yield


def at_sign_in(attempt: Attempt[R], password: str) -> User | None:
    """The user whom the directory proves, made or brought up to date; None for everybody else.

    Raises `DirectoryUnavailable` where the caller may know it, `UserDisabled`, and
    `DirectoryPasswordExpired` for a right password that has to be changed there.
    """
    directory = attempt.context.directory
    if directory is None or _is_pointless(attempt):
        return None
    # RFC 4513 §5.1.2: an empty password would be an unauthenticated bind, which may succeed.
    if not password or max(len(password), len(attempt.username)) > LONGEST:
        return None
    try:
        proof = _prove(attempt, directory, password)
    except DirectoryUnavailable as error:
        log.warning("directory_unavailable", pool=directory.pool_id, reason=error.reason)
        if directory.settings.is_source or not attempt.context.hides_missing_users:
            raise
        return None
    if proof.person is None:
        return None
    return _admitted(attempt, directory, proof, proof.person, password)


def _is_pointless(attempt: Attempt[R]) -> bool:
    """The pool's own people are looked for there in vain, where nobody shall tell them apart."""
    return not (attempt.context.hides_missing_users or _is_open(attempt))


def _is_open(attempt: Attempt[R]) -> bool:
    """Whether the name may be that of somebody who has his password in the directory."""
    user, directory = attempt.user, attempt.context.directory
    if user is None:
        return True
    return directory is not None and user_directories.may_know_password(directory, user)


def _prove(attempt: Attempt[R], directory: Directory, password: str) -> Proof:
    kernel, is_open = attempt.kernel, _is_open(attempt)
    counted: list[str] = []

    def admit(person: Person | None) -> bool:
        """Count the attempt before it is made: a burst of guesses must not be checked before the
        first of them counts, and the directory's own lock-out must not be reached."""
        subject = _subject(attempt, person)
        try:
            kernel.database.write(_count, attempt, directory, subject)
        except LimitExceeded:
            return False
        counted.append(subject)
        return is_open and person is not None

    talk = kernel.of(UserDirectories).talk
    proof = talk.prove(directory, attempt.username, password, admit)
    if proof.verdict is not Verdict.WRONG:
        for subject in counted:
            kernel.database.write(_forget, directory.pool_id, subject)
    return proof


def _subject(attempt: Attempt[R], person: Person | None) -> str:
    """A person has several names, and is one: whichever is typed counts for the same."""
    pool, sealer = attempt.context.pool, attempt.kernel.sealer
    if person is not None:
        return sealer.derive("directory-person", pool.id, person.id).hex()
    normalised = usernames.normalise(attempt.username, pool.settings)
    return sealer.derive("directory-name", pool.id, normalised).hex()


def _count(session: Session, attempt: Attempt[R], directory: Directory, subject: str) -> None:
    settings = directory.settings
    window = timedelta(minutes=settings.failure_minutes)
    now = attempt.kernel.clock.now()
    attempt_counts.add(
        session, directory.pool_id, subject, now, window, most=settings.most_failures
    )


def _forget(session: Session, pool_id: str, subject: str) -> None:
    attempt_counts.clear(Rows.of(session), pool_id, subject)


def _admitted(
    attempt: Attempt[R], directory: Directory, proof: Proof, person: Person, password: str
) -> User | None:
    if person.is_disabled or proof.verdict is Verdict.DISABLED:
        raise UserDisabled
    kernel, pool = attempt.kernel, attempt.context.pool
    must_change = proof.verdict is Verdict.MUST_CHANGE
    if not directory.settings.is_source:
        return user_migration.from_directory(
            attempt, directory, person, None if must_change else password
        )
    if must_change:
        raise DirectoryPasswordExpired
    return directory_users.admit(kernel, pool, directory, person)
